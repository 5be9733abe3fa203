import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { begin, idOf, settled, SLEEP } from "../support/world.ts";
import { type ProxiedWorld, startProxiedWorld } from "./proxied_world.ts";

/** As over a satellite: what is sent arrives a quarter of a second later, each way. */
async function startFarWorld(): Promise<ProxiedWorld> {
  const world = await startProxiedWorld({ clientConfig: [] });
  world.proxy.delayMs = 250;
  return world;
}

Deno.test("over a slow link commands are exact and keep their shell", async () => {
  await using world = await startFarWorld();
  const { server } = world;
  const first = await server.run("cd /usr; x=kept; echo one; false");
  assert.deepEqual([first.body, first.meta?.exit_status, first.meta?.cwd], ["one\n", 1, "/usr"]);
  assert.equal((await server.run('echo "$x in $PWD"')).body, "kept in /usr\n");
  const many = await server.run("seq 1 200000; sh -c 'exit 7'");
  assert.deepEqual([many.meta?.exit_status, many.meta?.total_chars], [7, 1_288_895]);
});

Deno.test("over a slow link questions are told and answered, and a command is interrupted", async () => {
  await using world = await startFarWorld();
  const { server } = world;
  const asking = await server.run("printf 'Name: '; read -r name; echo \"<$name>\"; (exit 4)");
  assert.equal(asking.meta?.state, "awaiting_input", asking.text);
  const answered = await server.call("send_input", {
    command_id: idOf(asking),
    input_text: "far away",
  });
  assert.match(answered.body, /<far away>\n$/);
  assert.equal(answered.meta?.exit_status, 4);
  const running = await begin(server, SLEEP);
  const stopped = await server.call("interrupt_command_by_id", { command_id: idOf(running) });
  assert.equal((await settled(server, stopped)).meta?.state, "interrupted");
  assert.equal((await server.run("echo next")).body, "next\n");
});

Deno.test("over a slow link send_keys shows what the keys did", async () => {
  await using world = await startFarWorld();
  const { server } = world;
  await server.run("printf 'one\\ntwo\\n' > note");
  const vim = await server.call("execute_command_async", {
    host: server.host,
    command: "vim -n -u NONE note",
  });
  const command_id = idOf(vim);
  await until("the file is shown", async () => {
    return /^two$/m.test((await server.call("read_screen", { command_id })).text);
  });
  // Longer than a screen that does not change is waited for.
  world.proxy.delayMs = 600;
  for (const word of ["first", "second"]) {
    const typed = await server.call("send_keys", { command_id, keys: `o${word}<esc>` });
    assert.ok(typed.body.split("\n").includes(word), typed.text);
  }
  await server.call("send_keys", { command_id, keys: ":wq<enter>" });
  assert.equal((await settled(server, vim)).meta?.exit_status, 0);
  assert.equal((await server.run("cat note")).body, "one\nfirst\nsecond\ntwo\n");
});

Deno.test("over a slow link files arrive whole, beside a command", async () => {
  await using world = await startFarWorld();
  const { server } = world;
  const content = "line ß\n".repeat(20_000);
  const file = { host: server.host, remote_path: "far.txt" };
  const [written, ticks] = await Promise.all([
    server.call("write_file", { ...file, content }),
    server.run("for i in 1 2 3; do echo $i; sleep 0.1; done", { session: "beside" }),
  ]);
  assert.ok(!written.isError, written.text);
  assert.equal(ticks.body, "1\n2\n3\n");
  const read = await server.call("read_file", file);
  assert.ok(read.text.endsWith(content), read.text.slice(0, 200));
});
