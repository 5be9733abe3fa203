import { type HostileWorld, startHostileWorld } from "../hostile/hostile_world.ts";
import type { HostileServer } from "../hostile/hostile_server.ts";
import { type Attack, ATTACKS, SFTP_ATTACKS } from "../hostile/hostilities.ts";
import type { HostileRequest } from "./hostile_worker.ts";
import { type BenchRow, elapsedMs, formatMib, formatSpread } from "./row.ts";

/** As many calls as show a 99th percentile, or as fit into the attack. */
const CALLS = 200;

/** A good host's warm command and the program's memory while another host attacks. */
export async function hostileRows(): Promise<readonly BenchRow[]> {
  const attacks = [...ATTACKS, ...SFTP_ATTACKS];
  await using world = await startHostileWorld(attacks, apart());
  for (let call = 0; call < CALLS; call++) await world.server.run("true");
  const rows: BenchRow[] = [];
  for (const attack of attacks) rows.push(await measure(world, attack));
  return rows;
}

/**
 * Starts hostile servers in a thread of their own: what a flood takes of this one would be measured
 * as the product's.
 */
function apart(): (attack: Attack) => Promise<HostileServer> {
  const attacks = [...ATTACKS, ...SFTP_ATTACKS];
  const worker = new Worker(new URL("hostile_worker.ts", import.meta.url), { type: "module" });
  const post = (request: HostileRequest): void => worker.postMessage(request);
  return async (attack) => {
    const number = attacks.indexOf(attack);
    const started = Promise.withResolvers<number>();
    worker.onmessage = ({ data }) => started.resolve(data);
    worker.onerror = ({ message }) => started.reject(new Error(message));
    post({ kind: "start", attack: number });
    return {
      port: await started.promise,
      cut: () => post({ kind: "cut", attack: number }),
      [Symbol.asyncDispose]: () => {
        worker.terminate();
        return Promise.resolve();
      },
    };
  };
}

async function measure({ server, provoke }: HostileWorld, attack: Attack): Promise<BenchRow> {
  const provoked = provoke(attack);
  let isOver = false;
  provoked.finally(() => isOver = true).catch(() => {});
  const samples: number[] = [];
  let peak = 0;
  while (samples.length < CALLS || !isOver && samples.length < 10 * CALLS) {
    samples.push(await elapsedMs(() => server.run("true")));
    if (samples.length % 20 === 0) peak = Math.max(peak, await server.residentBytes());
  }
  const said = (await provoked).text.split("\n")[0]!;
  return {
    what: `beside a hostile host: ${attack.name}`,
    measured: `${formatSpread(samples)}, ${formatMib(peak)}`,
    beside: said.slice(0, 110),
    goal: "p99 ≤ 50 ms, ≤ 300 MiB",
  };
}
