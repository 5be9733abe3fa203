import type { Random } from "../support/random.ts";

/** One parser or the like under fuzz. */
export interface FuzzTarget extends AsyncDisposable {
  readonly name: string;
  /**
   * Makes one input and tries it.
   *
   * @throws What the parser should never throw, or a broken promise of it.
   */
  attempt(random: Random): void | Promise<void>;
}

/** How long one input may take, whatever it is. */
export const SLOWEST_MS = 1_000;

/** What is done until when. */
export interface FuzzOptions {
  readonly seed: number;
  readonly durationMs: number;
}

/** How far a target came. */
export interface FuzzReport {
  readonly name: string;
  readonly attempts: number;
  readonly slowestMs: number;
}

/**
 * Tries inputs until the time is up; each has a seed of its own, the first one `seed`.
 *
 * @throws {Error} At the first fault, with the seed that brings it back at once.
 */
export async function fuzz(
  target: FuzzTarget,
  options: FuzzOptions & { readonly randomOf: (seed: number) => Random },
): Promise<FuzzReport> {
  const end = performance.now() + options.durationMs;
  let attempts = 0;
  let slowestMs = 0;
  while (performance.now() < end) {
    const seed = options.seed + attempts++;
    const begun = performance.now();
    try {
      await target.attempt(options.randomOf(seed));
    } catch (cause) {
      throw new Error(`${target.name} failed; again: deno task fuzz 1 ${target.name} ${seed}`, {
        cause,
      });
    }
    const tookMs = performance.now() - begun;
    if (tookMs > SLOWEST_MS) {
      throw new Error(`${target.name}: the input of seed ${seed} took ${tookMs} ms`);
    }
    slowestMs = Math.max(slowestMs, tookMs);
  }
  return { name: target.name, attempts, slowestMs };
}
