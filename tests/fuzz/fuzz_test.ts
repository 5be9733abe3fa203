import { Random } from "../support/random.ts";
import { fuzz } from "./fuzz_target.ts";
import { FUZZ_TARGETS } from "./fuzz_targets.ts";

/** The long form is `deno task fuzz`. */
const DURATION_MS = 1_000;

for (const [name, open] of Object.entries(FUZZ_TARGETS)) {
  Deno.test(`${name} takes any input for a second`, async () => {
    await using target = await open();
    await fuzz(target, {
      seed: 20_261,
      durationMs: DURATION_MS,
      randomOf: (seed) => new Random(seed),
    });
  });
}
