import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import {
  ChannelError,
  ConnectionLostError,
  InputError,
  PrivilegeError,
} from "../../../src/errors.ts";
import { openDevice } from "../../../src/shell/device/open_device.ts";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import type { Channel } from "../../../src/transport/transport.ts";
import { startBird, startFrr, startLldp } from "../../support/device_clis.ts";
import type { DoubleFamily } from "../../support/double_family.ts";
import { startDeviceServer } from "../../support/device_server.ts";
import { Random } from "../../support/random.ts";
import { ScriptedChannel, scriptedConnection } from "../../support/scripted_channel.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { collect, openDouble } from "../../support/device_session.ts";
import { DOUBLE_FAMILIES } from "../../support/device_families.ts";
import { ENABLE_SECRET, IOS, NXOS } from "../../support/ios_doubles.ts";
import { JUNOS, VRP } from "../../support/other_doubles.ts";
import { open, target } from "../../transport/targets.ts";
import { openReal } from "./real_cli.ts";

const ENABLE = { password: "sekrit", command: "enable" };

Deno.test("openDevice() drives FRR's vty: modes, errors, pages, a new host name", async () => {
  await using frr = await startFrr({ reachedBy: "telnet", enablePassword: "sekrit" });
  await using real = await openReal(frr);
  assert.deepEqual(real.shell.facts, { shellKind: "frr", mode: "exec", depth: 0 });
  assert.match((await real.run("show version")).text, /^FRRouting 8[^]*'PYTHON=python3'\n$/);
  const denied = await real.run("configure terminal");
  assert.equal(denied.exit?.deviceError, "% [BGP] Unknown command: configure terminal");
  const entered = await real.run("configure terminal", { enable: ENABLE });
  assert.deepEqual([entered.text, entered.exit?.mode], ["", "config"]);
  assert.equal((await real.run("router bgp 65000")).exit?.mode, "config-router");
  assert.equal((await real.run("end\nconfigure terminal\nhostname core-r2")).exit?.mode, "config");
  const config = await real.run("end\nshow running-config");
  assert.match(config.text, /hostname core-r2\n[^]*router bgp 65000\n[^]*\nend\n$/);
  assert.equal(config.exit?.mode, "privileged");
});

Deno.test("openDevice() reads FRR's pages to the end, also those that break a long line", async () => {
  await using frr = await startFrr({ reachedBy: "telnet" });
  await using real = await openReal(frr);
  const whole = await real.run("show version\nlist");
  for (const length of [3, 5, 24]) {
    const { exit } = await real.run(`terminal length ${length}`);
    assert.equal(exit?.deviceError, undefined);
    assert.equal((await real.run("show version\nlist")).text, whole.text, `length ${length}`);
  }
});

Deno.test("openDevice() leaves FRR after a wrong secret, three times, and gets in with the right one", async () => {
  await using frr = await startFrr({ reachedBy: "telnet", enablePassword: "sekrit" });
  await using real = await openReal(frr);
  for (let attempt = 0; attempt < 3; attempt++) {
    await using shell = await real.reopen();
    const work = collect(
      shell,
      shell.execute("show history", { enable: { ...ENABLE, password: "no" } }),
    );
    await assert.rejects(work, (error: PrivilegeError) => {
      assert.ok(error instanceof PrivilegeError);
      assert.match(error.message, /refused the password .* closed the session/);
      return true;
    });
    // FRR offers no way out of the question but three tries, and then it closes.
    assert.equal(await shell.ended, undefined);
    await assert.rejects(collect(shell, shell.execute("show history")), ConnectionLostError);
  }
  const { exit } = await real.run("show history", { enable: ENABLE });
  assert.equal(exit?.mode, "privileged");
});

Deno.test("openDevice() says that FRR has no privileged password", async () => {
  await using frr = await startFrr({ reachedBy: "telnet" });
  await using real = await openReal(frr);
  const { exit } = await real.run("show history", { enable: ENABLE });
  assert.equal(exit?.mode, "privileged");
});

Deno.test("openDevice() drives vtysh, whose pages less shows", async () => {
  await using frr = await startFrr({ reachedBy: "vtysh" });
  await using real = await openReal(frr);
  assert.deepEqual([real.shell.facts.shellKind, real.shell.facts.mode], ["frr", "privileged"]);
  const whole = await real.run("show version\nlist");
  assert.equal((await real.run("terminal paginate")).exit?.deviceError, undefined);
  assert.equal((await real.run("show version\nlist")).text, whole.text);
  assert.equal(
    (await real.run("configure terminal\nrouter bgp 65000")).exit?.mode,
    "config-router",
  );
  assert.equal((await real.run("bogus")).exit?.deviceError, "% Unknown command: bogus");
});

Deno.test("openDevice() drives birdc, which draws its prompt before the output", async () => {
  await using bird = await startBird();
  await using real = await openReal(bird);
  assert.equal(real.shell.facts.shellKind, "bird");
  for (let round = 0; round < 20; round++) {
    const { text } = await real.run("show route count");
    assert.equal(text.split("\n").filter((row) => /40 of 40 routes/.test(row)).length, 2, text);
    assert.doesNotMatch(text, /bird>/);
  }
  assert.equal((await real.run("show route")).text.trim().split("\n").length, 41);
  const refused = await real.run("bogus");
  assert.match(refused.exit?.deviceError ?? "", /^No such command/);
  assert.match((await real.run("show ?")).text, /show status\s+Show router status/);
});

Deno.test("openDevice() drives lldpcli, which is of no known family", async () => {
  await using lldp = await startLldp();
  await using real = await openReal(lldp);
  assert.deepEqual(real.shell.facts, { shellKind: "generic", mode: "privileged", depth: 0 });
  for (let round = 0; round < 3; round++) {
    const { text, exit } = await real.run("show chassis");
    assert.match(text, /^-+\nLocal chassis:\n[^]* {2}Capability: [^]*\n-+\n$/);
    assert.equal(exit?.deviceError, undefined);
  }
  assert.match((await real.run("bogus")).exit?.deviceError ?? "", /unknown command/);
  assert.match((await real.run("show ?")).text, /neighbors {2}Show neighbors data\n/);
  assert.equal((await real.run("show chassis")).exit?.mode, "privileged");
});

for (const family of DOUBLE_FAMILIES) {
  Deno.test(`openDevice() finds the family of ${family.id} and answers its login`, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      await using device = await openDouble(family, { seed, longestDelayMs: 12 });
      assert.equal(device.shell.facts.shellKind, family.id);
    }
  });

  Deno.test(`openDevice() works over SSH on ${family.id}`, async () => {
    await using server = await startDeviceServer(family, { outputs: ["one # \ntwo"] });
    await using knownHosts = await temporaryFile(server.knownHostsLine);
    await using connection = await open(target({
      port: server.port,
      user: server.user,
      password: server.password,
      userKnownHostsFiles: [knownHosts.path],
    }));
    await using shell = await openDevice(connection, {
      clock: systemClock,
      profiles: new ProfileTable(),
    });
    assert.equal(shell.facts.shellKind, family.id);
    assert.equal((await collect(shell, shell.execute("show output 0"))).text, "one # \ntwo\n");
    const silent = collect(shell, shell.execute("ping forever"));
    server.reboot();
    assert.ok((await silent).lost !== undefined);
  });
}

Deno.test("openDevice() learns a prompt behind a banner without a line end", async () => {
  const glued = { ...IOS, ident: "Cisco-1.25", greeting: "\r\nWelcome > to the lab # " };
  await using device = await openDouble(glued, { outputs: ["x"] });
  assert.equal((await device.run("show output 0")).text, "x\n");
  assert.equal(device.shell.facts.mode, "exec");
});

Deno.test("openDevice() drives a box of no known family by its prompt alone", async () => {
  const box = { ...IOS, ident: "acme", pagingOff: /^never$/, answers: IOS.answers.slice(1) };
  await using device = await openDouble(box, {
    outputs: [Array.from({ length: 30 }, (_, row) => `row ${row} #`).join("\n")],
  });
  assert.equal(device.shell.facts.shellKind, "generic");
  const { text } = await device.run("show output 0");
  assert.equal(text.split("\n").length, 31);
  const odd = { ...box, prompt: () => ({ line: "==[menu]=> ", header: "" }) };
  await using menu = await openDouble(odd, { outputs: ["a ==[menu]=> b\nc"] });
  assert.equal((await menu.run("show output 0")).text, "a ==[menu]=> b\nc\n");
});

Deno.test("openDevice() takes a profile by any of its names, and refuses others", async () => {
  await using device = await openDouble(VRP, { open: { profile: "Huawei_VRP" } });
  assert.equal(device.shell.facts.shellKind, "vrp");
  await assert.rejects(openDouble(VRP, { open: { profile: "toaster" } }), InputError);
});

Deno.test("openDevice() asks nothing of a device whose profile is named", async () => {
  await using device = await openDouble(IOS, { open: { profile: "ios" } });
  assert.deepEqual(device.channel.device.typed.filter((line) => line !== ""), [
    "terminal length 0",
    "terminal width 511",
  ]);
});

Deno.test("openDevice() types nothing of a Unix shell", async () => {
  for (const family of DOUBLE_FAMILIES) {
    await using device = await openDouble(family);
    const lines = device.channel.device.typed.filter((line) => line !== "");
    assert.ok(
      lines.every((line) => /^(?:show|display|terminal|set cli|screen-length|no page)/.test(line)),
      lines.join("\n"),
    );
  }
});

Deno.test("openDevice() gives up on a far end that shows no prompt", async () => {
  const mute = {
    ...IOS,
    greeting: "please hold the line\r\n",
    prompt: () => ({ line: "", header: "" }),
  };
  await assert.rejects(openDouble(mute), ChannelError);
});

Deno.test("openDevice() re-enters privileged mode after a reconnect", async () => {
  const enable = { password: ENABLE_SECRET, command: "enable" };
  for (let login = 0; login < 2; login++) {
    await using device = await openDouble(IOS, { open: { enable } });
    assert.equal(device.shell.facts.mode, "exec");
    assert.equal((await device.run("show version")).exit?.mode, "privileged");
    assert.equal((await device.run("show version")).exit?.mode, "privileged");
    const typed = device.channel.device.typed.filter((line) => line === "enable");
    assert.equal(typed.length, 1);
  }
});

Deno.test("openDevice() learns what Junos prints above its prompt", async () => {
  await using device = await openDouble(JUNOS, { outputs: ["a\n\n{master:0}x\n\n"] });
  assert.equal((await device.run("show output 0")).text, "a\n\n{master:0}x\n\n\n");
});

async function temporaryFile(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

for (const refusal of ["refuses", "closes"] as const) {
  Deno.test(`openDevice() keeps the only session of a device that ${refusal} a second`, async () => {
    const clock = new FakeClock();
    const how = { clock, random: new Random(3), longestPiece: 9, longestDelayMs: 4 };
    const first = new ScriptedChannel(IOS, { host: "edge-r1", outputs: ["x"] }, how);
    const second = new ScriptedChannel(IOS, { host: "edge-r1" }, how);
    second.breakOff();
    const error = new ChannelError("no second session", "use the first");
    const openShell = (): Promise<Channel> =>
      refusal === "closes" ? Promise.resolve(second) : Promise.reject(error);
    const read = new TextEncoder().encode("\r\nWelcome\r\n");
    await using shell = await clock.run(openDevice({ ...scriptedConnection(first), openShell }, {
      clock,
      profiles: new ProfileTable(),
      channel: { channel: first, read },
    }));
    const { text } = await clock.run(collect(shell, shell.execute("show output 0")));
    assert.equal(text, "x\n");
  });
}

Deno.test("openDevice() does without the fence where a key cannot be rubbed out, or shows nothing", async () => {
  for (const keys of ["no rub-out", "no echo"] as const) {
    const plain = { ...NXOS, earlyPrompt: undefined, typeAhead: undefined, keys };
    const family = Object.fromEntries(
      Object.entries(plain).filter(([, value]) => value !== undefined),
    ) as unknown as DoubleFamily;
    await using device = await openDouble(family, { outputs: ["a\nb"] });
    assert.equal(device.shell.facts.shellKind, "nxos");
    const before = device.clock.now();
    for (let round = 0; round < 3; round++) {
      assert.equal((await device.run("show output 0")).text, "a\nb\n", keys);
    }
    assert.ok(device.clock.now() - before < 2500, `${device.clock.now() - before}`);
    const shows = device.channel.device.typed.filter((line) => line.includes("show output"));
    assert.deepEqual(shows, ["show output 0", "show output 0", "show output 0"]);
  }
});
