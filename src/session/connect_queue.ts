import type { Clock } from "../clock.ts";

/** Logins at once, as pdsh(1) has them: with 200, hosts that were up ran into ConnectTimeout. */
const PLACES = 32;
/** An attempt that takes longer waits for its host, not for this machine, and makes room… */
const PLACE_MS = 2_000;
/** …but not before it took so many times as long as the last one that succeeded: then all are slow. */
const SLOWEST = 3;
const LONGEST_PLACE_MS = 20_000;

/** Lets so many connections be opened at once; the others wait for their turn, first come first. */
export class ConnectQueue {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #taken = 0;
  #patienceMs = PLACE_MS;

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
    const since = this.#clock.now();
    using hanging = this.#clock.after(PLACE_MS, () => {
      if (this.#clock.now() - since >= this.#patienceMs) leave();
      else hanging.restart();
    });
    try {
      signal.throwIfAborted();
      const result = await attempt();
      this.#learn(this.#clock.now() - since);
      return result;
    } finally {
      leave();
    }
  }

  /** On a machine or a network that is busy, each attempt takes longer, and none of them hangs. */
  #learn(tookMs: number): void {
    this.#patienceMs = Math.min(LONGEST_PLACE_MS, Math.max(PLACE_MS, SLOWEST * tookMs));
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
