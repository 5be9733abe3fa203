import type { Clock, Timer } from "../../clock.ts";
import type { Patience } from "./patience.ts";

/** Options of {@link QuietTimer}. */
export interface QuietTimerOptions {
  readonly clock: Clock;
  /** Undefined when silence means nothing. */
  readonly patience: () => Patience | undefined;
  readonly onQuiet: () => void;
}

/** Calls back when the far end has been silent as long as means something. */
export class QuietTimer implements Disposable {
  readonly #options: QuietTimerOptions;
  #timer: Timer | undefined;
  #dueAt = 0;
  #heardAt: number;

  constructor(options: QuietTimerOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
  }

  /** Milliseconds since the far end was last heard. */
  get quietForMs(): number {
    return this.#options.clock.now() - this.#heardAt;
  }

  /** The far end was heard, or something was typed to it. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  /** Looks anew at what silence would mean. */
  arm(): void {
    const patience = this.#options.patience();
    const dueAt = this.#heardAt + (patience?.quietMs ?? 0);
    const isInTime = this.#timer !== undefined && this.#dueAt <= dueAt;
    if (isInTime && patience?.urgency === "lazy") return;
    this[Symbol.dispose]();
    if (patience === undefined) return;
    this.#dueAt = dueAt;
    const delayMs = Math.max(0, patience.quietMs - this.quietForMs);
    this.#timer = this.#options.clock.after(delayMs, () => this.#onTimer());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #onTimer(): void {
    this.#timer = undefined;
    const patience = this.#options.patience();
    if (patience === undefined) return;
    // Timers may fire a fraction of a millisecond early.
    if (this.quietForMs + 1 >= patience.quietMs) this.#options.onQuiet();
    this.arm();
  }
}
