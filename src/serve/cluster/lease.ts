import type { Clock } from "../../clock.ts";

/** One moment by the clock that never goes backwards and by the machine's date. */
export interface Moment {
  readonly now: number;
  readonly date: number;
}

/**
 * The time in which nobody takes anything from this replica.
 *
 * Either clock ends it: the date can be set back, and the other one rests while the machine sleeps
 * and others take over.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  #from: Moment = { now: -Infinity, date: -Infinity };

  constructor(clock: Clock, lengthMs: number) {
    this.#clock = clock;
    this.#lengthMs = lengthMs;
  }

  get isHeld(): boolean {
    const { now, date } = this.moment();
    return now < this.#from.now + this.#lengthMs && date < this.#from.date + this.#lengthMs;
  }

  /** This moment, from which a lease may be counted. */
  moment(): Moment {
    return { now: this.#clock.now(), date: this.#clock.date() };
  }

  /** It lasts from the moment in which its renewal was sent; renewals may overtake each other. */
  renew(sent: Moment): void {
    if (sent.now > this.#from.now) this.#from = sent;
  }
}
