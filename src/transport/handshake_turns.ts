import { afterOthers } from "../clock.ts";

/**
 * Lets one handshake at a time work in a turn of the event loop, so that what others have to do
 * comes in between: a step of a key exchange takes some milliseconds, and 32 hosts may answer at
 * once.
 */
export class HandshakeTurns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Whether the caller may work now; it is asked before each step. */
  take(): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    afterOthers(() => this.#next());
    return true;
  }

  /** Calls it when its turn comes, first come first. */
  wait(turn: () => void): void {
    this.#waiting.push(turn);
  }

  #next(): void {
    const turn = this.#waiting.shift();
    if (turn === undefined) return void (this.#isTaken = false);
    afterOthers(() => this.#next());
    turn();
  }
}
