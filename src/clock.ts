import { setImmediate } from "node:timers";

/** A point when something is called unless it is disposed first. */
export interface Timer extends Disposable {
  /** Starts the whole delay again, from now. */
  restart(): void;
}

/** The only source of time: real in the program, advanced by hand in tests. */
export interface Clock {
  /** Milliseconds since the Unix epoch; never goes backwards. */
  now(): number;

  /** The machine's date in the same unit: it can be set, and goes on while the machine sleeps. */
  date(): number;

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
  date: () => Date.now(),
  sleep: systemSleep,
  after: systemAfter,
};

/** Calls back in the next turn of the event loop, after what is ready by then. */
export function afterOthers(callback: () => void): void {
  setImmediate(callback);
}

/** A moment of a {@link Clock} in UTC, as ISO 8601 has it. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/**
 * The promise's outcome, unless the signal aborts first; the promise itself goes on.
 *
 * @throws The promise's error, or the signal's reason.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Resolves once the signal has aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  await abortable(new Promise<never>(() => {}), signal).catch(() => {});
}

/** The promise's outcome; undefined where it takes longer. The promise itself goes on. */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  using _timer = clock.after(limitMs, () => late.resolve(undefined));
  return await Promise.race([promise, late.promise]);
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

/** Seconds since the Unix epoch as touch -t takes them (POSIX), in UTC: CCYYMMDDhhmm.SS. */
export function touchStamp(seconds: number): string {
  const [date = "", time = ""] = new Date(seconds * 1000).toISOString().split("T");
  const [hour, minute, second = ""] = time.split(":");
  return `${date.replaceAll("-", "")}${hour}${minute}.${second.slice(0, 2)}`;
}
