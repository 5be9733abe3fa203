import { HaProxy } from "../support/serve/haproxy.ts";
import type { HttpClient, HttpReply } from "../support/serve/http_client.ts";
import { SharedWorld } from "../support/serve/shared_world.ts";
import type { BenchRow } from "./row.ts";

const CALLERS = Number(Deno.env.get("SERVE_BENCH_CALLERS") ?? 24);
const REPLICAS = 3;
/** Calls of each caller after the last replica is back. */
const CALLS_BEHIND = 3;

interface Tally {
  calls: number;
  newShells: number;
  /** Commands of which the reply says that their end is unknown or lost. */
  told: number;
  readonly errors: string[];
}

/** Callers at work through the balancer while each replica in turn is drained and started again. */
export async function serveRestartRows(): Promise<readonly BenchRow[]> {
  return [
    {
      ...await restartRow("HAProxy with .github/deploy/haproxy.cfg", { isShipped: true }),
      goal: "no error but for commands that ran there, each told",
    },
    await restartRow("a balancer that never asks for readiness", { isShipped: false }),
  ];
}

async function restartRow(
  through: string,
  { isShipped }: { readonly isShipped: boolean },
): Promise<BenchRow> {
  await using world = await SharedWorld.start(REPLICAS, { MCP_SSH_DRAIN_S: "20" });
  await using proxy = await HaProxy.start(world.places.map(({ port }) => port));
  const { url } = isShipped ? proxy : world.balancer;
  // All are connected before the first replica ends.
  const clients = await Promise.all(
    Array.from({ length: CALLERS }, (_, index) => world.connect({ sub: `caller${index}`, url })),
  );
  const tally: Tally = { calls: 0, newShells: 0, told: 0, errors: [] };
  const runs = `${world.sshd.account!.home}/runs`;
  let isOver = false;
  const caller = async (client: HttpClient, index: number): Promise<void> => {
    await using _closing = client;
    let behind = 0;
    for (let n = 0; behind < CALLS_BEHIND; n++) {
      if (isOver) behind++;
      await callOnce(client, world.host, { index, n, runs }, tally);
    }
  };
  const callers = Promise.all(clients.map(caller));
  for (let at = 0; at < REPLICAS; at++) {
    await world.places[at]!.replica.end("SIGTERM");
    await world.restart(at);
  }
  isOver = true;
  await callers;
  const lines = (await Deno.readTextFile(runs)).trim().split("\n");
  const twice = lines.length - new Set(lines).size;
  return {
    what: `${REPLICAS} replicas drained and started again, one by one, under ${CALLERS} callers ` +
      `through ${through}`,
    measured: `${tally.calls} calls, ${tally.errors.length} errors, ${twice} run twice`,
    beside: `${tally.newShells} told of a new shell, ${tally.told} of a command whose end is ` +
      `unknown; ${lines.length} ran; ${[...new Set(tally.errors)].slice(0, 3).join("; ")}`,
  };
}

/** Each command leaves its own line in one file, so that one that ran twice shows. */
async function callOnce(
  client: HttpClient,
  host: string,
  { index, n, runs }: { readonly index: number; readonly n: number; readonly runs: string },
  tally: Tally,
): Promise<void> {
  tally.calls++;
  const command = `echo ${index}.${n} >>${runs}; sleep 0.2; echo done ${index}.${n}`;
  let reply: HttpReply;
  try {
    reply = await client.call("execute_command", { host, command });
  } catch (error) {
    tally.errors.push(`call failed: ${String(error).slice(0, 120)}`);
    return;
  }
  const { text } = reply;
  if (text.includes("new shell")) tally.newShells++;
  if (text.includes(`done ${index}.${n}`)) return;
  if (/unknown|lost/.test(text)) tally.told++;
  else tally.errors.push(text.split("\n").slice(0, 2).join(" | ").slice(0, 160));
}
