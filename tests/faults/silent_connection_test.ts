import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { signal } from "../support/processes.ts";
import { idOf } from "../support/world.ts";
import { begun } from "./lost_reply.ts";
import { startProxiedWorld } from "./proxied_world.ts";

Deno.test("an idle connection that vanished is found before the next command is typed", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy } = world;
  await server.run("cd /var");
  proxy.mode = "drop";
  await until("it is given up", () => proxy.open === 0);
  proxy.mode = "pass";
  const reply = await server.run("pwd");
  assert.equal(reply.meta?.exit_status, 0);
  assert.match(reply.body, /\[new shell: /);
});

Deno.test("a command typed into silence is lost, and is not typed again", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy } = world;
  const path = `/tmp/${crypto.randomUUID()}`;
  await server.run("true");
  proxy.mode = "drop";
  const reply = await server.run(`echo ran >> ${path}`);
  assert.equal(reply.meta?.state, "lost", reply.text);
  assert.match(reply.text, /\[The connection to "testhost" is lost: nothing came for /);
  proxy.mode = "pass";
  const after = await server.run(`test ! -e ${path}`);
  assert.equal(after.meta?.exit_status, 0, "the lost command ran later");
});

Deno.test("a host that is suspended for less than the bound goes on as if nothing had been", async () => {
  await using world = await startProxiedWorld({
    clientConfig: ["ServerAliveInterval 2", "ServerAliveCountMax 3"],
  });
  const { server, sshd } = world;
  const started = await begun(server, "echo one; read -r line; echo two $line");
  const pids = await sshd.sessionPids();
  for (const pid of pids) signal(pid, "SIGSTOP");
  await server.call("get_command_status", { command_id: idOf(started), wait: 3 });
  for (const pid of pids) signal(pid, "SIGCONT");
  const reply = await server.call("send_input", {
    command_id: idOf(started),
    input_text: "three",
    wait: 10,
  });
  assert.equal(reply.meta?.exit_status, 0, reply.text);
  assert.match(reply.body, /two three\n$/);
});

Deno.test("the program itself may be suspended for longer than the bound", async () => {
  await using world = await startProxiedWorld();
  const { server } = world;
  await server.run("variable=kept");
  server.transport.child.kill("SIGSTOP");
  const asleep = performance.now();
  await until("it slept for long", () => performance.now() - asleep > 3_500);
  server.transport.child.kill("SIGCONT");
  assert.equal((await server.run('echo "$variable"')).body, "kept\n");
});

Deno.test("a transfer that falls silent is told as lost, and files go on afterwards", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy } = world;
  const file = { host: server.host, remote_path: `/tmp/${crypto.randomUUID()}` };
  await server.call("write_file", { ...file, content: "old" });
  proxy.mode = "drop";
  const replies = await Promise.all([
    server.call("read_file", file),
    server.call("write_file", { ...file, content: "x".repeat(1_000_000) }),
  ]);
  for (const reply of replies) {
    assert.ok(reply.isError);
    assert.match(reply.text, /lost: nothing came for /);
  }
  proxy.mode = "pass";
  const after = await server.call("read_file", file);
  assert.match(after.body, /^old/);
  await server.run(`rm ${file.remote_path}`);
});
