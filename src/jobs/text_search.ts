import type { BoundedText, TextLine } from "./bounded_text.ts";

/** Characters of a line that are shown around a match. */
const LINE_CHARS = 500;
/** Of context in front of the first match, where output is read from there. */
const LEAD_CHARS = 4_000;

/** A search in the kept output. */
export interface SearchOptions {
  /** Words to find, as {@link searchWords} made them. */
  readonly words: readonly string[];
  /** Offset to start from. */
  readonly offset: number;
  /** Lines shown before and after each match. */
  readonly context: number;
  readonly maxMatches: number;
  readonly maxChars: number;
}

/** The lines found, as text for a reply. */
export interface FoundText {
  /** `OFFSET:line` for a match, `OFFSET-line` for context, `--` between groups that do not touch. */
  readonly text: string;
  /** How many matching lines there are. */
  readonly matches: number;
  /** How many of them are shown. */
  readonly shown: number;
  /** Offset of the first match that is not shown; undefined when all are. */
  readonly rest: number | undefined;
  /** Offset from where output shows the first match: of its context, unless that is long. */
  readonly from: number | undefined;
}

/**
 * Splits the `match` parameter at `|` into words, empty ones left out.
 *
 * The case is folded here once, so that a search takes linear time.
 */
export function searchWords(match: string): readonly string[] {
  return match.split("|").filter((word) => word.trim() !== "").map((word) => word.toLowerCase());
}

/** Finds lines of the kept output. A line without an end counts, too. */
export function searchText(output: Pick<BoundedText, "lines">, options: SearchOptions): FoundText {
  const found = new Found(options);
  for (const line of output.lines(options.offset)) found.take(line);
  return found.result();
}

class Found {
  readonly #options: SearchOptions;
  readonly #rows: string[] = [];
  /** Lines before the next match, at most `context`. */
  #before: TextLine[] = [];
  #after = 0;
  #chars = 0;
  #matches = 0;
  #shown = 0;
  #rest: number | undefined;
  #from: number | undefined;
  /** Offset after the last line that is shown. */
  #shownTo = -1;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  take(line: TextLine): void {
    const at = position(line.text, this.#options.words);
    if (at < 0) return this.#takeContext(line);
    this.#matches += 1;
    const row = `${line.offset}:${excerpt(line.text, at)}`;
    const isFull = this.#shown >= this.#options.maxMatches ||
      (this.#shown > 0 && this.#chars + row.length > this.#options.maxChars);
    if (isFull) {
      this.#rest ??= line.offset;
      this.#after = 0;
      return;
    }
    this.#from ??= readFrom(this.#before[0] ?? line, line.offset + at);
    for (const before of this.#before) this.#show(before, `${before.offset}-${cut(before.text)}`);
    this.#before = [];
    this.#show(line, row);
    this.#shown += 1;
    this.#after = this.#options.context;
  }

  result(): FoundText {
    const text = this.#rows.map((row) => `${row}\n`).join("");
    const [matches, shown, rest] = [this.#matches, this.#shown, this.#rest];
    return { text, matches, shown, rest, from: this.#from };
  }

  #takeContext(line: TextLine): void {
    if (this.#rest !== undefined) return;
    if (this.#after > 0) {
      this.#after -= 1;
      return this.#show(line, `${line.offset}-${cut(line.text)}`);
    }
    if (this.#options.context === 0) return;
    if (this.#before.length === this.#options.context) this.#before.shift();
    this.#before.push(line);
  }

  #show(line: TextLine, row: string): void {
    if (this.#shownTo >= 0 && line.offset > this.#shownTo) this.#rows.push("--");
    this.#rows.push(row);
    this.#chars += row.length + 1;
    this.#shownTo = line.offset + line.text.length + 1;
  }
}

/** Where the first word stands in a line; −1 for nowhere. */
function position(text: string, words: readonly string[]): number {
  const folded = text.toLowerCase();
  const places = words.map((word) => folded.indexOf(word)).filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** The line at `first`, or somewhat before `match` where that is far behind it. */
function readFrom(first: TextLine, match: number): number {
  return match - first.offset <= LEAD_CHARS ? first.offset : match - LINE_CHARS / 4;
}

/** The part of a long line around `at`. */
function excerpt(text: string, at: number): string {
  if (text.length <= LINE_CHARS) return text;
  const from = Math.max(0, Math.min(at - LINE_CHARS / 4, text.length - LINE_CHARS));
  const part = text.slice(from, from + LINE_CHARS).toWellFormed();
  return `${from > 0 ? "…" : ""}${part}${from + LINE_CHARS < text.length ? "…" : ""}`;
}

function cut(text: string): string {
  return excerpt(text, 0);
}
