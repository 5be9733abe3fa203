import type { Cursor } from "./cursor.ts";
import type { EscapeHandler } from "./escape_parser.ts";

const PARAMETER_LIMIT = 9_999;
const GRAPHICS_FROM = 0x60;
/** DEC special graphics, 0x60–0x7e (VT100 user guide, table 3-9). */
const GRAPHICS = [..."◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"];
const ALTERNATE_SCREEN: readonly string[] = ["47", "1047", "1049"];

type CursorKeys = "normal" | "application" | "addressing";

const TAKEN_KEYS: Readonly<Record<CursorKeys, CursorKeys>> = {
  normal: "application",
  application: "application",
  addressing: "addressing",
};

/** CSI functions with one parameter that 0 or nothing makes 1 (ECMA-48 §8.3). */
const CURSOR_FUNCTIONS: ReadonlyMap<string, (cursor: Cursor, count: number) => void> = new Map([
  ["A", (cursor, count) => cursor.up(count)],
  ["B", (cursor, count) => cursor.down(count)],
  ["e", (cursor, count) => cursor.down(count)],
  ["C", (cursor, count) => cursor.forward(count)],
  ["a", (cursor, count) => cursor.forward(count)],
  ["D", (cursor, count) => cursor.back(count)],
  ["j", (cursor, count) => cursor.back(count)],
  ["E", (cursor, count) => (cursor.down(count), cursor.toColumn(0))],
  ["F", (cursor, count) => (cursor.up(count), cursor.toColumn(0))],
  ["G", (cursor, count) => cursor.toColumn(count - 1)],
  ["`", (cursor, count) => cursor.toColumn(count - 1)],
  ["I", (cursor, count) => cursor.toTabStop(count)],
  ["Z", (cursor, count) => cursor.toTabStop(-count)],
  ["d", (cursor, count) => cursor.toRow(count - 1)],
  ["r", (cursor) => cursor.address(0, 0)],
  ["s", (cursor) => cursor.save()],
  ["u", (cursor) => cursor.restore()],
  ["P", (cursor, count) => cursor.deleteCells(count)],
  ["X", (cursor, count) => cursor.eraseCells(count)],
  ["@", (cursor, count) => cursor.insertCells(count)],
  ["L", (cursor, count) => cursor.insertRows(count)],
  ["M", (cursor, count) => cursor.deleteRows(count)],
  ["b", (cursor, count) => cursor.repeat(count)],
]);

const CONTROLS: ReadonlyMap<number, (cursor: Cursor) => void> = new Map([
  [0x08, (cursor) => cursor.back(1)],
  [0x09, (cursor) => cursor.tab()],
  [0x0a, (cursor) => cursor.newline()],
  [0x0b, (cursor) => cursor.index()],
  [0x0c, (cursor) => cursor.index()],
  [0x0d, (cursor) => cursor.toColumn(0)],
  [0x84, (cursor) => cursor.index()],
  [0x85, (cursor) => cursor.newline()],
  [0x8d, (cursor) => cursor.reverseIndex()],
]);

const ESCAPES: ReadonlyMap<string, (cursor: Cursor) => void> = new Map([
  ["7", (cursor) => cursor.save()],
  ["8", (cursor) => cursor.restore()],
  ["D", (cursor) => cursor.index()],
  ["E", (cursor) => cursor.newline()],
  ["M", (cursor) => cursor.reverseIndex()],
]);

/**
 * Gives control functions (ECMA-48, DEC private modes) to the cursor.
 *
 * The drawing of a full-screen program does not reach it, on the alternate screen or not; what only concerns looks is dropped.
 */
export class ControlFunctions implements EscapeHandler {
  readonly #cursor: Cursor;
  #alternate = false;
  /** DECCKM, and whether the cursor was addressed since: so top(1) draws without that screen. */
  #cursorKeys: CursorKeys = "normal";
  /** Whether G0 and G1 are DEC special graphics, and which of the two is shifted in. */
  #graphics: [boolean, boolean] = [false, false];
  #charset: 0 | 1 = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** Text that comes now is printed as it is. */
  get isPlain(): boolean {
    return !this.#isDrawing && !this.#graphics[this.#charset];
  }

  get #isDrawing(): boolean {
    return this.#alternate || this.#cursorKeys === "addressing";
  }

  print(text: string): void {
    if (!this.#isDrawing) this.#cursor.print(this.#graphics[this.#charset] ? drawn(text) : text);
  }

  control(code: number): void {
    if (code === 0x0e) this.#charset = 1;
    else if (code === 0x0f) this.#charset = 0;
    else if (!this.#isDrawing) CONTROLS.get(code)?.(this.#cursor);
  }

  escape(sequence: string): void {
    if (sequence === "c") this.#reset();
    else if (sequence.startsWith("(")) this.#graphics[0] = sequence === "(0";
    else if (sequence.startsWith(")")) this.#graphics[1] = sequence === ")0";
    else if (!this.#isDrawing) ESCAPES.get(sequence)?.(this.#cursor);
  }

  csi(parameters: string, final: string): void {
    if (parameters.startsWith("?") && (final === "h" || final === "l")) {
      this.#setModes(parameters.slice(1).split(";"), final);
    } else if (parameters === "!" && final === "p") this.#cursorKeys = "normal";
    else if (!this.#isDrawing && /^[\d;:]*$/.test(parameters)) {
      this.#act(parameters.split(";").map(toNumber), final);
    }
  }

  #act(numbers: readonly number[], final: string): void {
    const first = numbers[0]!;
    const count = Math.max(1, first);
    if (final === "H" || final === "f") {
      if (this.#cursorKeys === "application") this.#cursorKeys = "addressing";
      else this.#cursor.address(count - 1, Math.max(1, numbers[1] ?? 1) - 1);
    } else if (final === "J") this.#cursor.eraseDisplay(first);
    else if (final === "K") this.#cursor.eraseLine(first);
    else if (first === 4 && final === "h") this.#cursor.writing = "insert";
    else if (first === 4 && final === "l") this.#cursor.writing = "replace";
    else CURSOR_FUNCTIONS.get(final)?.(this.#cursor, count);
  }

  #setModes(modes: readonly string[], final: "h" | "l"): void {
    for (const mode of modes) {
      if (ALTERNATE_SCREEN.includes(mode)) this.#alternate = final === "h";
      else if (mode === "1") {
        this.#cursorKeys = final === "l" ? "normal" : TAKEN_KEYS[this.#cursorKeys];
      } else if (mode === "1048" && !this.#isDrawing) {
        if (final === "h") this.#cursor.save();
        else this.#cursor.restore();
      }
    }
  }

  #reset(): void {
    this.#alternate = false;
    this.#cursorKeys = "normal";
    this.#graphics = [false, false];
    this.#charset = 0;
    this.#cursor.reset();
  }
}

function toNumber(parameter: string): number {
  return Math.min(parseInt(parameter) || 0, PARAMETER_LIMIT);
}

function drawn(text: string): string {
  return text.replace(/[`-~]/g, (each) => GRAPHICS[each.charCodeAt(0) - GRAPHICS_FROM]!);
}
