import type { Clock, Timer } from "../clock.ts";

/** A bound on how long the next step may take; calls back once when it is overrun. */
export class Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #onExpire: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, onExpire: () => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  /** Starts the bound of the next step; 0 means none. */
  start(limitMs: number): void {
    this.stop();
    if (limitMs > 0) this.#timer = this.#clock.after(limitMs, this.#onExpire);
  }

  /** No bound, while somebody is asked. */
  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
