import { concatenated } from "../../bytes.ts";

const LF = 0x0a;

/**
 * Holds bytes back until a line is complete.
 *
 * Each chunk is looked at once: to copy and search all there is at each chunk took 7 s for a
 * message of 12 MiB, with the event loop blocked.
 */
export class WholeLines {
  readonly #limitBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** `limitBytes`: how long an unfinished line may become. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * All whole lines so far, or undefined. They may lie in the chunk itself: use them before the next
   * is read into it.
   *
   * @throws {Error} When a line is longer than the limit.
   */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#hold(chunk);
      return undefined;
    }
    const lines = concatenated([...this.#held, chunk.subarray(0, end)]);
    this.#held = [];
    this.#heldBytes = 0;
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return lines;
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk.slice());
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= this.#limitBytes) return;
    this.#held = [];
    throw new Error(`A message is longer than ${this.#limitBytes} bytes`);
  }
}
