import type { TextUpdate } from "./bounded_text.ts";

/**
 * Output that came while a person had the keyboard: it is kept from the text that callers read.
 *
 * Counts lines, so that a terminal that rewrites what was withheld takes back nothing else.
 */
export class Withheld {
  #isHolding = true;
  /** Finished lines that came meanwhile. */
  #hiddenLines = 0;
  /** Finished lines behind them, in the text. */
  #shownLines = 0;

  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** A person has the keyboard once more. */
  hold(): void {
    this.#isHolding = true;
    this.#hiddenLines = 0;
    this.#shownLines = 0;
  }

  release(): void {
    this.#isHolding = false;
  }

  /** The part of an update that goes into the text; undefined for nothing. */
  pass(update: TextUpdate): TextUpdate | undefined {
    const { rewound = 0, text, line } = update;
    const ofShown = Math.min(rewound, this.#shownLines);
    this.#hiddenLines = Math.max(0, this.#hiddenLines - (rewound - ofShown));
    this.#shownLines -= ofShown;
    const lines = countLines(text);
    if (this.#isHolding) {
      this.#hiddenLines += lines;
      return undefined;
    }
    this.#shownLines += lines;
    return { text, line, ...(ofShown > 0 ? { rewound: ofShown } : {}) };
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
