/** Escape sequences that print nothing (ECMA-48 CSI and charset selection). */
// deno-lint-ignore no-control-regex
const SILENT = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-B]|\x1b[=>]/g;

/**
 * Gives an answered question its line end.
 *
 * The terminal's echo is off, so what the caller answers and its Enter do not show. A program that
 * ends the line itself, as after a password, or echoes what it reads, as line editors do, is left
 * alone; for every other the line ends before its next output, as it would on a terminal. Where the
 * terminal echoes, its echo is dropped, so that answers read alike.
 */
export class AnsweredLine {
  #typed: string | undefined;
  #echoedBy: "nobody" | "terminal" = "nobody";

  /** The caller typed `data` behind an unfinished line. */
  answer(data: string, echoedBy: "nobody" | "terminal" = "nobody"): void {
    this.#echoedBy = echoedBy;
    if (data.endsWith("\r") || data.endsWith("\n")) this.#typed = data;
  }

  /** The next output with a line end in front where one is missing. */
  before(raw: string): string {
    if (this.#typed === undefined) return raw;
    const text = raw.replaceAll(SILENT, "");
    if (text === "") return raw;
    const echo = this.#typed.replace(/(?<![\r\n])[\r\n]+$/, "\r\n");
    this.#typed = undefined;
    if (this.#echoedBy === "terminal" && raw.startsWith(echo)) {
      return `\r\n${raw.slice(echo.length)}`;
    }
    const endsItself = /^[\r\n\b]/.test(text);
    const echoes = text.startsWith(echo) || echo.startsWith(text);
    return endsItself || echoes ? raw : `\r\n${raw}`;
  }
}
