import assert from "node:assert/strict";
import { type ProxiedWorld, startProxiedWorld } from "../faults/proxied_world.ts";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { Random } from "../support/random.ts";
import { idOf } from "../support/world.ts";
import { OPERATIONS } from "./operations.ts";
import { SessionModel } from "./session_model.ts";

const SESSIONS = 6;
/** Operations of each session between two reconnections. */
const ROUND = 30;
/** Rounds until the program is warm; finished jobs and the collector still take more after them. */
const WARM_ROUNDS = 5;
const GROWTH_BYTES = 150 * 2 ** 20;

/** How long, and the seed that all choices come from. */
export interface SoakOptions {
  readonly seed: number;
  readonly durationMs: number;
}

/** What was done, and what the program's memory did meanwhile. */
export interface SoakReport {
  readonly operations: number;
  readonly rounds: number;
  /** Resident memory at the end of each round. */
  readonly residentBytes: readonly number[];
}

/**
 * Drives the real program with random operations on several sessions at once, each checked against
 * a model, and breaks the connection between rounds.
 *
 * @throws {Error} At the first difference, with the seed.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  await using world = await startProxiedWorld();
  try {
    return await drive(world, options);
  } catch (cause) {
    throw new Error(`Soak with seed ${options.seed} failed; ${world.server.stderr()}`, { cause });
  }
}

async function drive(world: ProxiedWorld, { seed, durationMs }: SoakOptions): Promise<SoakReport> {
  const end = performance.now() + durationMs;
  const random = new Random(seed);
  const sessions = Array.from({ length: SESSIONS }, (_, n) => new SessionModel(`s${n}`));
  const residentBytes: number[] = [];
  while (performance.now() < end) {
    const seeds = sessions.map(() => random.below(2 ** 31));
    await Promise.all(sessions.map((session, n) => work(world.server, session, seeds[n]!)));
    await breakConnection(world, sessions, random);
    residentBytes.push(await world.server.residentBytes());
  }
  const rounds = residentBytes.length;
  if (rounds > WARM_ROUNDS) {
    const grown = Math.max(...residentBytes) - residentBytes[WARM_ROUNDS - 1]!;
    assert.ok(grown < GROWTH_BYTES, `${grown} bytes more than when warm`);
  }
  return { operations: rounds * SESSIONS * ROUND, rounds, residentBytes };
}

async function work(server: ServerUnderTest, session: SessionModel, seed: number): Promise<void> {
  const random = new Random(seed);
  for (let n = 0; n < ROUND; n++) await random.pick(OPERATIONS)({ server, random, session });
}

/** Cuts the connection under jobs that run; each is lost with what it printed, none runs again. */
async function breakConnection(
  { server, proxy, sshd }: ProxiedWorld,
  sessions: readonly SessionModel[],
  random: Random,
): Promise<void> {
  const struck = sessions.filter(() => random.below(2) === 0);
  const running = await Promise.all(struck.map((session) => begin(server, session)));
  if (random.below(2) === 0) proxy.reset();
  else await sshd.killSessions();
  for (const job of running) {
    const lost = await server.call("get_command_status", { command_id: idOf(job), wait: 10 });
    assert.equal(lost.meta?.state, "lost", lost.text);
    assert.ok(lost.body.startsWith("running\n["), lost.text);
  }
  for (const session of sessions) session.lose();
  await until("the program saw it", () => proxy.open === 0);
}

async function begin(server: ServerUnderTest, session: SessionModel): Promise<ToolReply> {
  const started = await server.call("execute_command_async", {
    host: server.host,
    session: session.name,
    command: "echo running; sleep 300",
  });
  session.replyTo("", "");
  return await until("it printed", async () => {
    const reply = await server.call("get_command_status", { command_id: idOf(started) });
    return reply.body.startsWith("running\n") ? reply : undefined;
  });
}
