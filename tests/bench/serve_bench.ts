import { startServer } from "../support/mcp_client.ts";
import { residentBytes } from "../support/processes.ts";
import type { HttpClient } from "../support/serve/http_client.ts";
import { SharedWorld } from "../support/serve/shared_world.ts";
import { type BenchRow, elapsedMs, formatMib, formatSpread, percentile } from "./row.ts";

/** As many as the machine is to carry; each has a connection and a shell. */
const CALLERS = Number(Deno.env.get("SERVE_BENCH_CALLERS") ?? 1_000);
const AT_ONCE = 4;
const ATTEMPTS = 5;
const ROUNDS = 300;

/** Many callers on three replicas: memory, and a call at the owner and forwarded, beside stdio. */
export async function serveRows(): Promise<readonly BenchRow[]> {
  await using world = await SharedWorld.start(3, { MCP_SSH_LEASE_S: "10" });
  await using server = await startServer({ env: world.sshd.environment() });
  await server.run("true");
  const empty = await memory(world);
  await openSessions(world);
  const full = await memory(world);
  const owner = await ownerOf(world, "caller0");
  await using here = await world.connect({ sub: "caller0", at: owner });
  await using there = await world.connect({ sub: "caller0", at: (owner + 1) % 3 });
  const samples = { stdio: [], here: [], there: [] } as Record<string, number[]>;
  const run = (client: HttpClient) =>
    client.call("execute_command", { host: world.host, command: "echo hello" });
  for (let round = 0; round < ROUNDS; round++) {
    samples["stdio"]!.push(await elapsedMs(() => server.run("echo hello")));
    samples["here"]!.push(await elapsedMs(() => run(here)));
    samples["there"]!.push(await elapsedMs(() => run(there)));
  }
  return rows(samples, { empty, full });
}

function rows(
  samples: Readonly<Record<string, readonly number[]>>,
  { empty, full }: { readonly empty: number; readonly full: number },
): readonly BenchRow[] {
  const stdio = samples["stdio"]!;
  const beside = `stdio ${formatSpread(stdio)}`;
  const times = (one: readonly number[]): string =>
    (percentile(one, 0.5) / percentile(stdio, 0.5)).toFixed(1);
  const row = (what: string, one: readonly number[], goal: string): BenchRow => ({
    what: `${what}, ${CALLERS} callers with a session each on three replicas`,
    measured: `${formatSpread(one)} (${times(one)} × stdio)`,
    beside,
    goal,
  });
  const each = (full - empty) / CALLERS / 1024;
  return [
    row("execute_command over HTTP at the owner", samples["here"]!, "≤ 3 × stdio p50"),
    row("execute_command passed on by another replica", samples["there"]!, "≤ 4 × stdio p50"),
    {
      what: "resident memory of three replicas",
      measured: `${formatMib(full)}, ${each.toFixed(0)} KiB a caller`,
      beside: `${formatMib(empty)} without callers`,
    },
  ];
}

async function openSessions(world: SharedWorld): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < CALLERS; index = next++) {
      await using client = await world.connect({ sub: `caller${index}` });
      const args = { host: world.host, command: "true" };
      let reply = await client.call("execute_command", args);
      // A machine that is busy with all those handshakes may answer its own database too late.
      for (let attempt = 1; reply.isError && attempt < ATTEMPTS; attempt++) {
        reply = await client.call("execute_command", args);
      }
      if (reply.isError) throw new Error(reply.text);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function ownerOf(world: SharedWorld, sub: string): Promise<number> {
  const url = await world.postgres.query(
    `select url from owner o join replica r on r.id = o.replica where caller = '${sub}'`,
  );
  return world.places.findIndex(({ peers }) => url === `http://127.0.0.1:${peers.port}/`);
}

async function memory(world: SharedWorld): Promise<number> {
  const bytes = await Promise.all(world.places.map(({ replica }) => residentBytes(replica.pid)));
  return bytes.reduce((sum, one) => sum + one, 0);
}
