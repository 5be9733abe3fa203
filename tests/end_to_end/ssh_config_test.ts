import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";

Deno.test("settings without an effect are reported once, with the host's first command", async () => {
  const clientConfig = ["ForwardAgent yes", "Compression yes", "RequestTTY no", "RemoteCommand x"];
  await using sshd = await startSshd({ clientConfig });
  await using server = await startServer({ env: sshd.environment() });
  const first = await server.run("echo in");
  assert.match(first.text, /config:4: requesttty has no effect|config:\d+: forwardagent has no/);
  assert.match(first.text, /1 more: see config testhost/);
  for (const extra of [{}, { session: "other" }]) {
    assert.doesNotMatch((await server.run("echo in", extra)).text, /has no effect/);
  }
  const { stderr } = await runProgram(sshd, ["config", sshd.alias]);
  for (const line of clientConfig) {
    const keyword = line.split(" ")[0]!.toLowerCase();
    assert.match(stderr, new RegExp(`:\\d+: ${keyword} has no effect here; `));
  }
});

/** Each as the first call on a host, and how the note shows in its reply. */
const FIRST_CALLS: readonly (readonly [tool: string, args: Readonly<Record<string, unknown>>])[] = [
  ["execute_command_async", { command: "true", durable: true }],
  ["read_file", { remote_path: "/etc/hostname" }],
  ["write_file", { remote_path: "made", content: "old" }],
  ["edit_file", { remote_path: "made", edits: [{ old_text: "old", new_text: "new" }] }],
  ["execute_on_hosts", { command: "true" }],
];

Deno.test("settings without an effect are in the first reply that can show them, of any tool", async () => {
  await using sshd = await startSshd({ clientConfig: ["ForwardAgent yes"] });
  for (const [tool, args] of FIRST_CALLS) {
    await using server = await startServer({ env: sshd.environment() });
    // Replies without a place for notes leave them to the next.
    const missing = { host: server.host, remote_path: "/nowhere" };
    assert.ok((await server.call("read_file", missing)).isError);
    await server.call("list_running_commands", { host: server.host });
    const where = tool === "execute_on_hosts" ? { hosts: server.host } : { host: server.host };
    const reply = await server.call(tool, { ...where, ...args });
    assert.match(reply.text, /config:\d+: forwardagent has no effect here/, tool);
    assert.doesNotMatch((await server.run("true")).text, /forwardagent/);
  }
});

Deno.test("a host whose Match exec decides who is reached is refused, in config too", async () => {
  await using sshd = await startSshd();
  const text = await Deno.readTextFile(sshd.sshConfigPath);
  await Deno.writeTextFile(
    sshd.sshConfigPath,
    `Match host ${sshd.alias} exec "on-company-network"\n  User other\n${text}`,
  );
  await using server = await startServer({ env: sshd.environment() });
  const reply = await server.run("echo in");
  assert.ok(reply.isError, reply.text);
  assert.match(
    reply.text,
    /Match exec runs a program.*config:1\), and it decides on user \(.*:2\)/,
  );
  const { stderr } = await runProgram(sshd, ["config", sshd.alias]);
  assert.match(stderr, /it decides on user/);
});

Deno.test("a Match exec that takes no program decides as in ssh", async () => {
  await using sshd = await startSshd();
  const text = await Deno.readTextFile(sshd.sshConfigPath);
  const block = (command: string): string =>
    `Match host ${sshd.alias} exec "${command}"\n  User nobody-of-that-name\n`;
  await Deno.writeTextFile(sshd.sshConfigPath, block("false") + text);
  await using server = await startServer({ env: sshd.environment() });
  assert.match((await server.run("echo in")).text, /\nin\n/);
  await Deno.writeTextFile(sshd.sshConfigPath, block(`test -f ${sshd.sshConfigPath}`) + text);
  const { stdout } = await runProgram(sshd, ["config", sshd.alias]);
  assert.match(stdout, /^user nobody-of-that-name$/m);
});

Deno.test("what ssh would log in with is named in the error of the login", async () => {
  const clientConfig = [
    "PKCS11Provider /usr/lib/token.so",
    "SecurityKeyProvider /usr/lib/sk.so",
    "PreferredAuthentications gssapi-with-mic",
  ];
  await using sshd = await startSshd({ clientConfig });
  await using server = await startServer({ env: sshd.environment() });
  const { text } = await server.run("true");
  assert.match(text, /config:2: pkcs11provider has no effect here; load its keys into an agent/);
  assert.match(text, /config:3: securitykeyprovider has no effect here; load the security key/);
  assert.match(text, /config:4: preferredauthentications names gssapi-with-mic, which is not/);
});

Deno.test("KnownHostsCommand is named in the error, without /dev/null in the advice", async () => {
  const clientConfig = ["KnownHostsCommand /bin/true", "UserKnownHostsFile /dev/null"];
  await using sshd = await startSshd({
    clientConfig: [...clientConfig, "StrictHostKeyChecking no"],
  });
  await using server = await startServer({ env: sshd.environment() });
  const { isError, text } = await server.run("true");
  assert.ok(isError, text);
  assert.match(text, /config:2: knownhostscommand has no effect here; add the keys/);
  assert.match(text, /name a file with "UserKnownHostsFile"/);
  assert.doesNotMatch(text, /\/dev\/null/);
});

async function runProgram(
  sshd: Sshd,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const env = { ...await runtimeEnvironment(), ...sshd.environment() };
  return await command(programCommand(args), { env });
}
