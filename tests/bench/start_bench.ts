import { join } from "node:path";
import { startServer } from "../support/mcp_client.ts";
import { residentBytes } from "../support/processes.ts";
import { programCommand, runtimeEnvironment, sourceCommand } from "../support/program.ts";
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

type Argv = readonly [string, ...string[]];

/** One way to start, and what was measured of it. */
interface Start {
  readonly argv: Argv;
  readonly timesMs: number[];
  readonly bytes: number[];
}

/** From the start of the process to the answer of `initialize`, beside Deno with an empty program. */
export async function startRows(): Promise<readonly BenchRow[]> {
  const directory = await Deno.makeTempDir({ prefix: "mss_bench_" });
  try {
    const env = { HOME: directory, ...await runtimeEnvironment() };
    return await measure(env, {
      source: startOf(sourceCommand()),
      bundle: startOf(programCommand()),
      alone: startOf(await emptyProgram(directory)),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** It answers one line and stays, as the server does. */
async function emptyProgram(directory: string): Promise<Argv> {
  const alone = join(directory, "alone.ts");
  const text = 'console.log("{}");\nfor await (const _ of Deno.stdin.readable);';
  await Deno.writeTextFile(alone, text);
  return [Deno.execPath(), "run", "--no-lock", alone];
}

function startOf(argv: Argv): Start {
  return { argv, timesMs: [], bytes: [] };
}

/** All take turns, so that whatever else the machine does falls on all. */
async function measure(
  env: Readonly<Record<string, string>>,
  starts: Readonly<Record<"source" | "bundle" | "alone", Start>>,
): Promise<readonly BenchRow[]> {
  for (let round = -2; round < ROUNDS; round++) {
    for (const { argv, timesMs, bytes } of Object.values(starts)) {
      const answer = await timeToFirstAnswer(argv, env);
      if (round < 0) continue;
      timesMs.push(answer.ms);
      bytes.push(answer.bytes);
    }
  }
  const time = ({ timesMs }: Start): string => `p50 ${formatMs(percentile(timesMs, 0.5))}`;
  const memory = ({ bytes }: Start): string => formatMib(percentile(bytes, 0.5));
  const { source, bundle, alone } = starts;
  const beside = { time: `Deno alone: ${time(alone)}`, memory: `Deno alone: ${memory(alone)}` };
  const answered = "start → initialize answered";
  const resident = "resident memory at that moment";
  return [
    { what: answered, measured: time(bundle), beside: beside.time, goal: "≤ 120 ms" },
    { what: resident, measured: memory(bundle), beside: beside.memory, goal: "≤ 60 MiB" },
    { what: `${answered}, unbundled`, measured: time(source), beside: beside.time },
    { what: `${resident}, unbundled`, measured: memory(source), beside: beside.memory },
  ];
}

/** Starts a server, asks it to initialize and lets it end. */
export async function timeToFirstAnswer(
  argv: Argv,
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
