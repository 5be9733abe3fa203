import { cpuUsage } from "node:process";

/**
 * How long something takes, in milliseconds: by the clock, or by the processor where that is
 * less, for other tests run beside it. Never more than four tries, while it is over the limit.
 */
export async function timeOf(
  task: () => void | Promise<void>,
  { limitMs }: { readonly limitMs: number },
): Promise<number> {
  let tookMs = Infinity;
  for (let tries = 0; tries < 4 && tookMs > limitMs; tries++) {
    const start = performance.now();
    const before = cpuUsage();
    await task();
    const { user, system } = cpuUsage(before);
    tookMs = Math.min(tookMs, performance.now() - start, (user + system) / 1000);
  }
  return tookMs;
}

/** The same for a task that is done at once and may be tried a hundred thousand times. */
export function shortTimeOf(task: () => void, { limitMs }: { readonly limitMs: number }): number {
  const start = performance.now();
  task();
  let tookMs = performance.now() - start;
  for (let tries = 1; tries < 4 && tookMs > limitMs; tries++) {
    const before = cpuUsage();
    const again = performance.now();
    task();
    const { user, system } = cpuUsage(before);
    tookMs = Math.min(tookMs, performance.now() - again, (user + system) / 1000);
  }
  return tookMs;
}
