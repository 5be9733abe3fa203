import { Buffer } from "node:buffer";

/** As many characters as one {@link PackedText} holds at most. */
export const PACKED_CHARS = 65_536;

// deno-lint-ignore no-control-regex
const LATIN_1 = /^[\x00-\xff]*$/;

/**
 * A piece of text outside the JavaScript heap, one byte a character where Latin-1 has them all.
 *
 * As strings, the pieces of a 100 MB stream grew old before they were dropped, and the heap with
 * them: 100 MB more at the peak.
 */
export class PackedText {
  readonly length: number;
  readonly #encoding: "latin1" | "utf16le";
  readonly #bytes: Buffer;
  readonly #sizeBytes: number;

  /** `text` has at most {@link PACKED_CHARS} UTF-16 units; `spare` is a piece no longer read. */
  constructor(text: string, spare?: PackedText) {
    this.length = text.length;
    this.#encoding = LATIN_1.test(text) ? "latin1" : "utf16le";
    this.#sizeBytes = this.#encoding === "latin1" ? text.length : text.length * 2;
    this.#bytes = spare !== undefined && spare.#bytes.length === this.#sizeBytes
      ? spare.#bytes
      : Buffer.allocUnsafeSlow(this.#sizeBytes);
    this.#bytes.write(text, 0, this.#sizeBytes, this.#encoding);
  }

  get text(): string {
    return this.#bytes.toString(this.#encoding, 0, this.#sizeBytes);
  }
}
