import { Buffer } from "node:buffer";

const LF = 0x0a;

/**
 * Holds bytes back until a line is complete.
 *
 * The SDK's reader copies and searches all it has at each chunk: a message of 12 MiB took it 7 s,
 * with the event loop blocked.
 */
export class WholeLines {
  readonly #limitBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** Beyond `limitBytes` an unfinished line is passed on as it is, for the reader to refuse. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** All whole lines so far, or undefined. The chunk must not be changed afterwards. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const end = this.#heldBytes + chunk.length > this.#limitBytes
      ? chunk.length
      : chunk.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#hold(chunk);
      return undefined;
    }
    const lines = Buffer.concat([...this.#held, chunk.subarray(0, end)]);
    this.#held = [];
    this.#heldBytes = 0;
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return lines;
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk.slice());
    this.#heldBytes += chunk.length;
  }
}
