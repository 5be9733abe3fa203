import { ControlFunctions } from "./control_functions.ts";
import { Cursor } from "./cursor.ts";
import { EscapeParser } from "./escape_parser.ts";
import { RowWindow, type TakenRows } from "./row_window.ts";
import { TERMINAL_SIZE } from "./terminal_size.ts";

/** Options of {@link PlainText}; the pty's size is the default. */
export interface PlainTextOptions {
  /** Where the cursor stops on its way right; text itself is never wrapped. */
  readonly columns?: number;
  /** How far up the cursor can go. */
  readonly rows?: number;
}

/** Whatever plain appending cannot do: C0 other than TAB, LF and CR before LF, DEL, C1. */
// deno-lint-ignore no-control-regex
const SPECIAL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/;
const LONE_CR = /\r(?!\n)/;
// What changes nothing while text is only appended: SGR, erase to the right of the line's end, modes
// other than the alternate screen, ASCII as G0, and any complete OSC.
// deno-lint-ignore no-control-regex
const HARMLESS = new RegExp(
  "\\x1b(?:\\[(?:[\\d;:]*m|0?K|\\?(?:7|12|25|2004|2026)[hl])|\\(B|\\][^\\x00-\\x1f\\x7f-\\x9f]*(?:\\x07|\\x1b\\\\))",
  "g",
);
/** The last units of a chunk that only make sense with the next one. */
// deno-lint-ignore no-control-regex
const UNFINISHED = /(?:\x1b(?:\[[\d;:?]{0,32})?|\r|[\ud800-\udbff])$/;
const UNFINISHED_UNITS = 34;

interface Terminal {
  readonly cursor: Cursor;
  readonly functions: ControlFunctions;
  readonly parser: EscapeParser;
}

/**
 * Makes of a terminal's input the text that the terminal would have shown.
 *
 * CR LF and LF end a line. A lone CR, backspace and the cursor functions of ECMA-48 rewrite what
 * they would rewrite, on the current line and on the `rows` - 1 lines above it. Tabs stay tabs where
 * they were printed; a rewrite that hits one makes blanks of it. Blanks that only wiped something
 * are not kept at a line's end. Clearing the screen starts a new one below the old text; what is
 * drawn on the alternate screen is not text. All other controls are dropped.
 *
 * Only the last 8 to 16 Ki characters of a line can be rewritten: the head of a longer one is
 * handed out early, so that memory stays bounded. The result does not depend on where the input is
 * cut. Feed what a streaming TextDecoder yields.
 */
export class PlainText {
  readonly #window: RowWindow;
  readonly #columns: number;
  readonly #rows: number;
  /** Made once something is not only appended: most commands print nothing else. */
  #terminal: Terminal | undefined;
  #held = "";

  constructor(options: PlainTextOptions = {}) {
    this.#rows = options.rows ?? TERMINAL_SIZE.rows;
    this.#columns = options.columns ?? TERMINAL_SIZE.columns;
    this.#window = new RowWindow(this.#rows);
  }

  /**
   * Takes the next chunk and tells what changed.
   *
   * The reader first cuts `rewound` lines, with their LFs, off the end of the text it has, then
   * appends `text`; what a terminal shows is that text and `line` behind it. `text` may end without
   * LF when a line is very long: the rest of the line follows.
   */
  write(chunk: string): TakenRows {
    const input = this.#hold(this.#held + chunk);
    if (!this.#append(input)) this.#terminalOf().parser.feed(input);
    return this.#window.take();
  }

  /** The last unfinished line; a sequence that is still open is dropped. */
  end(): string {
    return this.#window.take().line;
  }

  /** The line the cursor stands on; another than the last one only after the cursor went up. */
  get cursorLine(): string {
    return this.#window.row.text;
  }

  #terminalOf(): Terminal {
    if (this.#terminal !== undefined) return this.#terminal;
    const cursor = new Cursor(this.#window, { columns: this.#columns, rows: this.#rows });
    const functions = new ControlFunctions(cursor);
    return this.#terminal = { cursor, functions, parser: new EscapeParser(functions) };
  }

  #hold(input: string): string {
    const tail = input.slice(-UNFINISHED_UNITS);
    const held = UNFINISHED.exec(tail)?.[0].length ?? 0;
    this.#held = held === 0 ? "" : input.slice(-held);
    return held === 0 ? input : input.slice(0, -held);
  }

  /** The short way for text that only goes on; false where the cursor must act. */
  #append(input: string): boolean {
    if (this.#terminal !== undefined && !isAppending(this.#terminal)) return false;
    let text = input;
    if (SPECIAL.test(text)) {
      if (LONE_CR.test(text)) return false;
      text = text.replace(HARMLESS, "");
      if (text.length === input.length || SPECIAL.test(text)) return false;
    }
    if (text.includes("\r")) text = text.replaceAll("\r\n", "\n");
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) this.#window.appendLines(text.slice(0, end), text.slice(end));
    else this.#window.row.append(text);
    this.#window.shorten();
    return true;
  }
}

function isAppending({ cursor, functions, parser }: Terminal): boolean {
  return cursor.isAppending && functions.isPlain && parser.isIdle;
}
