/** How long a condition may stay false, and how often it is looked at. */
export interface ConditionOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `probe` answers something other than `undefined` or `false`, and returns that.
 *
 * For facts that nobody announces (a process table, a file): what announces itself is awaited.
 *
 * @throws {Error} With `what` in the message when it never does; 30 s unless told otherwise.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: ConditionOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  while (true) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 10));
  }
}
