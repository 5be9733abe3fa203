import type { Clock } from "../clock.ts";

/** The use of a connection, by which it is known to be idle. */
export class ConnectionUse {
  readonly #clock: Clock;
  #holders = 0;
  #lastUsed: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastUsed = clock.now();
  }

  /** A channel was opened, closed, or carried bytes. */
  touch(): void {
    this.#lastUsed = this.#clock.now();
  }

  /** Keeps the connection in use until it is disposed, though nothing is sent. */
  hold(): Disposable {
    this.#holders++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#holders--;
        this.touch();
      },
    };
  }

  /** `time` is in milliseconds of the clock. */
  isIdleSince(time: number): boolean {
    return this.#holders === 0 && this.#lastUsed <= time;
  }
}
