import { ROW_LIMIT } from "./text_row.ts";

interface Stretch {
  readonly text: string;
  readonly lines: number;
}

/** The last lines of a text, cheap to add to in large stretches; holds `limit` lines. */
export class RecentLines {
  readonly #limit: number;
  #stretches: Stretch[] = [];
  #lines = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds whole lines, each with its LF; returns how many, counting no farther than the limit. */
  push(text: string): number {
    if (text === "") return 0;
    const last = lastLines(text, this.#limit);
    if (last.lines === this.#limit) this.clear();
    this.#stretches.push(last);
    this.#lines += last.lines;
    while (this.#lines - this.#stretches[0]!.lines >= this.#limit) {
      this.#lines -= this.#stretches.shift()!.lines;
    }
    return last.lines;
  }

  /** Takes the last line away, without its LF; undefined behind the limit or an overlong line. */
  pop(): string | undefined {
    const last = this.#stretches.pop();
    if (last === undefined) return undefined;
    const start = lineStart(last.text, last.text.length);
    if (last.text.length - start > ROW_LIMIT) {
      this.clear();
      return undefined;
    }
    this.#lines--;
    if (start > 0) {
      this.#stretches.push({ text: last.text.slice(0, start), lines: last.lines - 1 });
    }
    return last.text.slice(start, -1);
  }

  /** Forgets all. */
  clear(): void {
    this.#stretches = [];
    this.#lines = 0;
  }
}

function lastLines(text: string, limit: number): Stretch {
  let lines = 0;
  let start = text.length;
  while (lines < limit && start > 0) {
    lines++;
    start = lineStart(text, start);
  }
  return { text: text.slice(start), lines };
}

/** Where the line begins whose LF stands before `end`. */
function lineStart(text: string, end: number): number {
  // lastIndexOf takes a negative position for 0, which would find the line's own LF.
  return end < 2 ? 0 : text.lastIndexOf("\n", end - 2) + 1;
}
