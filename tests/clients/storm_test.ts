import assert from "node:assert/strict";
import type { ToolReply } from "../support/mcp_client.ts";
import { Random } from "../support/random.ts";
import { startWorld, type World } from "../support/world.ts";

const LONG = { timeoutMs: 120_000 };

Deno.test("1,000 commands sent at once run in order, each with its own answer", async () => {
  await using world = await startWorld();
  const { server } = world;
  const names = ["a", "b", "c", "d"];
  const replies = await Promise.all(Array.from({ length: 1_000 }, (_, n) =>
    server.run(
      `n=$((n+1)); echo "call ${n} is number $n"; (exit $((${n} % 200)))`,
      { session: names[n % names.length], timeout: 50 },
      LONG,
    )));
  for (const [n, { body, meta, text }] of replies.entries()) {
    assert.equal(body, `call ${n} is number ${Math.floor(n / names.length) + 1}\n`, text);
    assert.equal(meta?.exit_status, n % 200);
  }
  const ids = new Set(replies.map(({ meta }) => meta!.command_id));
  assert.equal(ids.size, 1_000);
});

Deno.test("1,000 calls of all kinds at once are all answered", async () => {
  await using world = await startWorld();
  const { server } = world;
  const host = server.host;
  const calls: readonly [string, Record<string, unknown>][] = [
    ["list_sessions", {}],
    ["list_running_commands", {}],
    ["list_command_history", {}],
    ["execute_command", { host, command: "echo one" }],
    ["execute_command_async", { host, command: "echo two", session: "other" }],
    ["read_file", { host, remote_path: "/etc/hostname" }],
    ["get_command_status", { command_id: "none" }],
    ["execute_command", { host, wrong: 1 }],
    ["read_screen", { host }],
  ];
  const replies = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => server.call(...calls[n % calls.length]!, LONG)),
  );
  const answers = replies.map(({ text }) => text);
  assert.equal(answers.filter((text) => /^\[exit 0\][^\n]*\none\n$/.test(text)).length, 111);
  assert.equal(answers.filter((text) => text.startsWith("No command has the id")).length, 111);
  assert.ok(answers.every((text) => text !== ""));
});

Deno.test("a storm of cancellations leaves no command running and the shell exact", async () => {
  await using world = await startWorld();
  const { server } = world;
  const random = new Random(7);
  await server.run("true");
  const cancelled = Array.from({ length: 300 }, async (_, n) => {
    const abort = new AbortController();
    const session = random.pick(["main", "other"]);
    const call = server.run(`echo ${n}; sleep 300`, { session }, { signal: abort.signal });
    const outcome = call.then(({ text }) => text, () => "cancelled");
    for (let turn = random.below(40); turn > 0; turn--) await server.call("list_sessions");
    abort.abort();
    return await outcome;
  });
  assert.deepEqual([...new Set(await Promise.all(cancelled))], ["cancelled"]);
  await settle(world);
  for (let n = 0; n < 20; n++) {
    for (const session of ["main", "other"]) {
      const { body, meta } = await server.run(`echo ${n}; (exit 3)`, { session });
      assert.deepEqual([body, meta?.exit_status], [`${n}\n`, 3]);
    }
  }
  const { body } = await server.run("pgrep -u $(id -u) -x sleep; true");
  assert.equal(body, "");
});

/** Waits until every command has ended; one that ^C came too early for is interrupted again. */
async function settle({ server }: World): Promise<void> {
  for (;;) {
    const { structuredContent } = await server.call("list_running_commands");
    const ids: string[] = structuredContent.commands.map((one: { command_id: string }) =>
      one.command_id
    );
    if (ids.length === 0) return;
    await Promise.all(ids.map(async (command_id): Promise<ToolReply> => {
      const reply = await server.call("get_command_status", { command_id, wait: 1 });
      return reply.meta?.state === "running"
        ? await server.call("interrupt_command_by_id", { command_id })
        : reply;
    }));
  }
}
