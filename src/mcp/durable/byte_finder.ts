import { Buffer } from "node:buffer";
import { concatenated } from "../../bytes.ts";
import type { OutputPiece } from "../../detached/record.ts";

/** Looks for a text in output that comes piece by piece, also where it is cut by their ends. */
export class ByteFinder {
  readonly #text: Buffer;
  #offset: number;
  #rest: Uint8Array = new Uint8Array();

  constructor(text: string, offset: number) {
    this.#text = Buffer.from(text);
    this.#offset = offset;
  }

  /** Where to read on. */
  get offset(): number {
    return this.#offset;
  }

  /** Where the text begins, once it is there. */
  take(pieces: readonly OutputPiece[]): number | undefined {
    for (const { offset, bytes } of pieces) {
      const before = offset === this.#offset ? this.#rest : new Uint8Array();
      const all = concatenated([before, bytes]);
      const at = Buffer.from(all.buffer, all.byteOffset, all.length).indexOf(this.#text);
      if (at >= 0) return offset - before.length + at;
      this.#offset = offset + bytes.length;
      this.#rest = all.slice(Math.max(0, all.length - this.#text.length + 1));
    }
    return undefined;
  }
}
