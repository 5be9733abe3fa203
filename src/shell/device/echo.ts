import { LOG_LINE } from "./profiles/log_line.ts";

/**
 * Tells the rows that echo a typed line from the rows that answer it.
 *
 * The echo stands behind the prompt. A log line may cut it in two; what is left of it then stands
 * on a later row, alone or behind a prompt drawn again. EOS repeats it when it is slow.
 */
export class EchoFilter {
  readonly #before: string;
  readonly #typed: string;
  /** The part of the typed line that was not echoed yet; undefined once that no longer matters. */
  #missing: string | undefined;
  #rows = 0;

  /** `before`: the row's text when the line was typed. */
  constructor(before: string, typed: string) {
    this.#before = before;
    this.#typed = typed;
    this.#missing = typed;
  }

  /** The far end has not shown the whole line, so it may not have read it. */
  get isIncomplete(): boolean {
    return this.#missing !== undefined && this.#missing !== "";
  }

  /** Whether the next finished row is echo. */
  takes(row: string): boolean {
    this.#rows++;
    if (this.#rows === 1) return this.#takeFirst(row);
    if (this.#isRepeat(row)) return true;
    if (!this.isIncomplete) return false;
    if (row.trimEnd() === this.#missing!.trimEnd()) return this.#complete();
    // A terminal of a width of its own breaks a long line into several rows.
    if (row !== "" && this.#missing!.startsWith(row)) {
      this.#missing = this.#missing!.slice(row.length);
      return true;
    }
    if (row !== "" && !LOG_LINE.test(row) && row.trimEnd() !== this.#before.trimEnd()) {
      this.#missing = undefined;
    }
    return false;
  }

  #takeFirst(row: string): true {
    const shown = row.startsWith(this.#before) ? row.slice(this.#before.length) : row;
    const isPart = shown.length < this.#typed.length && this.#typed.startsWith(shown);
    this.#missing = isPart ? this.#typed.slice(shown.length) : "";
    return true;
  }

  /** The whole line behind the prompt once more; with nothing typed that is just a prompt. */
  #isRepeat(row: string): boolean {
    if (this.#typed === "" || this.#before === "" || this.#rows > 8) return false;
    return row.trimEnd() === (this.#before + this.#typed).trimEnd() && this.#complete();
  }

  #complete(): true {
    this.#missing = "";
    return true;
  }
}
