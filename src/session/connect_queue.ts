import type { Clock } from "../clock.ts";

/** Logins at once: with 200, hosts that were up ran into ConnectTimeout. */
const PLACES = 16;
/** An attempt that takes longer waits for its host, not for this machine, and makes room. */
const PLACE_MS = 2_000;

/** Lets so many connections be opened at once; the others wait for their turn, first come first. */
export class ConnectQueue {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Starts an attempt when there is a place for it; its own limit of time starts with it.
   *
   * @throws What the attempt throws, or the signal's reason while it waits.
   */
  async run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#takePlace(signal);
    const leave = this.#leaveOnce();
    using _hanging = this.#clock.after(PLACE_MS, leave);
    try {
      signal.throwIfAborted();
      return await attempt();
    } finally {
      leave();
    }
  }

  async #takePlace(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < PLACES) return void this.#taken++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const giveUp = (): void => {
      // One that was handed a place waits no more: run() gives the place back.
      if (this.#waiting.delete(resolve)) reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  /** Hands the place to the first who waits. */
  #leaveOnce(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const [first] = this.#waiting;
      if (first === undefined) return void this.#taken--;
      this.#waiting.delete(first);
      first();
    };
  }
}
