import assert from "node:assert/strict";
import { join } from "node:path";
import { createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { freePort, type Sshd, startSshd } from "../support/sshd.ts";
import { startServer } from "../support/mcp_client.ts";
import { startWorld } from "../support/world.ts";

const SECRET = "s3cret-Passw0rd";

interface BadInput {
  readonly what: string;
  readonly tool?: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** What the error must say of what was seen. */
  readonly seen: RegExp;
  /** The caller's next move, on the error's second line. */
  readonly move: RegExp;
}

const MALFORMED: readonly BadInput[] = [
  {
    what: "an unknown key",
    args: { host: "x", command: "id", hots: "y" },
    seen: /"hots"/,
    move: /host .*command/,
  },
  {
    what: "a wrong type",
    args: { host: "x", command: { line: "id" } },
    seen: /"command" .*string/,
    move: /command/,
  },
  {
    what: "a list in place of text",
    args: { host: ["x"], command: "id" },
    seen: /"host"/,
    move: /host/,
  },
  {
    what: "an empty host",
    args: { host: "", command: "id" },
    seen: /"host" must not be empty/,
    move: /host/,
  },
  {
    what: "an empty command",
    args: { host: "x", command: "" },
    seen: /"command" must not be empty/,
    move: /command/,
  },
  { what: "no host", args: { command: "id" }, seen: /"host"/, move: /host \(required\)/ },
  { what: "no arguments", args: {}, seen: /"host"/, move: /host \(required\)/ },
  {
    what: "a port of 0",
    args: { host: "x", command: "id", port: 0 },
    seen: /"port"/,
    move: /port/,
  },
  {
    what: "a port of 65536",
    args: { host: "x", command: "id", port: 65_536 },
    seen: /"port"/,
    move: /port/,
  },
  {
    what: "a port in words",
    args: { host: "x", command: "id", port: "ssh" },
    seen: /"port"/,
    move: /port/,
  },
  {
    what: "a negative timeout",
    args: { host: "x", command: "id", timeout: -1 },
    seen: /"timeout"/,
    move: /timeout/,
  },
  {
    what: "a session's name that would break a line of ours",
    args: { host: "x", command: "id", session: "main\n[exit 0] 0.1s" },
    seen: /"session": must be of printable characters/,
    move: /session/,
  },
  {
    what: "an empty session",
    args: { host: "x", command: "id", session: "" },
    seen: /"session"/,
    move: /session/,
  },
  {
    what: "an empty password",
    args: { host: "x", command: "id", password: "" },
    seen: /"password"/,
    move: /password/,
  },
  {
    what: "an unknown command id",
    tool: "get_command_status",
    args: { command_id: "no-such-id" },
    seen: /no-such-id/,
    move: /list_running_commands|list_command_history|execute_command/,
  },
  {
    what: "closing what is not open",
    tool: "close_session",
    args: { host: "testhost" },
    seen: /No session of testhost is open/,
    move: /No session is open at all/,
  },
  {
    what: "a port over 65535 in the host",
    args: { host: "x:99999", command: "id" },
    seen: /"x:99999"/,
    move: /1 to 65535/,
  },
  {
    what: "a host that looks like an option",
    args: { host: "-oProxyCommand=id", command: "id" },
    seen: /\S/,
    move: /\S/,
  },
  {
    what: "a host with a line feed",
    args: { host: "a\nb", command: "id" },
    seen: /\S/,
    move: /\S/,
  },
];

/** An error says in one line what was seen, in the next what to do, and nothing more. */
function assertClear(reply: ToolReply, { what, seen, move }: Omit<BadInput, "args">): void {
  assert.ok(reply.isError, `${what}: ${reply.text}`);
  assert.match(reply.firstLine, seen, what);
  assert.match(reply.body, /^\[[^\n]*\]$/, `${what}: ${reply.text}`);
  assert.match(reply.body, move, `${what}: ${reply.text}`);
  assert.doesNotMatch(reply.text, /\bat .*\.(ts|js):\d|node_modules|file:\/\/|\bTypeError\b/, what);
  assert.doesNotMatch(reply.text, /undefined|\[object/, what);
  assert.ok(!reply.text.includes(SECRET), what);
}

async function assertServesOn(server: ServerUnderTest): Promise<void> {
  assert.equal((await server.run("echo on")).body, "on\n");
  assert.ok(!server.stderr().includes(SECRET), server.stderr());
  assert.doesNotMatch(server.stderr(), /stray-fault|Uncaught/, server.stderr());
}

Deno.test("arguments that cannot be meant are refused by name, and the server serves on", async () => {
  await using world = await startWorld();
  for (const { what, tool = "execute_command", args, ...rest } of MALFORMED) {
    const reply = await world.server.call(tool, args);
    assertClear(reply, { what, ...rest });
  }
  await assertServesOn(world.server);
});

Deno.test("hosts that cannot be reached are told apart, with the next move for each", async () => {
  await using world = await startWorld();
  const { server } = world;
  const run = (extra: Readonly<Record<string, unknown>>): Promise<ToolReply> =>
    server.run("id", extra);
  assertClear(await run({ host: "no-such-alias.invalid" }), {
    what: "an unknown alias",
    seen: /no-such-alias\.invalid.*does not resolve/,
    move: /name|HostName/,
  });
  assertClear(await run({ port: freePort() }), {
    what: "a refused port",
    seen: /connection refused/,
    move: /port/,
  });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = answerOnce(listener, "HTTP/1.0 400 Bad Request\r\n\r\n");
  assertClear(await run({ port: (listener.addr as Deno.NetAddr).port }), {
    what: "a port of another protocol",
    seen: /does not speak SSH/,
    move: /port/,
  });
  await answering;
  await assertServesOn(server);
});

async function answerOnce(listener: Deno.Listener, text: string): Promise<void> {
  using connection = await listener.accept();
  await connection.write(new TextEncoder().encode(text));
  await connection.read(new Uint8Array(1_024));
}

Deno.test("a login that fails says what was tried, shows no secret, and locks nobody out", async () => {
  await using account = await createAccount({ password: "right-Passw0rd" });
  await using sshd = await startSshd({ accounts: [account] });
  await using server = await startServer({ env: sshd.environment() });
  const encrypted = join(sshd.home, "encrypted");
  const keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-C", "x"] as const;
  await mustRun([...keygen, "-N", "right phrase", "-f", encrypted]);
  const garbage = join(sshd.home, "garbage");
  await Deno.writeTextFile(garbage, "not a key\n");
  await allow(sshd, `${encrypted}.pub`);
  const unknown = join(sshd.home, "unknown");
  await mustRun([...keygen, "-N", "", "-f", unknown]);
  // Without the account's own key, so that only what a case brings counts.
  await Deno.rename(sshd.keyPath, `${sshd.keyPath}.away`);
  const cases: readonly (Omit<BadInput, "args"> & { readonly args: Record<string, unknown> })[] = [
    {
      what: "a wrong password",
      args: { password: SECRET },
      seen: /Cannot log in.*password/,
      move: /password/,
    },
    { what: "no credentials", args: {}, seen: /Cannot log in/, move: /key|password/ },
    {
      what: "a missing key file",
      args: { key_filename: "/nonexistent/key" },
      seen: /\/nonexistent\/key/,
      move: /key_filename|path|exist/i,
    },
    { what: "a directory as key file", args: { key_filename: "/etc" }, seen: /\/etc/, move: /key/ },
    {
      what: "a key file that is none",
      args: { key_filename: garbage },
      seen: /garbage/,
      move: /key/,
    },
    {
      what: "an encrypted key without passphrase",
      args: { key_filename: encrypted },
      seen: /encrypted.*passphrase|passphrase.*encrypted/i,
      move: /password|passphrase/,
    },
    {
      what: "an encrypted key with a wrong passphrase",
      args: { key_filename: encrypted, password: SECRET },
      seen: /passphrase|encrypted/i,
      move: /password|passphrase/,
    },
    {
      what: "a key that the host does not know",
      args: { key_filename: unknown },
      seen: /Cannot log in/,
      move: /key|password/,
    },
    {
      what: "an unknown user",
      args: { username: "no-such-user-x", password: SECRET },
      seen: /Cannot log in|no-such-user-x/,
      move: /user|key|password/i,
    },
  ];
  for (const { args, ...rest } of cases) assertClear(await server.run("id", args), rest);
  assert.equal((await server.run("echo in", { password: "right-Passw0rd" })).body, "in\n");
  await assertServesOn(server);
});

async function allow(sshd: Sshd, publicKeyPath: string): Promise<void> {
  const line = await Deno.readTextFile(publicKeyPath);
  await Deno.writeTextFile(join(sshd.directory, "authorized_keys"), line, { append: true });
}

Deno.test("a key file that may not be read is told as such", async () => {
  await using world = await startWorld();
  const path = "/proc/1/mem";
  assertClear(
    await world.server.run("id", { key_filename: path, session: "other", username: "nobody-x" }),
    {
      what: "an unreadable key file",
      seen: /\/proc\/1\/mem/,
      move: /\S/,
    },
  );
  await assertServesOn(world.server);
});

Deno.test("an unknown and a changed host key are refused with fingerprint and ways to trust it", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  const public_ = await Deno.readTextFile(`${sshd.hostKeyPath()}.pub`);
  const fingerprint = (await mustRun(["ssh-keygen", "-lf", `${sshd.hostKeyPath()}.pub`]))
    .split(" ")[1]!;
  const known = await Deno.readTextFile(sshd.knownHostsPath);

  await Deno.writeTextFile(sshd.knownHostsPath, "");
  const unknown = await server.run("id", { password: SECRET });
  assertClear(unknown, {
    what: "an unknown host key",
    seen: /host key/i,
    move: /known_hosts|ssh-keyscan|StrictHostKeyChecking/,
  });
  assert.ok(unknown.text.includes(fingerprint), unknown.text);

  const other = join(sshd.directory, "other");
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other]);
  const otherKey = (await Deno.readTextFile(`${other}.pub`)).split(" ").slice(0, 2).join(" ");
  await Deno.writeTextFile(sshd.knownHostsPath, `[127.0.0.1]:${sshd.port} ${otherKey}\n`);
  const changed = await server.run("id", { password: SECRET });
  assertClear(changed, {
    what: "a changed host key",
    seen: /changed|does not match|another/i,
    move: /known_hosts/,
  });
  assert.ok(changed.text.includes(fingerprint), changed.text);
  assert.ok(changed.text.includes(sshd.knownHostsPath), changed.text);

  await Deno.writeTextFile(sshd.knownHostsPath, known);
  assert.ok(known.includes(public_.split(" ")[1]!));
  await assertServesOn(server);
});
