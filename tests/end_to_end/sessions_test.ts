import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { endOf, idOf } from "../support/world.ts";

interface SessionRow {
  readonly host: string;
  readonly user: string;
  readonly address: string;
  readonly session: string;
  readonly state: string;
  readonly shell: string;
  readonly cwd: string;
  readonly nested_shells: number;
  readonly host_key: string;
}

async function listed(server: ServerUnderTest): Promise<readonly SessionRow[]> {
  return (await server.call("list_sessions")).structuredContent.sessions as SessionRow[];
}

/** Connections that sshd accepted so far. */
function accepted(sshd: Sshd): number {
  return sshd.log().match(/Connection from /g)?.length ?? 0;
}

Deno.test("sessions of one host share its connection, run in parallel and keep separate state", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  const names = ["main", "a", "b", "with space", "ünïcode 😀"];
  await Promise.all(
    names.map((session, i) =>
      server.run(`cd /usr; x='${i}'; export x; alias me='echo ${i}'`, { session })
    ),
  );
  // Each waits for all the others: run one after the other, the first would wait for ever.
  const meet = (i: number): string =>
    `touch ~/met.${i}; until [ "$(ls ~/met.* | wc -l)" = ${names.length} ]; do sleep 0.1; done`;
  const replies = await Promise.all(
    names.map((session, i) => server.run(`${meet(i)}; me $x; pwd; cd /`, { session })),
  );
  assert.deepEqual(replies.map(({ body }) => body), names.map((_, i) => `${i} ${i}\n/usr\n`));
  assert.deepEqual(replies.map(({ meta }) => meta?.session), names);
  assert.equal(accepted(sshd), 1);
  const rows = await listed(server);
  assert.deepEqual(rows.map(({ session }) => session).sort(), [...names].sort());
  assert.deepEqual(new Set(rows.map(({ cwd }) => cwd)), new Set(["/"]));
});

Deno.test("three first calls at once open one connection and one shell", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  const replies = await Promise.all([1, 2, 3].map((i) => server.run(`echo ${i} $$`)));
  assert.deepEqual(replies.map(({ body }) => body.split(" ")[0]), ["1", "2", "3"]);
  assert.equal(new Set(replies.map(({ body }) => body.split(" ")[1])).size, 1);
  assert.equal(accepted(sshd), 1);
  // The address and its aliases in a target lead to the same session.
  const other = await server.run("echo $$", { host: `${sshd.user}@${server.host}` });
  assert.equal(other.body, replies[0]!.body.split(" ")[1]);
  assert.equal((await listed(server)).length, 1);
});

Deno.test("a second command on a busy shell is queued, runs after the first, and in order", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("true");
  const first = server.run("sleep 1; echo first; x=1");
  const second = server.run("echo second $x; x=2");
  const third = server.run("echo third $x; (exit 3)");
  assert.equal((await first).body, "first\n");
  assert.equal((await second).body, "second 1\n");
  assert.equal((await third).body, "third 2\n");
  assert.equal((await third).meta?.exit_status, 3);
});

Deno.test("a queued command's own timeout answers queued with its id, and it still runs", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  // The login takes longer than the timeout on a busy machine.
  await server.run("true");
  const first = await server.run("echo begun; sleep 2; echo ended", { timeout: 0.5 });
  assert.equal(first.meta?.state, "running");
  assert.equal(first.body.split("\n")[0], "begun");
  assert.match(
    first.body,
    /\[get_command_status\(command_id=".*", offset=6, wait=\d+\) waits for the rest\]$/,
  );
  const second = await server.run("echo second", { timeout: 0.2 });
  assert.equal(second.meta?.state, "queued");
  assert.match(second.firstLine, /^\[queued\] /);
  assert.ok(second.text.includes(idOf(first)), second.text);
  const status = (id: string, extra = {}): Promise<ToolReply> =>
    server.call("get_command_status", { command_id: id, wait: 20, ...extra });
  const rest = await status(idOf(first), { offset: 6 });
  assert.equal(rest.meta?.state, "exited");
  assert.equal(rest.body, "ended\n");
  assert.equal((await status(idOf(first))).body, "begun\nended\n");
  assert.equal((await status(idOf(second))).body, "second\n");
});

Deno.test("a second command is refused at once while the first awaits input, with question and id", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asking = await server.run("read -p 'Go on? [y/N] ' x; echo got $x");
  assert.equal(asking.meta?.state, "awaiting_input");
  assert.deepEqual(asking.meta.prompt, { kind: "yes-no", text: "Go on? [y/N] " });
  const refused = await server.run("echo second", { timeout: 30 });
  assert.ok(refused.isError);
  assert.match(refused.firstLine, /Go on\? \(y\/N\)/);
  assert.ok(refused.firstLine.includes(idOf(asking)), refused.text);
  assert.match(refused.body, /^\[send_input\(command_id=".*"\) answers it/);
  assert.equal((await server.run("echo beside", { session: "other" })).body, "beside\n");
  const ended = await server.call("send_input", { command_id: idOf(asking), input_text: "y" });
  assert.match(ended.body, /got y\n$/);
  assert.equal((await server.run("echo third")).body, "third\n");
});

Deno.test("a command queued before the question is refused as soon as it is asked", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("true");
  const asking = server.run("sleep 1; read -p 'Password: ' -s x; echo; echo got ${#x}");
  const queued = await server.run("echo behind", { timeout: 20 });
  const { meta } = await asking;
  assert.equal(meta?.state, "awaiting_input");
  assert.equal(meta.prompt?.kind, "password");
  assert.ok(queued.text.includes(meta.command_id), queued.text);
  const ended = await server.call("send_input", {
    command_id: meta.command_id,
    input_text: "12345",
    secret: true,
  });
  assert.match(ended.body, /got 5\n$/);
  assert.match((await server.run("echo third")).body, /^third$/m);
});

Deno.test("a host that hangs in connect delays no other host, and closing it ends the wait", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = holdOpen(listener);
  const { port } = listener.addr as Deno.NetAddr;
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  const hanging = server.run("echo never", { port, timeout: 40 });
  await until("the silent host has the connection", () => silent.count > 0);
  for (let i = 0; i < 10; i++) assert.equal((await server.run(`echo ${i}`)).body, `${i}\n`);
  assert.equal((await server.run("echo s", { session: "other" })).body, "s\n");
  assert.equal(silent.count, 1, "the silent host was given up before the other was used");
  const waiting = await server.run("echo never", { port, timeout: 0.2 });
  assert.equal(waiting.meta?.state, "queued");
  await server.call("close_session", { host: server.host, port });
  const ended = await hanging;
  assert.ok(ended.isError || ended.meta?.state === "lost", ended.text);
  silent.close();
});

Deno.test("a host that never speaks is given up after ConnectTimeout with a clear error", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = holdOpen(listener);
  await using sshd = await startSshd({ clientConfig: ["ConnectTimeout 1"] });
  await using server = await startServer({ env: sshd.environment() });
  const { port } = listener.addr as Deno.NetAddr;
  const reply = await server.run("id", { port });
  assert.ok(reply.isError);
  assert.match(reply.firstLine, /no SSH identification within 1 s/);
  assert.match(reply.body, /^\[.*ConnectTimeout.*\]$/);
  assert.equal((await server.run("echo on")).body, "on\n");
  silent.close();
});

/** Takes connections and says nothing. */
function holdOpen(listener: Deno.Listener): { readonly count: number; close(): void } {
  const held: Deno.Conn[] = [];
  const taking = (async (): Promise<void> => {
    for await (const connection of listener) held.push(connection);
  })();
  return {
    get count(): number {
      return held.length;
    },
    close(): void {
      taking.catch(() => {});
      for (const connection of held) connection.close();
    },
  };
}

Deno.test("list_sessions tells host, user, address, shell, directory and state", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  assert.deepEqual(await listed(server), []);
  await server.run("cd /usr");
  await server.run("sleep 30", { session: "busy", timeout: 0.5 });
  const rows = await listed(server);
  const [main, busy] = ["main", "busy"].map((name) =>
    rows.find(({ session }) => session === name)!
  );
  assert.equal(main!.host, server.host);
  assert.equal(main!.user, sshd.user);
  assert.equal(main!.address, `127.0.0.1:${sshd.port}`);
  assert.equal(main!.shell, "bash");
  assert.equal(main!.cwd, "/usr");
  assert.equal(main!.state, "idle");
  assert.equal(main!.nested_shells, 0);
  assert.match(main!.host_key, /^known ssh-ed25519 SHA256:/);
  assert.equal(busy!.state, "busy");
});

Deno.test("close_session ends one session or all of a host, and running commands become lost", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  const { host } = server;
  await server.run("true");
  const running = await server.run("echo begun; sleep 300", { session: "a", timeout: 0.5 });
  await server.run("true", { session: "b" });
  const closed = await server.call("close_session", { host, session: "a" });
  assert.match(closed.text, /"a"/);
  const lost = await endOf(server, running);
  assert.equal(lost.meta?.state, "lost");
  assert.match(lost.body, /^begun\n/);
  assert.deepEqual((await listed(server)).map(({ session }) => session).sort(), ["b", "main"]);
  const again = await server.call("close_session", { host, session: "a" });
  assert.ok(again.isError);
  assert.match(again.text, new RegExp(`No session "a" of ${host} is open[^]*main`));
  const rest = await server.call("close_session", { host });
  assert.match(rest.text, /"main".*"b"|"b".*"main"/);
  assert.deepEqual(await listed(server), []);
  await until("sshd has no sessions", async () => (await sshd.sessionPids()).length === 0);
  const fresh = await server.run("echo fresh; pwd");
  assert.match(fresh.body, /^fresh\n.*home\n$/);
});

Deno.test("close_all_sessions closes all with the count, leaves no process, and a next call connects anew", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  await Promise.all(["a", "b", "c"].map((session) => server.run("true", { session })));
  await server.run("sleep 300 & sleep 300", { session: "a", timeout: 0.5 });
  assert.match((await server.call("close_all_sessions")).text, /\b3\b/);
  assert.deepEqual(await listed(server), []);
  await until("sshd has no sessions", async () => (await sshd.sessionPids()).length === 0);
  assert.match((await server.call("close_all_sessions")).text, /\b0\b/);
  assert.equal((await server.run("echo anew")).body, "anew\n");
  assert.equal(accepted(sshd), 2);
});

Deno.test("a timeout of 0 answers at once, and the command runs on", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const reply = await server.run("echo ran", { timeout: 0 });
  assert.ok(["queued", "running", "exited"].includes(reply.meta?.state ?? ""), reply.text);
  const ended = await endOf(server, reply);
  assert.equal(ended.body, "ran\n");
});

Deno.test("fifty commands at once on one session all run, each once, in order", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("n=0");
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, i) => server.run(`n=$((n+1)); echo ${i} $n; (exit ${i})`)),
  );
  for (const [i, { body, meta }] of replies.entries()) {
    assert.equal(body, `${i} ${i + 1}\n`);
    assert.equal(meta?.exit_status, i);
  }
  assert.equal(new Set(replies.map(idOf)).size, 50);
});
