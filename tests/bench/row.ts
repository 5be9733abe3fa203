/**
 * One line of the benchmark's table.
 *
 * A file `tests/bench/<topic>_bench.ts` that exports a function whose name ends in `Rows` (without
 * arguments, answering `Promise<readonly BenchRow[]>`) is found and printed by `deno task bench`.
 */
export interface BenchRow {
  readonly what: string;
  /** With its unit, such as `0.41 ms`. */
  readonly measured: string;
  /** What it is held against, measured in the same run. */
  readonly beside?: string;
  readonly goal?: string;
}

/** The value below which `fraction` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(fraction * sorted.length) - 1)] ?? NaN;
}

/** Milliseconds with as many digits as they deserve. */
export function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}

/** Bytes in MiB (2^20). */
export function formatMib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** p50 and p99 of samples in milliseconds. */
export function formatSpread(samples: readonly number[]): string {
  return `p50 ${formatMs(percentile(samples, 0.5))}, p99 ${formatMs(percentile(samples, 0.99))}`;
}

/** Runs `action` once and tells how long it took. */
export async function elapsedMs(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
