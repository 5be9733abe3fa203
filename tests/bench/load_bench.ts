import assert from "node:assert/strict";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMib, formatMs, formatSpread } from "./row.ts";

const HOSTS = 10;
const SESSIONS = 5;
const ROUNDS = 400;
/** Each command takes two seconds of its own and prints all the while. */
const COMMAND = "for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.2; done";
const OWN_MS = 2_000;

/** What 50 commands on 10 connections cost each other, and what asking for their state takes. */
export async function inFlightRows(): Promise<readonly BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const sshds = await Promise.all(
    Array.from({ length: HOSTS }, (_, index) => startSshd({ alias: `host${index}` })),
  );
  for (const sshd of sshds) stack.use(sshd);
  const configs = sshds.map(({ sshConfigPath }) => Deno.readTextFileSync(sshConfigPath));
  Deno.writeTextFileSync(sshds[0]!.sshConfigPath, configs.join("\n"));
  const server = stack.use(await startServer({ env: sshds[0]!.environment() }));
  const targets = sshds.flatMap(({ alias }) =>
    Array.from({ length: SESSIONS }, (_, index) => ({ host: alias, session: `s${index}` }))
  );
  await Promise.all(targets.map((target) => server.run("true", target)));
  return await measure(server, targets);
}

async function measure(
  server: ServerUnderTest,
  targets: readonly { readonly host: string; readonly session: string }[],
): Promise<readonly BenchRow[]> {
  const started = await Promise.all(
    targets.map((target) => server.call("execute_command_async", { ...target, command: COMMAND })),
  );
  const ids = started.map(({ meta }) => meta!.command_id);
  const asked: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const command_id = ids[round % ids.length];
    asked.push(await elapsedMs(() => server.call("get_command_status", { command_id })));
  }
  const ended = await Promise.all(
    ids.map((command_id) => server.call("get_command_status", { command_id, wait: 20 })),
  );
  const late = ended.map(({ meta }) => meta!.duration_ms - OWN_MS);
  assert.ok(ended.every(({ meta }) => meta?.exit_status === 0));
  return [{
    what: `get_command_status with ${ids.length} commands in flight on ${HOSTS} connections`,
    measured: formatSpread(asked),
    goal: "p99 ≤ 20 ms",
  }, {
    what: "what each of them took beyond its own two seconds, at most",
    measured: formatMs(Math.max(...late)),
  }];
}

const QUEUED = 40;
const QUEUED_CHARS = 8_000_000;

/** Memory of large commands that wait for their turn behind one that goes on. */
export async function queuedRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  await server.run("sleep 300", { timeout: 0.1 });
  const before = await server.residentBytes();
  let refused = 0;
  let peak = before;
  const command = `: ${"x".repeat(QUEUED_CHARS)}`;
  for (let n = 0; n < QUEUED; n++) {
    const args = { host: server.host, command };
    if ((await server.call("execute_command_async", args)).isError) refused++;
    peak = Math.max(peak, await server.residentBytes());
  }
  return [{
    what: `${QUEUED} queued commands of 8 MB: resident memory, at most`,
    measured: `${formatMib(peak)}, ${formatMib(before)} before; ${refused} refused`,
    goal: "≤ 400 MiB",
  }];
}

/** 100 MiB of output through one command: speed, and what the server keeps of it in memory. */
export async function bulkRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  await server.run("true");
  let peak = 0;
  const watch = setInterval(async () => {
    peak = Math.max(peak, await server.residentBytes().catch(() => 0));
  }, 50);
  const bytes = Math.ceil(100 * 2 ** 20 / 57) * 77;
  const ms = await elapsedMs(async () => {
    const reply = await server.run("head -c 100M /dev/zero | base64", { timeout: 50 }, {
      onprogress: () => {},
      timeoutMs: 120_000,
    });
    assert.equal(reply.meta?.exit_status, 0, reply.firstLine);
  }).finally(() => clearInterval(watch));
  return [{
    what: "output of one command, 100 MiB in base64",
    measured: `${(bytes / 2 ** 20 / (ms / 1000)).toFixed(0)} MiB/s`,
  }, {
    what: "resident memory meanwhile, at most",
    measured: formatMib(peak),
    goal: "≤ 250 MiB",
  }];
}
