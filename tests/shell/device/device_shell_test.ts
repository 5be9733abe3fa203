import assert from "node:assert/strict";
import { ConnectionLostError, InputError, ShellBusyError } from "../../../src/errors.ts";
import { collect, openDouble } from "../../support/device_session.ts";
import { DOUBLE_FAMILIES } from "../../support/device_families.ts";
import { EOS, IOS, IOSXR, NXOS, PROCURVE } from "../../support/ios_doubles.ts";
import { JUNOS, ROUTEROS, VRP } from "../../support/other_doubles.ts";

const TABLE = [
  "Interface              IP-Address      OK? Method Status                Protocol",
  "Vlan1                  unassigned      YES NVRAM  up                    up      ",
  "GigabitEthernet0/1     10.0.0.1        YES manual up                    up      ",
  "",
  "banner motd # only for staff > #",
  " description link to R9#",
  "[V200R003C00]",
  "end $",
].join("\n");

for (const family of DOUBLE_FAMILIES) {
  Deno.test(`DeviceShell.execute() returns the body alone, ${family.id}`, async () => {
    await using device = await openDouble(family, { outputs: [TABLE] });
    const { text, line, exit } = await device.run("show output 0");
    assert.equal(text, TABLE + "\n");
    assert.equal(line, "");
    assert.equal(exit?.exitStatus, null);
    assert.equal(exit?.note, undefined);
  });

  Deno.test(`DeviceShell.execute() answers every page, ${family.id}`, async () => {
    const outputs = [Array.from({ length: 40 }, (_, row) => ` row ${row} of 40  `).join("\n")];
    await using device = await openDouble(family, { outputs, paging: "stubborn", pageRows: 7 });
    const before = device.channel.device.pages;
    const { text } = await device.run("show output 0");
    assert.equal(text, outputs[0] + "\n");
    assert.equal(device.channel.device.pages - before, 5);
  });

  Deno.test(`DeviceShell.execute() names the device's error line, ${family.id}`, async () => {
    await using device = await openDouble(family);
    const { exit } = await device.run("blurp");
    assert.match(exit?.deviceError ?? "", /invalid|unrecognized|unknown|bad command/i);
    assert.equal((await device.run("/")).exit?.deviceError === undefined, family === ROUTEROS);
  });

  Deno.test(`DeviceShell.execute() is lost when the device goes midway, ${family.id}`, async () => {
    await using device = await openDouble(family, { outputs: [TABLE] });
    const work = collect(device.shell, device.shell.execute("ping forever"));
    device.clock.after(5000, () => device.channel.breakOff());
    const { lost, exit } = await device.clock.run(work);
    assert.ok(lost instanceof ConnectionLostError);
    assert.equal(exit, undefined);
    assert.equal(await device.clock.run(device.shell.ended), undefined);
  });

  Deno.test(`DeviceShell.type() interrupts what is silent, ${family.id}`, async () => {
    await using device = await openDouble(family);
    const work = collect(device.shell, device.shell.execute("ping forever"));
    device.clock.after(120_000, () => void device.shell.type("\x03"));
    const { exit, text } = await device.clock.run(work);
    assert.equal(exit?.exitStatus, null);
    assert.equal(text, "^C\n");
  });
}

Deno.test("DeviceShell.type() tries Ctrl-C where the family's own key does nothing", async () => {
  const deaf = { ...IOS, stopKeys: "\x03" };
  await using device = await openDouble(deaf);
  const work = collect(device.shell, device.shell.execute("ping forever"));
  device.clock.after(5000, () => void device.shell.type("\x03"));
  assert.equal((await device.clock.run(work)).text, "^C\n");
});

Deno.test("DeviceShell.execute() keeps the mode the device is in", async () => {
  await using device = await openDouble(IOS, { open: { profile: "ios" } });
  assert.equal(device.shell.facts.mode, "exec");
  assert.equal((await device.run("configure terminal")).exit?.mode, "config");
  assert.equal((await device.run("interface Gi0/1")).exit?.mode, "config-if");
  assert.equal(device.shell.facts.mode, "config-if");
  assert.equal((await device.run("end")).exit?.mode, "privileged");
});

Deno.test("DeviceShell.execute() takes Junos's mode from the line above the prompt", async () => {
  await using device = await openDouble(JUNOS);
  const { text, exit } = await device.run("configure");
  assert.equal(text, "Entering configuration mode\n");
  assert.equal(exit?.mode, "edit");
  assert.equal((await device.run("edit interfaces")).exit?.mode, "edit interfaces");
});

Deno.test("DeviceShell.execute() takes VRP's and RouterOS's mode from the prompt", async () => {
  await using vrp = await openDouble(VRP);
  assert.equal((await vrp.run("system-view")).exit?.mode, "config");
  assert.equal((await vrp.run("interface GE0/0/1")).exit?.mode, "GE0/0/1");
  await using routeros = await openDouble(ROUTEROS);
  assert.equal((await routeros.run("/ip address")).exit?.mode, "/ip address");
});

Deno.test("DeviceShell.execute() types several lines, each at its prompt", async () => {
  for (const family of [IOS, NXOS, EOS, PROCURVE]) {
    await using device = await openDouble(family, { outputs: ["one", "two\nthree"] });
    const lines = ["show output 0", "conf t", "interface Gi0/1", "end", "show output 1"];
    const { text, exit } = await device.run(lines.join("\n") + "\n");
    const said = "Enter configuration commands, one per line.  End with CNTL/Z.\n";
    assert.equal(text, `one\n${said}two\nthree\n`);
    assert.equal(exit?.mode, "privileged");
    assert.deepEqual(device.channel.device.typed.slice(-5), lines);
  }
});

Deno.test("DeviceShell.execute() names the first error of several lines", async () => {
  await using device = await openDouble(IOS, { outputs: ["fine"] });
  const { exit, text } = await device.run("blurp\nshow output 0");
  assert.equal(exit?.deviceError, "% Invalid input detected at '^' marker.");
  assert.match(exit?.note ?? "", /line \d failed: ".*": "% Invalid input detected/);
  assert.ok(text.endsWith("fine\n"));
});

Deno.test("DeviceShell.execute() follows a new host name", async () => {
  await using named = await openDouble(IOS);
  await named.run("configure terminal");
  const { text, exit } = await named.run("hostname core-sw2");
  assert.deepEqual([text, exit?.mode], ["", "config"]);
  assert.equal((await named.run("end")).exit?.mode, "privileged");
  await using junos = await openDouble(JUNOS, { outputs: ["after"] });
  await junos.run("configure\nset system host-name mx2");
  assert.equal((await junos.run("show output 0")).text, "after\n");
});

Deno.test("DeviceShell.execute() knows a host name that IOS cuts in configuration mode", async () => {
  await using device = await openDouble(IOS, {
    host: "a-very-long-router-name-17",
    outputs: ["x"],
  });
  assert.equal((await device.run("configure terminal")).exit?.mode, "config");
  assert.equal((await device.run("show output 0\nend")).text, "x\n");
});

Deno.test("DeviceShell.execute() hands questions back and takes the answer", async () => {
  const cases = [
    [IOS, "reload", "Proceed with reload? [confirm]", "yes-no", "n"],
    [
      IOS,
      "copy running-config startup-config",
      "Destination filename [startup-config]? ",
      "text",
      "\r",
    ],
    [VRP, "save", "Are you sure to continue?[Y/N]", "yes-no", "y\r"],
    [PROCURVE, "boot", "Device will be rebooted, do you want to continue [y/n]? ", "yes-no", "n\r"],
    [
      IOSXR,
      "end",
      "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:",
      "yes-no",
      "no\n",
    ],
    [
      JUNOS,
      "exit configuration-mode",
      "Exit with uncommitted changes? [yes,no] (yes) ",
      "yes-no",
      "no\r",
    ],
  ] as const;
  for (const [family, command, text, kind, answer] of cases) {
    await using device = await openDouble(family);
    const { events, exit } = await device.run(command, {}, [answer]);
    const question = events.find((event) => event.kind === "question");
    assert.deepEqual(question?.question, { kind, text }, family.id);
    assert.equal(exit?.exitStatus, null);
  }
});

Deno.test("DeviceShell.execute() is lost after a confirmed reload", async () => {
  await using device = await openDouble(IOS);
  const { lost } = await device.run("reload", {}, ["\r"]);
  assert.ok(lost instanceof ConnectionLostError);
  assert.match(lost.message, /"edge" closed the session while the command ran/);
  await assert.rejects(device.run("show output 0"), ConnectionLostError);
});

Deno.test("DeviceShell.execute() ends with a note when the command was a farewell", async () => {
  await using device = await openDouble(IOS);
  const { exit } = await device.run("exit");
  assert.match(exit?.note ?? "", /the device ended the session/);
});

Deno.test("DeviceShell.execute() waits through any silence", async () => {
  await using device = await openDouble(IOS);
  const work = collect(device.shell, device.shell.execute("ping forever"));
  let state: "waiting" | "done" = "waiting";
  void work.then(() => state = "done");
  await device.clock.run(device.clock.sleep(500_000));
  assert.equal(state, "waiting");
  await assert.rejects(device.run("show clock"), ShellBusyError);
  await device.shell.type("\x03");
  assert.equal((await device.clock.run(work)).exit?.exitStatus, null);
});

Deno.test("DeviceShell.execute() keeps a log line in the output it fell into", async () => {
  const log = {
    text: "*Mar  1 00:01:02.123: %LINK-3-UPDOWN: Interface Gi0/2, changed state to up",
    where: "middle",
  } as const;
  for (const family of DOUBLE_FAMILIES) {
    await using device = await openDouble(family, { log, outputs: ["a\nb\nc\nd"] });
    assert.equal((await device.run("show output 0")).text, `a\nb\n${log.text}\nc\nd\n`, family.id);
  }
});

Deno.test("DeviceShell.execute() finds its prompt above a log line, and notes the line", async () => {
  const log = { text: "*Mar  1 00:01:02.123: %SYS-5-CONFIG_I: Configured", where: "behind-prompt" };
  for (const family of [IOS, EOS, VRP]) {
    for (let seed = 1; seed <= 10; seed++) {
      await using device = await openDouble(family, {
        log: log as { text: string; where: "behind-prompt" },
        outputs: ["a\nb\nc\nd"],
        seed,
      });
      const { text, exit } = await device.run("show output 0");
      assert.equal(text, "a\nb\nc\nd\n", `${family.id} ${seed}`);
      const next = await device.run("blurp");
      assert.match(`${exit?.note} ${next.exit?.note}`, /%SYS-5-CONFIG_I/, `${family.id} ${seed}`);
    }
  }
});

Deno.test("DeviceShell.execute() leaves a pager when the output is over its bound, and says so", async () => {
  for (const family of [IOS, JUNOS, VRP, PROCURVE]) {
    const outputs = [Array.from({ length: 400 }, (_, row) => `row ${row}`).join("\n"), "after"];
    await using device = await openDouble(family, {
      outputs,
      paging: "stubborn",
      open: { outputBoundChars: 500 },
    });
    const { text, exit } = await device.run("show output 0");
    assert.ok(text.length > 500 && text.length < 700, `${family.id} ${text.length}`);
    assert.ok(outputs[0]!.startsWith(text));
    assert.match(exit?.note ?? "", /pager was left early/);
    assert.equal((await device.run("show output 1")).text, "after\n");
  }
});

Deno.test("DeviceShell.execute() returns help that '?' prints at once, and clears the line", async () => {
  for (const family of [IOS, JUNOS, VRP]) {
    await using device = await openDouble(family, { outputs: ["after"] });
    const { text } = await device.run("show ?");
    assert.match(text, /version\s+System hardware/);
    assert.doesNotMatch(text, /edge-r1/);
    assert.equal((await device.run("show output 0")).text, "after\n");
  }
});

Deno.test("DeviceShell.execute() refuses control characters and turns tabs into spaces", async () => {
  await using device = await openDouble(IOS, { outputs: ["x"] });
  await assert.rejects(device.run("show\x1a version"), InputError);
  assert.equal((await device.run("show\toutput 0")).text, "x\n");
});

Deno.test("DeviceShell.screen() shows the last rows and the cursor behind the prompt", async () => {
  await using device = await openDouble(IOS, { outputs: ["one\ntwo"] });
  await device.run("show output 0");
  const screen = await device.shell.screen();
  assert.deepEqual(screen.rows.slice(-4), ["edge-r1>show output 0", "one", "two", "edge-r1>"]);
  assert.deepEqual(screen.cursor, { row: screen.rows.length - 1, column: 8 });
});

Deno.test("DeviceShell.execute() types on where the device reads text without a prompt", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    await using device = await openDouble(IOS, { seed, outputs: ["x"], longestDelayMs: 30 });
    const lines = [
      "conf t",
      "banner motd ^",
      "staff only #",
      "",
      "edge-r1#",
      "^",
      "end",
      "show output 0",
    ];
    const { text, exit } = await device.run(lines.join("\n"));
    assert.deepEqual(device.channel.device.text, ["staff only #", "", "edge-r1#", "^"]);
    assert.match(text, /Enter TEXT message\. {2}End with the character '\^'\.\n[^]*x\n$/);
    assert.equal(exit?.mode, "privileged");
  }
});

Deno.test("DeviceShell.execute() asks for the text where the command brings none", async () => {
  await using device = await openDouble(IOS);
  await device.run("conf t");
  const { events, exit } = await device.run("banner motd ^", {}, ["hello ^\r"]);
  const question = events.find((event) => event.kind === "question");
  assert.equal(question?.question.kind, "text");
  assert.match(question?.question.text ?? "", /^Enter TEXT message/);
  assert.equal(exit?.mode, "config");
  assert.deepEqual(device.channel.device.text, ["hello ^"]);
});
