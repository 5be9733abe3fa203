// Drives the program at random and checks it against a model: `deno task soak [minutes] [seed]`.
import { soak } from "./soak.ts";

const [minutes = "30", chosen] = Deno.args;
const seed = Number(chosen ?? crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000_000);

say(`seed ${seed}, ${minutes} minutes`);
const { operations, rounds, residentBytes } = await soak({
  seed,
  durationMs: Number(minutes) * 60_000,
});
say(`${operations} operations on 6 sessions, ${rounds} reconnections, all as the model says`);
say(`MiB resident at the end of each tenth: ${tenths(residentBytes).map(toMib).join(" ")}`);

function tenths(values: readonly number[]): number[] {
  const last = values.length - 1;
  return Array.from({ length: 10 }, (_, n) => values[Math.round(last * (n + 1) / 10)]!);
}

function toMib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
