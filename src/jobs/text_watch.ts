import type { BoundedText } from "./bounded_text.ts";

/**
 * Looks for one text in what a job prints, wherever the output is cut: each character is compared a
 * bounded number of times, however long the output becomes.
 */
export class TextWatch {
  readonly #output: BoundedText;
  readonly #wanted: string;
  /** Nothing before it can hold the text, but for its own beginning. */
  #scannedTo: number;
  readonly #from: number;
  #foundAt: number | undefined;

  /** Looks at what is there from `offset` on at once. */
  constructor(output: BoundedText, options: { readonly wanted: string; readonly offset: number }) {
    this.#output = output;
    this.#wanted = options.wanted;
    this.#from = Math.min(options.offset, output.totalChars);
    this.#scannedTo = this.#from;
    this.#scan();
  }

  /** Where it begins; undefined while it has not come. */
  get foundAt(): number | undefined {
    return this.#foundAt;
  }

  /** Everything from `offset` on is new. */
  changed(offset: number): void {
    if (this.#foundAt !== undefined) return;
    this.#scannedTo = Math.min(this.#scannedTo, offset);
    this.#scan();
  }

  #scan(): void {
    const from = Math.max(this.#from, this.#scannedTo - this.#wanted.length + 1);
    for (const part of this.#output.stretches(from)) {
      const at = part.text.indexOf(this.#wanted);
      if (at < 0) continue;
      this.#foundAt = part.offset + at;
      return;
    }
    this.#scannedTo = this.#output.totalChars;
  }
}
