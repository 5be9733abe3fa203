import type { Clock, Timer } from "../../src/clock.ts";

interface Due {
  at: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** A clock that jumps to the next timer whenever nothing else is left to do. */
export class SimulatedClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<Due>();

  now(): number {
    return this.#now;
  }

  sleep(delayMs: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.after(delayMs, resolve);
      options.signal?.addEventListener("abort", () => {
        timer[Symbol.dispose]();
        reject(options.signal?.reason);
      }, { once: true });
    });
  }

  after(delayMs: number, callback: () => void): Timer {
    const due: Due = { at: this.#now + delayMs, delayMs, callback };
    this.#timers.add(due);
    return {
      restart: () => {
        due.at = this.#now + delayMs;
        this.#timers.add(due);
      },
      [Symbol.dispose]: () => void this.#timers.delete(due),
    };
  }

  /**
   * Lets time pass until `work` is done.
   *
   * @throws {Error} When nothing is left that could end it, or `limitMs` of its time went by.
   */
  async run<T>(work: Promise<T>, limitMs = 600_000): Promise<T> {
    let state: "open" | "done" = "open";
    const settle = (): void => void (state = "done");
    work.then(settle, settle);
    const until = this.#now + limitMs;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (state !== "open") return await work;
      const next = this.#next();
      if (next === undefined) throw new Error("Nothing is left that could end the work");
      if (next.at > until) throw new Error(`Not done after ${limitMs} ms`);
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
  }

  #next(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) if (first === undefined || due.at < first.at) first = due;
    return first;
  }
}
