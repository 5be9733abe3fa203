import type { Clock, Timer } from "../../src/clock.ts";

interface Due {
  at: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Due>();

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  /** Timers that have not rung. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  sleep(delayMs: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        timer[Symbol.dispose]();
        reject(signal?.reason);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  after(delayMs: number, callback: () => void): Timer {
    const due: Due = { at: this.#now + delayMs, delayMs, callback };
    this.#timers.add(due);
    return {
      restart: () => {
        due.at = this.#now + due.delayMs;
        this.#timers.add(due);
      },
      [Symbol.dispose]: () => {
        this.#timers.delete(due);
      },
    };
  }

  /** Moves time on, ringing in order what falls due. */
  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}
