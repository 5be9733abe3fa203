import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, idOf, settled, startWorld } from "../support/world.ts";

Deno.test("execute_command_async answers before the command ends, get_command_status(wait) as it ends", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const host = server.host;
  const begun = await server.call("execute_command_async", {
    host,
    command: "read x; echo got $x",
  });
  assert.match(begun.firstLine, /^\[(queued|running)\] /);
  assert.match(begun.text, /get_command_status\(command_id="/);
  const command_id = idOf(begun);
  await until("it runs", async () => {
    const { meta } = await server.call("get_command_status", { command_id });
    return meta?.state === "running";
  });
  const waiting = server.call("get_command_status", { command_id, wait: 50 });
  await server.call("send_input", { command_id, input_text: "it", wait: 0 });
  const ended = await waiting;
  assert.equal(ended.meta?.state, "exited");
  assert.equal(ended.body, "got it\n");
  assert.equal(ended.meta.exit_status, 0);
});

Deno.test("get_command_status(wait) answers when the command asks, and at once when it asks already", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const command = "sleep 0.5; read -p 'Your name? ' n; echo hello $n; sleep 30";
  const begun = await server.call("execute_command_async", { host: server.host, command });
  const command_id = idOf(begun);
  const asks = await server.call("get_command_status", { command_id, wait: 50 });
  assert.equal(asks.meta?.state, "awaiting_input");
  assert.equal(asks.meta.prompt?.text, "Your name? ");
  // Whoever did not see the question before must not wait for another one.
  const again = await server.call("get_command_status", { command_id, wait: 50 });
  assert.equal(again.meta?.state, "awaiting_input");
  const answered = await server.call("send_input", { command_id, input_text: "Ann", wait: 0.5 });
  assert.equal(answered.meta?.state, "running");
  assert.match(answered.body, /^hello Ann\n/);
});

Deno.test("get_command_status(wait) answers running when the time is up, and the command goes on", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, "sleep 1.5; echo done");
  const command_id = idOf(begun);
  const still = await server.call("get_command_status", { command_id, wait: 0.3 });
  assert.equal(still.meta?.state, "running");
  const ended = await settled(server, still);
  assert.equal(ended.body, "done\n");
  assert.equal(ended.meta?.exit_status, 0);
});

Deno.test("get_command_status(offset) gives only what came since", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const first = await begin(server, "echo one; echo two; read x; echo three", { shows: /^two$/m });
  assert.match(first.body, /^one\ntwo\n/);
  const command_id = idOf(first);
  await server.call("send_input", { command_id, input_text: "" });
  const offset = first.meta!.next_offset;
  const since = await server.call("get_command_status", { command_id, offset });
  assert.equal(since.body, "three\n");
  assert.equal(since.meta?.offset, offset);
  const nothing = await server.call("get_command_status", {
    command_id,
    offset: since.meta!.next_offset,
  });
  assert.equal(nothing.body, "");
  assert.equal(nothing.meta?.exit_status, 0);
});

Deno.test("commands of one session run in the order they came, those of another beside them", async () => {
  await using world = await startWorld();
  const { server } = world;
  const host = server.host;
  const command = "until test -e go; do sleep 0.05; done; echo 1";
  const first = await server.call("execute_command_async", { host, command });
  const second = await server.call("execute_command_async", { host, command: "echo 2" });
  assert.equal(second.meta?.state, "queued");
  assert.match(second.text, new RegExp(`behind command ${idOf(first)}`));
  const beside = await server.run("echo beside", { session: "other" });
  assert.equal(beside.body, "beside\n");
  const running = await server.call("list_running_commands");
  assert.deepEqual(
    running.structuredContent.commands.map((row: Record<string, unknown>) => row.command_id),
    [idOf(first), idOf(second)],
  );
  await server.run("touch go", { session: "other" });
  const third = await server.run("echo 3");
  assert.equal(third.body, "3\n");
  const history = await server.call("list_command_history");
  const rows = history.structuredContent.commands as Record<string, unknown>[];
  assert.deepEqual(rows.map((row) => row.command), [
    "echo 3",
    "echo 2",
    command,
    "touch go",
    "echo beside",
  ]);
});

Deno.test("list_running_commands tells running, queued and asking commands from each other", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const host = server.host;
  const start = (command: string, session: string): Promise<unknown> =>
    server.call("execute_command_async", { host, command, session });
  await start("sleep 60", "a");
  await start("echo later", "a");
  await start("read -p 'Go on? [y/N] ' x", "b");
  const rows = await until("all three are in their states", async () => {
    const list = await server.call("list_running_commands");
    const rows = list.structuredContent.commands as Record<string, unknown>[];
    const states = rows.map(({ state }) => state).join(" ");
    return states === "running queued awaiting_input" ? rows : undefined;
  });
  assert.equal(rows[2]!.question, "Go on? [y/N]");
  assert.deepEqual(rows.map((row) => row.session), ["a", "a", "b"]);
});

Deno.test("list_command_history is newest first, knows limit and host, and leads to the output", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  for (const word of ["one", "two", "three"]) await server.run(`echo ${word}; test ${word} = two`);
  const host = server.host;
  const { structuredContent } = await server.call("list_command_history", { limit: 2, host });
  const rows = structuredContent.commands as Record<string, unknown>[];
  assert.deepEqual(rows.map((row) => row.exit_status), [1, 0]);
  const output = await server.call("get_command_status", { command_id: rows[1]!.command_id });
  assert.equal(output.body, "two\n");
  const none = await server.call("list_command_history", { host: "elsewhere" });
  assert.deepEqual(none.structuredContent.commands, []);
  const unknown = await server.call("get_command_status", { command_id: "no-such-id" });
  assert.ok(unknown.isError);
  assert.match(unknown.text, /no-such-id/);
});
