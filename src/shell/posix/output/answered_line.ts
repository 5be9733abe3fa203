/** Escape sequences that print nothing (ECMA-48 CSI and charset selection). */
// deno-lint-ignore no-control-regex
const SILENT = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>]/g;
// deno-lint-ignore no-control-regex
const SILENT_HERE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>]/y;

/** The place of an answer, and of its echo. */
export interface AnswerPlace {
  readonly echoedBy: "nobody" | "terminal";
  /** Whether it is typed behind an unfinished line. */
  readonly isBehindLine: boolean;
}

/**
 * Gives an answered question its line end.
 *
 * Where the terminal's echo is off, what the caller answers and its Enter do not show. A program that
 * ends the line itself, as after a password, or echoes what it reads, as line editors do, is left
 * alone; for every other the line ends before its next output, as it would on a terminal. Where the
 * terminal echoes, its echo is dropped, and that of a line editor, which echoes only there: so answers
 * read alike. An echo may come in pieces, which are held until it is whole or is none.
 */
export class AnsweredLine {
  #typed: string | undefined;
  #place: AnswerPlace = { echoedBy: "nobody", isBehindLine: true };
  #held = "";

  /** The caller typed `data`. */
  answer(data: string, place: AnswerPlace): void {
    if (!data.endsWith("\r") && !data.endsWith("\n")) return;
    // Enter alone, where no line is to be ended, cannot be told from an empty line that is printed.
    if (!place.isBehindLine && data.trim() === "") return;
    this.#place = place;
    this.#typed = data;
  }

  /** The next output with a line end in front where one is missing. */
  before(raw: string): string {
    if (this.#typed === undefined) return raw;
    const text = this.#held + raw;
    this.#held = "";
    if (this.#place.echoedBy === "nobody") return this.#withLineEnd(text);
    const behind = behindEcho(text, this.#typed);
    if (behind === "partial") {
      this.#held = text;
      return "";
    }
    if (behind === undefined) return this.#withLineEnd(text);
    this.#typed = undefined;
    return this.#place.isBehindLine ? `\r\n${behind}` : behind;
  }

  /** The beginning of what could have become an echo: nothing more came. */
  release(): string {
    const held = this.#held;
    this.#held = "";
    return held === "" ? "" : this.#withLineEnd(held);
  }

  #withLineEnd(raw: string): string {
    if (!this.#place.isBehindLine) {
      this.#typed = undefined;
      return raw;
    }
    const text = raw.replaceAll(SILENT, "");
    if (text === "") return raw;
    const echo = this.#typed!.replace(/(?<![\r\n])[\r\n]+$/, "\r\n");
    this.#typed = undefined;
    const endsItself = /^[\r\n\b]/.test(text);
    const echoes = text.startsWith(echo) || echo.startsWith(text);
    return endsItself || echoes ? raw : `\r\n${raw}`;
  }
}

/**
 * The text behind an echo, with the silent sequences in it; undefined where it begins with none. Of
 * several lines the first ones may be echoed alone, before the program prints something.
 */
function behindEcho(text: string, typed: string): string | "partial" | undefined {
  const echo = typed.replaceAll(/\r\n|\r|\n/g, "\r\n");
  let at = 0;
  let silent = "";
  let found: string | undefined;
  for (let next = 0; next < echo.length; next++) {
    for (SILENT_HERE.lastIndex = at; SILENT_HERE.test(text); SILENT_HERE.lastIndex = at) {
      silent += text.slice(at, SILENT_HERE.lastIndex);
      at = SILENT_HERE.lastIndex;
    }
    if (at >= text.length) return "partial";
    if (text[at] !== echo[next]) return found;
    at += 1;
    if (echo[next] === "\n") found = silent + text.slice(at);
  }
  return found;
}
