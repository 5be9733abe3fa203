import assert from "node:assert/strict";
import { BareProgram, callTool } from "../support/bare_program.ts";
import { until } from "../support/condition.ts";
import { residentBytes } from "../support/processes.ts";
import { startSshd } from "../support/sshd.ts";

const JOBS = 40;
/** Longer than the patience of both ends of the connection, which is 6 s. */
const UNREAD_MS = 9_000;

Deno.test("40 jobs and the connection go on while a client reads nothing", async () => {
  await using sshd = await startSshd({
    config: ["ClientAliveInterval 2", "ClientAliveCountMax 3"],
    clientConfig: ["ServerAliveInterval 2", "ServerAliveCountMax 3"],
  });
  await using program = await BareProgram.start(sshd.environment());
  await program.initialize();
  const ticks = `/tmp/${crypto.randomUUID()}`;
  const target = (n: number): object => ({ host: sshd.alias, session: `s${n}` });
  // Some 5 MB/s in all: enough to fill every buffer, and the machine has time for its neighbours.
  const print =
    "text=$(printf 'a line of output, again and again%.0s\\n' {1..800}); while echo \"$text\"; do sleep 0.5; done";
  const jobs = Array.from({ length: JOBS }, (_, n) => ({
    ...target(n),
    command: n === 0 ? `while echo tick; do echo tick >> ${ticks}; sleep 0.1; done` : print,
  }));
  await program.send(...jobs.map((job, n) => callTool(n + 1, "execute_command_async", job)));
  await until("it ticks", () => countLines(ticks) > 3, { timeoutMs: 150_000 });
  // Answers of 20 MB are due: the pipe and the queue are full from here on.
  const lists = Array.from({ length: 1_000 }, (_, n) => ({ id: 1_000 + n, method: "tools/list" }));
  const sending = program.send(...lists);
  const unreadSince = performance.now();
  const ticked = countLines(ticks);
  // All jobs together may keep 256 MiB of text, and the collector lets garbage lie meanwhile.
  let most = 0;
  await until("nothing was read for long", async () => {
    most = Math.max(most, await residentBytes(program.child.pid));
    return performance.now() - unreadSince > UNREAD_MS;
  }, { everyMs: 50, timeoutMs: 30_000 });
  assert.ok(
    countLines(ticks) - ticked > UNREAD_MS / 500,
    `${countLines(ticks) - ticked} ticks`,
  );
  assert.ok(most < 800_000_000, `${most} bytes resident`);
  program.read();
  await sending;
  await program.answer(1_999);
  await program.send(callTool(3_000, "list_running_commands"));
  const { result } = await program.answer(3_000);
  assert.equal(result.structuredContent.commands.length, JOBS, await ended(program));
  assert.equal(sshd.log().match(/Connection from/g)?.length, 1);
  assert.doesNotMatch(sshd.log(), /Timeout/);
  await Deno.remove(ticks);
});

/** What became of the jobs that run no longer. */
async function ended(program: BareProgram): Promise<string> {
  await program.send(callTool(3_001, "list_command_history"));
  return (await program.answer(3_001)).result.content[0].text;
}

function countLines(path: string): number {
  try {
    return Deno.readTextFileSync(path).split("\n").length - 1;
  } catch {
    return 0;
  }
}
