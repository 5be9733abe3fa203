import assert from "node:assert/strict";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import { learnPrompt } from "../../../src/shell/device/prompt.ts";
import { splitTail } from "../../../src/shell/device/tail.ts";
import { openDouble } from "../../support/device_session.ts";
import type { DoubleFamily, DoubleState } from "../../support/double_family.ts";
import { ENABLE_SECRET, IOS } from "../../support/ios_doubles.ts";

const profile = new ProfileTable().get("ios");
const learned = learnPrompt("R1#", profile, { header: [] });

Deno.test("splitTail() ends the output at a prompt that log lines buried", () => {
  const log = "%LINK-3-UPDOWN: Interface Gi0/1, changed state to up";
  const split = (...rows: string[]) => splitTail(rows, learned, { profile, when: "ended" });
  assert.deepEqual(split("a", "R1#", log, ""), { body: 1, logs: [log] });
  assert.deepEqual(split("a", "R1(config)#", log), { body: 1, logs: [log] });
  assert.deepEqual(split("a", `R1#${log}`, log), { body: 1, logs: [log, log] });
  assert.deepEqual(split("a", "R1(config)#"), { body: 2, logs: [] });
  assert.deepEqual(split("a", "R1#show clock", "12:00"), { body: 3, logs: [] });
  const coming = splitTail(["a", "R1(config)#"], learned, { profile, when: "coming" });
  assert.equal(coming.body, 1);
});

Deno.test("DeviceShell.execute() leaves the prompt of another mode, and the log below it, out", async () => {
  const log = "*Mar  1 00:01:02.123: %SYS-5-CONFIG_I: Configured from console";
  const family = {
    ...IOS,
    prompt: (state: DoubleState) => {
      const shown = IOS.prompt(state);
      const logs = state.level === "privileged" && state.mode === "";
      return logs ? { ...shown, line: `${shown.line}\r\n${log}\r\n${shown.line}` } : shown;
    },
  };
  await using device = await openDouble(family, { longestPiece: 4, longestDelayMs: 60 });
  const mode = { enable: { password: ENABLE_SECRET, command: "enable" } };
  await device.run("configure terminal", mode);
  const ended = await device.run("end", mode);
  assert.equal(ended.text, "");
  assert.equal(ended.exit?.mode, "privileged");
  assert.match(ended.exit?.note ?? "", /SYS-5-CONFIG_I/);
});

Deno.test("DeviceShell.execute() leaves a header out that PAN-OS pads, and the row above it", async () => {
  const panos: DoubleFamily = {
    ...IOS,
    ident: "OpenSSH_7.4",
    prompt: ({ level, host }) =>
      level === "config"
        ? { line: `admin@${host}# `, header: `\n[edit]${" ".repeat(72)}\n` }
        : { line: `admin@${host}> `, header: "" },
  };
  await using device = await openDouble(panos, {
    outputs: ["a\n"],
    open: { profile: "panos" },
  });
  assert.equal((await device.run("configure t")).exit?.mode, "edit");
  assert.equal((await device.run("show output 0")).text, "a\n\n");
});
