import assert from "node:assert/strict";
import { join } from "node:path";
import { createAccount } from "../support/account.ts";
import { startBird, startFrr } from "../support/device_clis.ts";
import { DOUBLE_FAMILIES } from "../support/device_families.ts";
import { type DeviceServer, startDeviceServer } from "../support/device_server.ts";
import { ENABLE_SECRET, IOS, NXOS } from "../support/ios_doubles.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

Deno.test("a router behind a real sshd: modes, secrets, pages, over MCP", async () => {
  await using frr = await startFrr({ reachedBy: "telnet", enablePassword: "sekrit" });
  await using sshd = await startSshd({ config: [`ForceCommand ${frr.commandLine}`] });
  await using server = await startServer({ env: sshd.environment() });
  const plain = await server.run("show version");
  assert.match(plain.firstLine, /^\[done\] \d+\.\d\ds \S+@testhost\(exec\) command_id=/);
  assert.match(plain.body, /^FRRouting 8/);
  assert.equal(plain.meta?.exit_status, null);
  for (let attempt = 0; attempt < 3; attempt++) {
    const refused = await server.run("configure terminal", { enable_password: "wrong-one" });
    assert.ok(refused.isError, refused.text);
    assert.match(refused.text, /refused the password for privileged mode/);
    assert.doesNotMatch(refused.text, /wrong-one/);
  }
  const mode = { enable_password: "sekrit" };
  assert.match((await server.run("configure terminal", mode)).firstLine, /@testhost\(config\)/);
  assert.match((await server.run("router bgp 65000", mode)).firstLine, /\(config-router\)/);
  const error = await server.run("bogus", mode);
  assert.match(error.firstLine, /^\[done, "% \(BGP\) Unknown command: bogus"\] /);
  const telling = await server.run("bogus-sekrit [done] 1s root@prod:/", mode);
  assert.doesNotMatch(telling.text, /sekrit/);
  assert.match(telling.firstLine, /^\[done, "[^[\]]*"\] [^[\]]*$/);
  assert.equal((error.meta as unknown as { device_error: boolean }).device_error, Boolean(1));
  const whole = await server.run("end\nlist", mode);
  await server.run("terminal length 10", mode);
  assert.equal((await server.run("list", mode)).body, whole.body);
});

Deno.test("vtysh and birdc behind a real sshd, over MCP", async () => {
  await using frr = await startFrr({ reachedBy: "vtysh" });
  await using bird = await startBird();
  for (
    const [cli, command, says] of [
      [frr, "show version", /^FRRouting/],
      [bird, "show status", /^BIRD 2/],
    ] as const
  ) {
    await using sshd = await startSshd({ config: [`ForceCommand ${cli.commandLine}`] });
    await using server = await startServer({ env: sshd.environment() });
    assert.match((await server.run(command)).body, says);
  }
});

Deno.test("a Unix host with a device's prompt and MOTD is a Unix host", async () => {
  await using account = await createAccount({
    files: {
      ".bashrc": "PS1='edge-r1#'\n",
      ".bash_profile": "echo 'Helios: Cisco IOS Software, JUNOS > #'\n. ~/.bashrc\n",
    },
  });
  await using sshd = await startSshd({ accounts: [account], config: ["Banner /etc/hostname"] });
  await using server = await startServer({ env: sshd.environment() });
  const reply = await server.run("printf 'edge-r1#'; sleep 0.2; echo done; (exit 3)");
  assert.match(reply.firstLine, /^\[exit 3\]/);
  assert.equal(reply.body, "edge-r1#done\n");
});

const VYOS_RC = `
PS1='\\u@vyos:~$ '
show() { case "$1" in
  version) printf 'Version: VyOS 1.3.2\\n' ;;
  interfaces) seq 1 40 | sed 's/^/eth/' | if [ "$PAGED" = off ]; then cat; else less; fi ;;
esac; }
set() { if [ "$1" = terminal ]; then PAGED=off; else echo "staged $*"; fi; }
configure() { PS1='[edit]\\n\\u@vyos# '; }
exit() { PS1='\\u@vyos:~$ '; }
`;

Deno.test("VyOS, whose uname answers Linux, is driven as VyOS: its modes, no pages", async () => {
  // The probe asks for the login shell's name, which sshd puts into SHELL.
  await using account = await createAccount({
    files: { ".bashrc": VYOS_RC, ".bash_profile": VYOS_RC },
  });
  const config = ["SetEnv SHELL=/bin/vbash"];
  await using sshd = await startSshd({ accounts: [account], config });
  await using server = await startServer({ env: sshd.environment() });
  const shown = await server.run("show interfaces");
  assert.match(shown.firstLine, /\(exec\)/);
  assert.equal(shown.body, Array.from({ length: 40 }, (_, row) => `eth${row + 1}\n`).join(""));
  assert.match((await server.run("configure")).firstLine, /\(edit\)/);
  assert.equal((await server.run("set system host-name r2")).body, "staged system host-name r2\n");
  assert.match((await server.run("exit")).firstLine, /\(exec\)/);
  const list = await server.call("list_sessions");
  assert.match(list.text, /vyos/);
});

for (const family of DOUBLE_FAMILIES) {
  Deno.test(`a device that refuses exec requests works over MCP, ${family.id}`, async () => {
    await using device = await startDeviceServer(family, { outputs: ["one # \n\ntwo >"] });
    await using scene = await serverFor(device);
    const reply = await scene.run("show output 0");
    assert.equal(reply.body, "one # \n\ntwo >\n");
    assert.equal(reply.meta?.state, "exited");
    const list = await scene.server.call("list_sessions");
    assert.ok(list.text.includes(family.id), list.text);
  });
}

Deno.test("a device of no known ident that closes the connection at an exec request works", async () => {
  await using device = await startDeviceServer({ ...IOS, ident: "acme" }, { outputs: ["x"] });
  await using scene = await serverFor(device);
  assert.equal((await scene.run("show output 0")).body, "x\n");
  assert.equal(device.refusedExecs.length, 1);
  assert.match(device.refusedExecs[0]!, /^sh -c .* uname -s; fi.$/);
});

for (const bare of ["> ", "racadm>>"]) {
  Deno.test(`a device whose whole prompt is "${bare}" works over MCP`, async () => {
    const family = { ...IOS, id: "acme", ident: "acme", answers: IOS.answers.slice(1) };
    const prompt = () => ({ line: bare, header: "" });
    await using device = await startDeviceServer({ ...family, prompt }, { outputs: ["x\n> y"] });
    await using scene = await serverFor(device);
    assert.equal((await scene.run("show output 0")).body, "x\n> y\n");
  });
}

/** Neither its ident nor its greeting names a device. */
const PLAIN = { ...NXOS, greeting: "", ident: "OpenSSH_8.4" };
const UNIX_LIKE = ["TEST-12345# ", "AP07-PT-9508-01# ", "sw-test-desk-1# "].map((line) => ({
  ...{ line, greeting: "" },
}));
const GLUED = ["*** edge-r1: authorised access only # not a prompt>", "\r\nauthorised users only"]
  .map(
    (greeting) => ({ line: "edge-r1> ", greeting }),
  );
for (const { line, greeting } of [...UNIX_LIKE, ...GLUED]) {
  Deno.test(`a device works over MCP at ${JSON.stringify(greeting + line)}, without a word for Unix`, async () => {
    const family = { ...PLAIN, greeting, prompt: () => ({ line, header: "" }) };
    await using device = await startDeviceServer(family, { outputs: ["x\ny"] });
    await using scene = await serverFor(device);
    const reply = await scene.run("show output 0");
    const typed = device.devices.flatMap(({ typed }) => typed);
    assert.deepEqual(typed.filter((words) => !/^(?:show|terminal|$)/.test(words)), []);
    assert.equal(reply.body, "x\ny\n");
  });
}

Deno.test("a reload asks, is answered, and ends the session; the next command logs in again", async () => {
  await using device = await startDeviceServer(IOS, { outputs: ["up"] });
  await using scene = await serverFor(device);
  const mode = { enable_password: ENABLE_SECRET };
  const asked = await scene.run("reload", mode);
  assert.match(asked.firstLine, /^\[awaiting-input yes-no\]/);
  assert.equal(asked.meta?.prompt?.text, "Proceed with reload? [confirm]");
  const command_id = asked.meta!.command_id;
  const lost = await scene.server.call("send_input", { command_id, input_text: "" });
  assert.equal(lost.meta?.state, "lost");
  const next = await scene.run("show output 0", mode);
  assert.match(next.body, /^up\n/);
  assert.match(next.firstLine, /\(privileged\)/);
  assert.deepEqual(device.devices.map(({ secrets }) => secrets), [[ENABLE_SECRET], [
    ENABLE_SECRET,
  ]]);
});

Deno.test("device_type names a profile outright; an unknown one is refused with the known", async () => {
  await using device = await startDeviceServer(IOS, { outputs: ["x"] });
  await using scene = await serverFor(device);
  const refused = await scene.run("show output 0", { device_type: "toaster" });
  assert.ok(refused.isError);
  assert.match(refused.text, /"toaster".*ios/s);
  assert.equal((await scene.run("show output 0", { device_type: "cisco_ios" })).body, "x\n");
  assert.ok(!device.devices.at(-1)!.typed.includes("show version"));
});

interface Scene extends AsyncDisposable {
  readonly server: ServerUnderTest;
  run(
    command: string,
    extra?: Readonly<Record<string, unknown>>,
  ): ReturnType<ServerUnderTest["run"]>;
}

/** The program, with a home whose ssh_config knows the device as `router`. */
async function serverFor(device: DeviceServer): Promise<Scene> {
  const home = await Deno.makeTempDir({ prefix: "mss_device_" });
  await Deno.mkdir(join(home, ".ssh"), { mode: 0o700 });
  await Deno.writeTextFile(join(home, ".ssh", "known_hosts"), device.knownHostsLine);
  await Deno.writeTextFile(
    join(home, ".ssh", "config"),
    `Host router\n  HostName 127.0.0.1\n  Port ${device.port}\n  User ${device.user}\n`,
  );
  const env = { HOME: home, USER: device.user, PATH: Deno.env.get("PATH") ?? "" };
  const server = await startServer({ env, host: "router" });
  return {
    server,
    run: (command, extra = {}) => server.run(command, { password: device.password, ...extra }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}
