// Random faults against a model for a while: `deno task serve:faults MINUTES [SEED]`.
import { ServeFaults } from "./serve_faults.ts";

const [minutes = "5", seed = String(Date.now() % 100_000)] = Deno.args;
const ends = Date.now() + Number(minutes) * 60_000;
const say = (line: string): void => {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
};

say(`seed ${seed}`);
const counts = await ServeFaults.run({
  seed: Number(seed),
  replicas: 3,
  goesOn: () => Date.now() < ends,
  say,
});
say(`kept to its model: ${JSON.stringify(counts)}`);
