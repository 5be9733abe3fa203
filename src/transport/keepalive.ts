import type { Clock, Timer } from "../clock.ts";

/** When to ask a silent peer, and when to call it dead (ServerAlive* of ssh_config(5)). */
export interface KeepaliveOptions {
  readonly clock: Clock;
  /** ServerAliveInterval; not 0. */
  readonly intervalMs: number;
  /** ServerAliveCountMax. */
  readonly countMax: number;
  /** Sends a message that wants an answer. */
  readonly ask: () => void;
  /** Called once when nothing at all came for `silentMs`. */
  readonly onDead: (silentMs: number) => void;
}

/**
 * Asks when nothing came for an interval, and calls the peer dead after interval × count.
 *
 * A machine that slept hears nothing either: a tick that comes late starts the count anew. Ticks lie
 * on a grid of a fifteenth of the interval (±0.5 s at 15 s), so that many connections wake the
 * processor together.
 */
export class Keepalive implements Disposable {
  readonly #options: KeepaliveOptions;
  #timer: Timer;
  #heardAt: number;
  #dueAt: number;
  #unanswered = 0;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#dueAt = this.#slotAfter(this.#heardAt);
    this.#timer = this.#wait();
  }

  /** Something came from the peer. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
    this.#unanswered = 0;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #tick(): void {
    const { clock, intervalMs, countMax, ask, onDead } = this.#options;
    const now = clock.now();
    const silentMs = now - this.#heardAt;
    if (now - this.#dueAt > intervalMs / 2) this.#unanswered = 0;
    if (now < this.#slotAfter(this.#heardAt)) return this.#next(this.#heardAt);
    if (this.#unanswered >= Math.max(1, countMax - 1)) return onDead(silentMs);
    this.#unanswered++;
    ask();
    this.#next(now);
  }

  #next(since: number): void {
    this.#dueAt = this.#slotAfter(since);
    this.#timer = this.#wait();
  }

  #wait(): Timer {
    const { clock } = this.#options;
    return clock.after(this.#dueAt - clock.now(), () => this.#tick());
  }

  /** The point of the grid nearest to one interval after `moment`. */
  #slotAfter(moment: number): number {
    const { intervalMs } = this.#options;
    const gridMs = intervalMs / 15;
    return Math.round((moment + intervalMs) / gridMs) * gridMs;
  }
}
