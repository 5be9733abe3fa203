/** DSR 5 and 6, DA 1 and 2, DECRQM (ECMA-48 §8.3.35, DEC STD 070): what an emulator answers. */
// deno-lint-ignore no-control-regex
const QUERY = new RegExp("\\x1b\\[(?:[56]n|\\?6n|>?0?c|\\??\\d{1,5}\\$p)", "g");
// deno-lint-ignore no-control-regex
const UNFINISHED = new RegExp("\\x1b(?:\\[[>?]?\\d{0,5}\\$?)?$");
const UNFINISHED_UNITS = 9;

/** Queries to the terminal in one stretch of output. */
export interface QueriesFound {
  /** Where the first begins; negative when it began in an earlier stretch. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  readonly count: number;
}

/** Finds the questions that a program asks its terminal, in output cut anywhere. */
export class TerminalQueries {
  #held = "";

  /** Takes the next stretch; undefined where no query ends in it. */
  feed(text: string): QueriesFound | undefined {
    if (this.#held === "" && !text.includes("\x1b")) return undefined;
    const before = this.#held.length;
    const input = this.#held + text;
    this.#held = UNFINISHED.exec(input.slice(-UNFINISHED_UNITS))?.[0] ?? "";
    const found = [...input.matchAll(QUERY)];
    const [first] = found;
    if (first === undefined) return undefined;
    const start = first.index - before;
    return { start, end: start + first[0].length, count: found.length };
  }
}
