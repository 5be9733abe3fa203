import { type HostileWorld, startHostileWorld } from "../hostile/hostile_world.ts";
import { type Attack, ATTACKS, SFTP_ATTACKS } from "../hostile/hostilities.ts";
import { type BenchRow, elapsedMs, formatMib, formatSpread } from "./row.ts";

/** As many calls as show a 99th percentile, or as fit into the attack. */
const CALLS = 200;

/** A good host's warm command and the program's memory while another host attacks. */
export async function hostileRows(): Promise<readonly BenchRow[]> {
  const attacks = [...ATTACKS, ...SFTP_ATTACKS];
  await using world = await startHostileWorld(attacks);
  for (let call = 0; call < CALLS; call++) await world.server.run("true");
  const rows: BenchRow[] = [];
  for (const attack of attacks) rows.push(await measure(world, attack));
  return rows;
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
