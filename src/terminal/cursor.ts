import type { EscapeHandler } from "./escape_parser.ts";
import type { RowWindow } from "./row_window.ts";

/** Options of {@link Cursor}. */
export interface CursorOptions {
  readonly columns: number;
  readonly rows: number;
}

interface Position {
  /** As {@link RowWindow.number} counts. */
  readonly row: number;
  readonly column: number;
}

/** What lines the printed characters go to. */
type Place =
  | { readonly kind: "text" }
  /** The cursor was sent to a row of a screen whose rows are not known; nothing came of it yet. */
  | { readonly kind: "addressed"; readonly row: number; readonly column: number }
  /** A status line beside the text: what is drawn there goes with it. */
  | { readonly kind: "aside" };

/** The column behind the last character of a row that was never rewritten. */
const END = -1;
const TAB_STOP = 8;
const GRAPHICS_FROM = 0x60;
/** DEC special graphics, 0x60–0x7e (VT100 user guide, table 3-9). */
const GRAPHICS = [..."◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"];

/**
 * Moves over the rows of a {@link RowWindow} as a terminal's cursor does, and writes there.
 *
 * Which row of our text the screen's first row is, is known only once the screen was cleared. Until
 * then an absolute address starts a new screen below the text, or, after DECSC, leads aside: status
 * bars save the cursor, draw and restore it.
 */
export class Cursor implements EscapeHandler {
  readonly #window: RowWindow;
  readonly #columns: number;
  readonly #rows: number;
  #column = END;
  #place: Place = { kind: "text" };
  #saved: Position | undefined;
  #savedIsOpen = false;
  /** Number of the screen's first row, where known. */
  #origin: number | undefined;
  #alternate = false;
  #inserts = false;
  #graphics: [boolean, boolean] = [false, false];
  #charset: 0 | 1 = 0;

  constructor(window: RowWindow, options: CursorOptions) {
    this.#window = window;
    this.#columns = options.columns;
    this.#rows = options.rows;
  }

  /** Printed text goes unchanged behind the last character of the only open row. */
  get isAppending(): boolean {
    return this.#column === END && this.#place.kind === "text" && !this.#alternate &&
      this.#window.isSingle && !this.#graphics[this.#charset];
  }

  print(text: string): void {
    if (!this.#enterText()) return;
    const shown = this.#graphics[this.#charset] ? drawn(text) : text;
    if (this.#column === END) this.#window.row.append(shown);
    else {
      if (this.#inserts) this.#window.row.insert(this.#column, shown.length);
      this.#column = this.#window.row.put(this.#column, shown);
    }
    this.#shorten();
  }

  control(code: number): void {
    if (code === 0x0e) this.#charset = 1;
    else if (code === 0x0f) this.#charset = 0;
    else if (this.#alternate) return;
    else if (code === 0x08) this.#moveTo(Math.max(0, this.#at() - 1));
    else if (code === 0x09) this.#tab();
    else if (code === 0x0a || code === 0x85) this.#newline();
    else if (code === 0x0b || code === 0x0c || code === 0x84) this.#index();
    else if (code === 0x0d) this.#moveTo(0);
    else if (code === 0x8d) this.#reverseIndex();
  }

  escape(sequence: string): void {
    if (sequence === "c") return this.#reset();
    if (sequence === "(0" || sequence === ")0") return this.#designate(sequence, "graphics");
    if (/^[()]./.test(sequence)) return this.#designate(sequence, "text");
    if (this.#alternate) return;
    if (sequence === "7") this.#save();
    else if (sequence === "8") this.#restore();
    else if (sequence === "D") this.#index();
    else if (sequence === "E") this.#newline();
    else if (sequence === "M") this.#reverseIndex();
  }

  csi(parameters: string, final: string): void {
    if (parameters.startsWith("?") && (final === "h" || final === "l")) {
      return this.#setModes(parameters.slice(1).split(";"), final);
    }
    if (this.#alternate || !/^[\d;:]*$/.test(parameters)) return;
    const numbers = parameters.split(";").map((each) => Math.min(parseInt(each) || 0, 9_999));
    this.#act(final, Math.max(1, numbers[0]!), numbers);
  }

  /** `count`: the first parameter where 0 means 1. */
  #act(final: string, count: number, numbers: readonly number[]): void {
    switch (final) {
      case "A":
        return this.#vertical(-count);
      case "B":
      case "e":
        return this.#vertical(count);
      case "C":
      case "a":
        return this.#moveTo(this.#limited(this.#at() + count));
      case "D":
      case "j":
        return this.#moveTo(Math.max(0, this.#at() - count));
      case "E":
        this.#vertical(count);
        return this.#moveTo(0);
      case "F":
        this.#vertical(-count);
        return this.#moveTo(0);
      case "G":
      case "`":
        return this.#moveTo(this.#limited(count - 1));
      case "H":
      case "f":
        return this.#address(count - 1, Math.max(1, numbers[1] ?? 1) - 1);
      case "I":
        return this.#moveTo(this.#limited(nextStop(this.#at(), count)));
      case "Z":
        return this.#moveTo(Math.max(0, nextStop(this.#at() - 1, 1 - count)));
      case "d":
        return this.#address(count - 1, this.#at());
      case "r":
        return this.#address(0, 0);
      case "s":
        return this.#save();
      case "u":
        return this.#restore();
      case "J":
        return this.#eraseDisplay(numbers[0]!);
      case "h":
      case "l":
        if (numbers[0] === 4) this.#inserts = final === "h";
        return;
    }
    if (this.#enterText()) this.#edit(final, count, numbers[0]!);
  }

  /** Functions that change the text and leave the cursor where it is. */
  #edit(final: string, count: number, selector: number): void {
    const row = this.#window.row;
    const column = this.#at();
    if (final === "K") this.#eraseLine(selector, column);
    else if (final === "P") row.delete(column, count);
    else if (final === "X") row.erase(column, count);
    else if (final === "@") row.insert(column, Math.min(count, this.#columns));
    else if (final === "L") this.#window.insertRows(count);
    else if (final === "M") this.#window.deleteRows(count);
    else if (final === "b") this.#repeat(Math.min(count, this.#columns));
    else return;
    if (final === "L" || final === "M") this.#moveTo(0);
  }

  #eraseLine(selector: number, column: number): void {
    const row = this.#window.row;
    if (selector === 0) row.eraseRight(column);
    else if (selector === 1) row.erase(0, column + 1);
    else if (selector === 2) row.eraseRight(0);
    this.#moveTo(column);
  }

  #eraseDisplay(selector: number): void {
    const home = this.#isAtHome();
    if (selector === 2 || (selector === 0 && home)) return this.#clear();
    if (selector > 1 || !this.#enterText()) return;
    if (selector === 0) {
      this.#eraseLine(0, this.#at());
      this.#window.eraseBelow();
    } else if (this.#origin !== undefined) {
      this.#window.eraseAbove(this.#origin);
      this.#eraseLine(1, this.#at());
    }
  }

  /** The old screen stays as text; the new one begins on an empty row below. */
  #clear(): void {
    const column = this.#place.kind === "addressed" ? this.#place.column : this.#at();
    this.#place = { kind: "text" };
    this.#startRow();
    this.#origin = this.#window.number;
    this.#moveTo(column);
  }

  #startRow(): void {
    this.#window.down(this.#rows);
    if (this.#window.row.text !== "") this.#window.newline();
    this.#moveTo(0);
  }

  #isAtHome(): boolean {
    const place = this.#place;
    if (place.kind === "addressed") return place.row === 0 && place.column === 0;
    return place.kind === "text" && this.#window.number === this.#origin && this.#at() === 0;
  }

  /** Settles where the next character goes; false where it is not part of the text. */
  #enterText(): boolean {
    if (this.#alternate || this.#place.kind === "aside") return false;
    if (this.#place.kind === "text") return true;
    const { row, column } = this.#place;
    if (this.#savedIsOpen) {
      this.#place = { kind: "aside" };
      return false;
    }
    this.#place = { kind: "text" };
    this.#startRow();
    if (row < this.#rows - 1) {
      this.#origin = this.#window.number;
      this.#goToRow(this.#origin + row);
    }
    this.#moveTo(column);
    return true;
  }

  #address(row: number, column: number): void {
    const target = { row: Math.min(row, this.#rows - 1), column: this.#limited(column) };
    if (this.#alternate || this.#place.kind === "aside") return;
    const origin = this.#screenTop();
    if (origin === undefined) this.#place = { kind: "addressed", ...target };
    else {
      this.#goToRow(origin + target.row);
      this.#moveTo(target.column);
    }
  }

  /** The known first row, scrolled along with what was printed since. */
  #screenTop(): number | undefined {
    if (this.#origin === undefined) return undefined;
    const bottom = this.#window.number + this.#window.rowsBelow;
    this.#origin = Math.max(this.#origin, bottom - this.#rows + 1);
    return this.#origin;
  }

  #goToRow(number: number): void {
    const distance = number - this.#window.number;
    if (distance < 0) this.#window.up(-distance);
    else {
      this.#window.down(distance);
      while (this.#window.number < number) this.#window.newline();
    }
  }

  #vertical(distance: number): void {
    const place = this.#place;
    if (place.kind === "aside") return;
    if (place.kind === "addressed") {
      return this.#address(Math.max(0, place.row + distance), place.column);
    }
    const column = this.#at();
    if (distance > 0) this.#window.down(distance);
    else this.#window.up(this.#reach(-distance));
    this.#moveTo(column);
  }

  #reach(distance: number): number {
    const top = this.#screenTop();
    return top === undefined ? distance : Math.min(distance, this.#window.number - top);
  }

  #newline(): void {
    if (this.#place.kind === "text") {
      this.#window.newline();
      this.#moveTo(0);
    } else {
      this.#place = { kind: "text" };
      this.#startRow();
    }
  }

  /** Down one row in the same column; at the bottom a new row. */
  #index(): void {
    const column = this.#at();
    this.#newline();
    this.#moveTo(column);
  }

  #reverseIndex(): void {
    if (this.#place.kind !== "text") return this.#vertical(-1);
    const column = this.#at();
    if (this.#screenTop() === this.#window.number) this.#window.insertRows(1);
    else this.#window.up(1);
    this.#moveTo(column);
  }

  #tab(): void {
    if (!this.#enterText()) return;
    if (this.#column === END) this.#window.row.append("\t");
    else this.#column = this.#window.row.tab(this.#column);
    this.#shorten();
  }

  #repeat(count: number): void {
    const cell = this.#window.row.cellBefore(this.#at());
    if (cell !== undefined && cell !== "\t") this.print(cell.repeat(count));
  }

  #shorten(): void {
    const gone = this.#window.shorten();
    if (this.#column !== END) this.#column -= gone;
  }

  #save(): void {
    if (this.#place.kind !== "text") return;
    this.#saved = { row: this.#window.number, column: this.#at() };
    this.#savedIsOpen = true;
  }

  #restore(): void {
    if (this.#saved === undefined) return;
    this.#place = { kind: "text" };
    this.#savedIsOpen = false;
    this.#goToRow(Math.min(this.#saved.row, this.#window.number + this.#window.rowsBelow));
    this.#moveTo(this.#saved.column);
  }

  #reset(): void {
    this.#alternate = false;
    this.#inserts = false;
    this.#graphics = [false, false];
    this.#charset = 0;
    this.#saved = undefined;
    this.#savedIsOpen = false;
    this.#clear();
    this.#moveTo(0);
  }

  #designate(sequence: string, set: "graphics" | "text"): void {
    this.#graphics[sequence.startsWith("(") ? 0 : 1] = set === "graphics";
  }

  #setModes(modes: readonly string[], final: "h" | "l"): void {
    for (const mode of modes) {
      if (mode === "47" || mode === "1047" || mode === "1049") this.#alternate = final === "h";
      else if (mode === "1048" && !this.#alternate) {
        if (final === "h") this.#save();
        else this.#restore();
      }
    }
  }

  #at(): number {
    if (this.#place.kind === "addressed") return this.#place.column;
    return this.#column === END ? this.#window.row.width : this.#column;
  }

  #moveTo(column: number): void {
    if (this.#place.kind === "addressed") this.#place = { ...this.#place, column };
    else if (this.#place.kind === "text") {
      this.#column = column === 0 && this.#window.row.isUntouched ? END : column;
    }
  }

  /** Moves right stop at the margin, or where text already goes beyond it. */
  #limited(column: number): number {
    const margin = this.#columns - 1;
    if (column <= margin || this.#place.kind !== "text") return Math.min(column, margin);
    return Math.min(column, Math.max(margin, this.#window.row.width));
  }
}

function nextStop(column: number, count: number): number {
  return (Math.floor(column / TAB_STOP) + count) * TAB_STOP;
}

function drawn(text: string): string {
  return text.replace(/[`-~]/g, (each) => GRAPHICS[each.charCodeAt(0) - GRAPHICS_FROM]!);
}
