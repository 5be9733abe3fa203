import { join } from "node:path";
import { startServer } from "../support/mcp_client.ts";
import { residentBytes } from "../support/processes.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { type BenchRow, elapsedMs, formatMib, formatMs, percentile } from "./row.ts";

const ROUNDS = 15;
const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "0" },
  },
});

/** From the start of the process to the answer of `initialize`, beside Deno with an empty program. */
export async function startRows(): Promise<readonly BenchRow[]> {
  const directory = await Deno.makeTempDir({ prefix: "mss_bench_" });
  try {
    const env = { HOME: directory, ...await runtimeEnvironment() };
    const alone = join(directory, "alone.ts");
    // It answers one line and stays, as the server does.
    await Deno.writeTextFile(
      alone,
      'console.log("{}");\nawait Deno.stdin.read(new Uint8Array(1));',
    );
    return await measure(env, [Deno.execPath(), "run", "--no-lock", alone]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function measure(
  env: Readonly<Record<string, string>>,
  alone: readonly [string, ...string[]],
): Promise<readonly BenchRow[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let memory = 0;
  let memoryAlone = 0;
  for (let round = -2; round < ROUNDS; round++) {
    const our = await timeToFirstAnswer(programCommand(), env);
    const their = await timeToFirstAnswer(alone, env);
    if (round < 0) continue;
    ours.push(our.ms);
    theirs.push(their.ms);
    memory = our.bytes;
    memoryAlone = their.bytes;
  }
  return [{
    what: "start → initialize answered",
    measured: `p50 ${formatMs(percentile(ours, 0.5))}`,
    beside: `Deno alone: p50 ${formatMs(percentile(theirs, 0.5))}`,
    goal: "≤ 150 ms",
  }, {
    what: "resident memory at that moment",
    measured: formatMib(memory),
    beside: `Deno alone: ${formatMib(memoryAlone)}`,
  }];
}

async function timeToFirstAnswer(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly ms: number; readonly bytes: number }> {
  const [program, ...args] = argv;
  const started = performance.now();
  const child = new Deno.Command(program, {
    args,
    env: { ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${INITIALIZE}\n`));
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const ms = performance.now() - started;
  if (done) throw new Error(`${argv.join(" ")} ended without an answer`);
  const bytes = await residentBytes(child.pid);
  await writer.close().catch(() => {});
  while (!(await reader.read()).done);
  await child.status;
  return { ms, bytes };
}

/** How long a client waits for its handshake, with the client's own share. */
export async function handshakeRows(): Promise<readonly BenchRow[]> {
  const samples: number[] = [];
  for (let round = 0; round < 5; round++) {
    const home = await Deno.makeTempDir({ prefix: "mss_bench_" });
    samples.push(await elapsedMs(async () => void await startAndStop(home)));
    await Deno.remove(home, { recursive: true });
  }
  return [{
    what: "start, handshake by the 1.x SDK's client, and orderly end",
    measured: `p50 ${formatMs(percentile(samples, 0.5))}`,
  }];
}

async function startAndStop(home: string): Promise<void> {
  await using _server = await startServer({ env: { HOME: home } });
}
