/** A point when something is called unless it is disposed first. */
export interface Timer extends Disposable {
  /** Starts the whole delay again, from now. */
  restart(): void;
}

/** The only source of time: real in the program, advanced by hand in tests. */
export interface Clock {
  /** Milliseconds since the Unix epoch; never goes backwards. */
  now(): number;

  /**
   * Resolves after `delayMs`.
   *
   * @throws The signal's reason, when it aborts first.
   */
  sleep(delayMs: number, options?: { readonly signal?: AbortSignal }): Promise<void>;

  /** Calls back once after `delayMs`, unless disposed before. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The machine's clock: monotonic, anchored at the Unix epoch. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: systemSleep,
  after: systemAfter,
};

/** A moment of a {@link Clock} in UTC, as ISO 8601 has it. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function systemSleep(delayMs: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
  const signal = options?.signal;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(id);
      reject(signal?.reason);
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function systemAfter(delayMs: number, callback: () => void): Timer {
  let id = setTimeout(callback, delayMs);
  return {
    restart: () => {
      clearTimeout(id);
      id = setTimeout(callback, delayMs);
    },
    [Symbol.dispose]: () => clearTimeout(id),
  };
}
