import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, SLEEP, startWorld } from "../support/world.ts";

interface Seen {
  readonly progress: number;
  readonly message: string | undefined;
}

Deno.test("execute_command reports progress with a token: at most once a second, the last line as message", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  // A login may take longer than the first report.
  await server.run("true");
  const seen: Seen[] = [];
  const command =
    "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.4; done; printf 'at 99%%'; sleep 1.2";
  const reply = await server.run(command, {}, {
    onprogress: ({ progress, message }) => void seen.push({ progress, message }),
  });
  assert.equal(reply.meta?.exit_status, 0);
  assert.ok(seen.length >= 3 && seen.length <= 5, JSON.stringify(seen));
  for (const [index, one] of seen.entries()) {
    const before = seen[index - 1];
    if (before === undefined) continue;
    assert.ok(one.progress - before.progress >= 0.95, JSON.stringify(seen));
  }
  assert.match(seen[0]!.message ?? "", /^line \d$/);
  assert.equal(seen.at(-1)!.message, "at 99%");
});

Deno.test("execute_command sends no progress without a token, nor after its reply", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const seen: string[] = [];
  server.client.fallbackNotificationHandler = ({ method }) =>
    Promise.resolve(void seen.push(method));
  await server.run("sleep 1.3");
  const late: number[] = [];
  await server.run("sleep 0.2", {}, { onprogress: ({ progress }) => void late.push(progress) });
  await server.run("sleep 1.3");
  assert.deepEqual(seen, []);
  assert.deepEqual(late, []);
});

Deno.test("a client's time-out leaves the command running, a user's cancellation interrupts it", async () => {
  await using world = await startWorld();
  const { server } = world;
  await assert.rejects(
    server.run("sleep 2; echo survived", {}, { timeoutMs: 500 }),
    /timed out/i,
  );
  const abort = new AbortController();
  const cancelling = server.run(SLEEP, { session: "b" }, { signal: abort.signal });
  await until("it runs", async () => {
    const rows = (await server.call("list_running_commands")).structuredContent.commands;
    return rows.some((row: Record<string, unknown>) =>
      row.command === SLEEP && row.total_chars === "up\n".length
    );
  });
  abort.abort();
  await assert.rejects(cancelling);
  const rows = await until("both have ended", async () => {
    const rows = await history(server);
    return rows.length === 2 ? rows : undefined;
  });
  const survived = rows.find(({ command }) => command !== SLEEP);
  const cancelled = rows.find(({ command }) => command === SLEEP);
  assert.equal(survived!.state, "exited");
  assert.equal(cancelled!.state, "interrupted");
  assert.equal(cancelled!.exit_signal, "INT");
  const output = await server.call("get_command_status", { command_id: survived!.command_id });
  assert.equal(output.body, "survived\n");
});

Deno.test("a cancelled get_command_status ends only its own wait", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, "sleep 1.5; echo done");
  const command_id = begun.meta!.command_id;
  await assert.rejects(
    server.call("get_command_status", { command_id, wait: 50 }, { signal: afterMs(300) }),
  );
  const ended = await server.call("get_command_status", { command_id, wait: 50 });
  assert.equal(ended.meta?.state, "exited");
  assert.equal(ended.body, "done\n");
});

Deno.test("a user's cancellation of a queued command takes it from the queue", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const first = await begin(server, "sleep 1.5");
  await assert.rejects(server.run("touch ran", {}, { signal: afterMs(300) }));
  await server.call("get_command_status", { command_id: first.meta!.command_id, wait: 50 });
  assert.equal((await server.run("ls")).body, "");
  const rows = await history(server);
  assert.equal(rows.find(({ command }) => command === "touch ran")?.state, "interrupted");
});

function afterMs(ms: number): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
}

async function history(server: ServerUnderTest): Promise<Record<string, unknown>[]> {
  return (await server.call("list_command_history")).structuredContent.commands;
}
