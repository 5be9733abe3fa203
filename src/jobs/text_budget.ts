import type { BoundedText } from "./bounded_text.ts";

/** All jobs together keep this much of their output. */
const ALL_TEXT_LIMIT_CHARS = 256 * 1024 * 1024;

const SMALLEST_SHARE_CHARS = 65_536;

/**
 * Keeps the texts of all jobs together under one bound.
 *
 * Over it, the oldest finished text is given up whole; when none is left, the longest of the
 * growing ones keeps half.
 */
export class TextBudget {
  readonly #limitChars: number;
  readonly #growing = new Map<BoundedText, number>();
  readonly #finished = new Map<BoundedText, number>();
  #total = 0;

  constructor(limitChars: number = ALL_TEXT_LIMIT_CHARS) {
    this.#limitChars = limitChars;
  }

  /** A text has grown or shrunk. */
  update(text: BoundedText): void {
    this.#set(this.#growing, text);
    while (this.#total > this.#limitChars && this.#giveUpSome());
  }

  /** A text grows no more. */
  finish(text: BoundedText): void {
    this.#remove(this.#growing, text);
    this.#set(this.#finished, text);
  }

  /** A text is forgotten. */
  forget(text: BoundedText): void {
    this.#remove(this.#growing, text);
    this.#remove(this.#finished, text);
  }

  #giveUpSome(): boolean {
    const oldest = this.#finished.keys().next().value;
    if (oldest) {
      oldest.shrink(0);
      this.#remove(this.#finished, oldest);
      return true;
    }
    const [longest, kept] = [...this.#growing].reduce((a, b) => b[1] > a[1] ? b : a);
    if (kept <= SMALLEST_SHARE_CHARS) return false;
    longest.shrink(Math.floor(kept / 2));
    this.#set(this.#growing, longest);
    return longest.keptChars < kept;
  }

  #set(texts: Map<BoundedText, number>, text: BoundedText): void {
    this.#total += text.keptChars - (texts.get(text) ?? 0);
    texts.set(text, text.keptChars);
  }

  #remove(texts: Map<BoundedText, number>, text: BoundedText): void {
    this.#total -= texts.get(text) ?? 0;
    texts.delete(text);
  }
}
