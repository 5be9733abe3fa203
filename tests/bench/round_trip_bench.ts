import { strict as assert } from "node:assert";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread, percentile } from "./row.ts";

const COMMAND = "echo hello";
/** The compilers of both ends take some hundred commands. */
const WARM_UP_TURNS = 30;
const TURNS = 40;
const COMMANDS_PER_TURN = 10;
const CONNECT_ROUNDS = 15;

/** A command in a warm shell beside multiplexed ssh(1), and connecting beside `ssh host`. */
export async function roundTripRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  return [...await warmRows(server, sshd), await connectRow(server, sshd)];
}

/** Both sides take turns, so that whatever else the machine does falls on both. */
async function warmRows(server: ServerUnderTest, sshd: Sshd): Promise<readonly BenchRow[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  await using master = await startMaster(sshd);
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    const our = await samples(() => runOurs(server));
    const their = await samples(() => master.run());
    if (turn < 0) continue;
    ours.push(...our);
    theirs.push(...their);
  }
  const times = percentile(theirs, 0.5) / percentile(ours, 0.5);
  return [{
    what: `"${COMMAND}" in a warm shell, over MCP`,
    measured: formatSpread(ours),
    beside: `ssh -S: ${formatSpread(theirs)}`,
    goal: "p50 ≤ 1 ms",
  }, {
    what: "the same, times faster than multiplexed ssh (p50)",
    measured: `${times.toFixed(1)}×`,
    goal: "≥ 5×",
  }];
}

async function samples(action: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < COMMANDS_PER_TURN; i++) times.push(await elapsedMs(action));
  return times;
}

async function runOurs(server: ServerUnderTest): Promise<void> {
  const reply = await server.run(COMMAND);
  assert.equal(reply.body.trim(), "hello", reply.text);
}

interface Master extends AsyncDisposable {
  run(): Promise<unknown>;
}

/** A control master of ssh(1), as a user sets one up for speed. */
async function startMaster(sshd: Sshd): Promise<Master> {
  const socket = join(sshd.directory, "control");
  const base = ["ssh", "-F", sshd.sshConfigPath, "-S", socket] as const;
  await mustRun([...base, "-o", "ControlMaster=yes", "-o", "ControlPersist=yes", sshd.alias, ":"]);
  return {
    run: () => mustRun([...base, sshd.alias, COMMAND]),
    [Symbol.asyncDispose]: async () => void await mustRun([...base, "-O", "exit", sshd.alias]),
  };
}

async function connectRow(server: ServerUnderTest, sshd: Sshd): Promise<BenchRow> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -2; round < CONNECT_ROUNDS; round++) {
    await server.call("close_all_sessions");
    const our = await elapsedMs(() => runOurs(server));
    const their = await elapsedMs(() =>
      mustRun(["ssh", "-F", sshd.sshConfigPath, sshd.alias, ":"])
    );
    if (round < 0) continue;
    ours.push(our);
    theirs.push(their);
  }
  const ratio = percentile(ours, 0.5) / percentile(theirs, 0.5);
  return {
    what: "connect + shell + first command",
    measured: `p50 ${formatMs(percentile(ours, 0.5))} (${ratio.toFixed(2)}×)`,
    beside: `ssh host: p50 ${formatMs(percentile(theirs, 0.5))}`,
    goal: "≤ 1.5×",
  };
}
