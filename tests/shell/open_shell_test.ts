import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { ProfileTable } from "../../src/shell/device/profiles/profile_table.ts";
import { openShell } from "../../src/shell/open_shell.ts";
import { describedFamily, DEVICE_DESCRIPTIONS } from "../support/device_description.ts";
import { collect } from "../support/device_session.ts";
import { startDeviceServer } from "../support/device_server.ts";
import type { DoubleFamily } from "../support/double_family.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { NXOS } from "../support/ios_doubles.ts";
import { JUNOS } from "../support/other_doubles.ts";
import { Random } from "../support/random.ts";
import { ScriptedChannel, scriptedConnection } from "../support/scripted_channel.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { open, target } from "../transport/targets.ts";

const PLAIN = { ...NXOS, greeting: "", ident: "OpenSSH_8.4" };

/** Opens a shell as the program does and returns the lines that the device was sent. */
async function linesTypedTo(
  family: DoubleFamily,
  { outputs = ["a\nb"], host = "edge-r1", typed = [] }: {
    readonly outputs?: readonly string[];
    readonly host?: string;
    readonly typed?: readonly string[];
  } = {},
): Promise<readonly string[]> {
  await using server = await startDeviceServer(family, { outputs, host });
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, server.knownHostsLine);
  try {
    await using connection = await open(target({
      port: server.port,
      user: server.user,
      password: server.password,
      userKnownHostsFiles: [path],
    }));
    await using shell = await openShell(connection, {
      clock: systemClock,
      profiles: new ProfileTable(),
      environment: {},
      hostName: "edge",
    });
    if (family.id !== PLAIN.id && typed.length === 0) {
      assert.equal(shell.facts.shellKind, family.id);
    }
    const { text } = await collect(shell, shell.execute("show output 0"), typed);
    assert.ok(text.endsWith(outputs[0] + "\n"), text);
    if (typed.length === 0) assert.equal(text, outputs[0] + "\n");
    assert.notEqual(shell.facts.shellKind, "starting");
    return server.devices.flatMap(({ typed }) => typed).filter((line) => line !== "");
  } finally {
    await Deno.remove(path);
  }
}

for (const prompt of ["TEST-12345# ", "AP07-PT-9508-01# ", "sw-test-desk-1# ", "n9k-109# "]) {
  Deno.test(`openShell() types nothing of a Unix shell at "${prompt}"`, async () => {
    const lines = await linesTypedTo({ ...PLAIN, prompt: () => ({ line: prompt, header: "" }) });
    assert.deepEqual(lines, [
      "show version",
      "terminal length 0",
      "terminal width 511",
      "show output 0",
    ]);
  });
}

Deno.test("openShell() asks Junos for its own command line where root's shell answers", async () => {
  const clock = new FakeClock();
  const how = { clock, random: new Random(1), longestPiece: 64, longestDelayMs: 3 };
  const csh: DoubleFamily = { ...JUNOS, prompt: () => ({ line: "root@mx:~ # ", header: "" }) };
  const shell = new ScriptedChannel(csh, { host: "mx" }, how);
  const cli = new ScriptedChannel(JUNOS, { host: "mx", outputs: ["a\nb"] }, how);
  const lines: string[] = [];
  const connection: Connection = {
    ...scriptedConnection(shell),
    run: () => Promise.resolve({ text: "/bin/csh\nJUNOS\n", isComplete: true }),
    exec: (line) => {
      lines.push(line);
      return Promise.resolve(cli);
    },
  };
  await using opened = await clock.run(openShell(connection, {
    clock,
    profiles: new ProfileTable(),
    environment: {},
    hostName: "mx",
  }));
  assert.equal(opened.facts.shellKind, "junos");
  const { text } = await clock.run(collect(opened, opened.execute("show output 0")));
  assert.equal(text, "a\nb\n");
  assert.deepEqual([lines, shell.device.typed], [["cli"], []]);
});

for (
  const greeting of [
    "*** edge-r1: authorised access only # not a prompt>",
    "\r\nauthorised users only",
    "Welcome to the lab.",
  ]
) {
  Deno.test(`openShell() finds the prompt behind "${greeting.trim()}"`, async () => {
    const prompt = () => ({ line: "edge-r1> ", header: "" });
    const lines = await linesTypedTo({ ...PLAIN, greeting, prompt });
    assert.ok(lines.every((line) => /^(?:show|terminal)/.test(line)), lines.join("\n"));
  });
}

for (
  const [text, key] of [
    ["acknowledge the above statement? [y/n]: ", "y"],
    ["Please answer YES/NO: ", "Y"],
    ["User:", "\r"],
    ["User Name:", "\r"],
    ["Password for the box: ", "\r"],
    ["Are you sure you want to continue? ", "\r"],
  ] as const
) {
  Deno.test(`openShell() goes on to find a device once "${text.trim()}" is answered`, async () => {
    const doorstep = { text, keys: [key] };
    for (const prompt of key === "y" ? ["n9k-109# ", "S01-P1-RK13-SW01 > "] : ["n9k-109# "]) {
      const lines = await linesTypedTo({
        ...PLAIN,
        doorstep,
        prompt: () => ({ line: prompt, header: "" }),
      }, {
        typed: [key === "\r" ? "admin\r" : `${key}\r`],
      });
      assert.ok(lines.every((line) => /^(?:show|terminal|$)/.test(line)), lines.join("\n"));
    }
  });
}

/** Whose command line has a Unix shell's prompt: it is one, and answers uname. */
const UNIX = ["vyos_13", "edgeos_2"];

for (const description of DEVICE_DESCRIPTIONS.filter(({ name }) => !UNIX.includes(name))) {
  Deno.test(`openShell() drives ${description.name} over SSH`, async () => {
    await linesTypedTo(describedFamily(description), description);
  });
}
