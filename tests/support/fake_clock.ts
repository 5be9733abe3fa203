import { until } from "./condition.ts";
import type { Clock, Timer } from "../../src/clock.ts";

interface Due {
  at: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** A clock that moves only when a test advances it, or jumps from timer to timer in {@link run}. */
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

  /** How far the date is ahead of {@link now}. */
  dateAheadMs = 0;

  date(): number {
    return this.#now + this.dateAheadMs;
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
    const latest = this.#now + byMs;
    for (let next = this.#next(); next && next.at <= latest; next = this.#next()) this.#ring(next);
    this.#now = latest;
  }
  /**
   * Lets time pass until `work` settles: jumps to the next timer whenever nothing else is left to do.
   * Files that it reads come in their own time: no timer may be left meanwhile.
   *
   * @throws {Error} When no timer is left that could end it, or `limitMs` of this clock went by.
   */
  async run<T>(work: Promise<T>, limitMs = 600_000): Promise<T> {
    let settled = false;
    const settle = (): void => void (settled = true);
    work.then(settle, settle);
    const latest = this.#now + limitMs;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return await work;
      const next = this.#next();
      if (next === undefined) {
        await until("a timer, or the end of the work", () => settled || this.#timers.size > 0);
        continue;
      }
      if (next.at > latest) throw new Error(`Not done after ${limitMs} ms`);
      this.#ring(next);
    }
  }

  #next(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) if (first === undefined || due.at < first.at) first = due;
    return first;
  }

  #ring(due: Due): void {
    this.#timers.delete(due);
    this.#now = Math.max(this.#now, due.at);
    due.callback();
  }
}
