// Fuzzes every parser for a while: `deno task fuzz [seconds] [target] [seed]`.
import { Random } from "../support/random.ts";
import { fuzz } from "./fuzz_target.ts";
import { FUZZ_TARGETS } from "./fuzz_targets.ts";

const [seconds = "60", only, chosen] = Deno.args;
const seed = Number(chosen ?? crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000_000);
const names = only === undefined ? Object.keys(FUZZ_TARGETS) : [only];

say(`seed ${seed}, ${seconds} s for each of ${names.join(", ")}`);
for (const name of names) {
  const open = FUZZ_TARGETS[name];
  if (open === undefined) throw new Error(`There is ${Object.keys(FUZZ_TARGETS).join(", ")}`);
  await using target = await open();
  const { attempts, slowestMs } = await fuzz(target, {
    seed,
    durationMs: Number(seconds) * 1_000,
    randomOf: (own) => new Random(own),
  });
  say(`${name}: ${attempts} inputs, the slowest took ${slowestMs.toFixed(1)} ms`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
