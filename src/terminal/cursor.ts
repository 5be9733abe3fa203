import { textWidth } from "./cell_width.ts";
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

/** The lines that printed characters go to. */
type Place =
  | { readonly kind: "text" }
  /** The cursor was sent to a row of a screen whose rows are not known; nothing came of it yet. */
  | { readonly kind: "addressed"; readonly row: number; readonly column: number }
  /** A status line beside the text: what is drawn there goes with it. */
  | { readonly kind: "aside" };

/** The column behind the last character of a row that was never rewritten. */
const END = -1;
const TAB_STOP = 8;

/**
 * Moves over the rows of a {@link RowWindow} as a terminal's cursor does, and writes there.
 *
 * Which row of our text the screen's first row is, is known only once the screen was cleared. Until
 * then an absolute address starts a new screen below the text, or, after DECSC, leads aside: status
 * bars save the cursor, draw and restore it. Rows and columns in parameters are zero-based.
 */
export class Cursor {
  /** IRM: whether printing moves what stands behind the cursor. */
  writing: "replace" | "insert" = "replace";
  readonly #window: RowWindow;
  readonly #columns: number;
  readonly #rows: number;
  #column = END;
  #place: Place = { kind: "text" };
  #saved: Position | undefined;
  #savedIsOpen = false;
  /** Number of the screen's first row, where known. */
  #origin: number | undefined;

  constructor(window: RowWindow, options: CursorOptions) {
    this.#window = window;
    this.#columns = options.columns;
    this.#rows = options.rows;
  }

  /** Printed text goes behind the last character of the only open row. */
  get isAppending(): boolean {
    return this.#column === END && this.#place.kind === "text" && this.#window.isSingle;
  }

  /** Writes graphic characters. */
  print(text: string): void {
    if (!this.#enterText()) return;
    const row = this.#window.row;
    if (this.#column === END) row.append(text);
    else {
      if (this.writing === "insert") {
        row.insert(this.#column, textWidth(text, row.cellBefore(this.#column)));
      }
      this.#column = row.put(this.#column, text);
    }
    this.#shorten();
  }

  /** Writes a horizontal tab. */
  tab(): void {
    if (!this.#enterText()) return;
    if (this.#column === END) this.#window.row.append("\t");
    else this.#column = this.#window.row.tab(this.#column);
    this.#shorten();
  }

  /** REP: writes the character before the cursor again. */
  repeat(count: number): void {
    const cell = this.#window.row.cellBefore(this.#at());
    if (cell !== undefined && cell !== "\t") this.print(cell.repeat(this.#atMostARow(count)));
  }

  /** To the start of the row below, which is made at the bottom. */
  newline(): void {
    if (this.#place.kind === "text") {
      this.#window.newline();
      this.toColumn(0);
    } else {
      this.#place = { kind: "text" };
      this.#startRow();
    }
  }

  /** IND: down one row in the same column; at the bottom a new row. */
  index(): void {
    const column = this.#at();
    this.newline();
    this.toColumn(column);
  }

  /** RI: up one row; at a known screen's top the rows go down. */
  reverseIndex(): void {
    if (this.#place.kind === "text" && this.#screenTop() === this.#window.number) {
      this.insertRows(1);
    } else this.up(1);
  }

  /** CUU; stops at the top of what can be reached. */
  up(count: number): void {
    const place = this.#place;
    if (place.kind === "addressed") {
      this.#place = { ...place, row: Math.max(0, place.row - count) };
    } else if (place.kind === "text") {
      const column = this.#at();
      const top = this.#screenTop() ?? -Infinity;
      // DECRC can lead above the screen.
      this.#window.up(Math.max(0, Math.min(count, this.#window.number - top)));
      this.toColumn(column);
    }
  }

  /** CUD; stops at the last row. */
  down(count: number): void {
    const place = this.#place;
    if (place.kind === "addressed") {
      this.#place = { ...place, row: Math.min(this.#rows - 1, place.row + count) };
    } else if (place.kind === "text") {
      const column = this.#at();
      this.#window.down(count);
      this.toColumn(column);
    }
  }

  /** CUF; stops at the margin. */
  forward(count: number): void {
    this.toColumn(this.#at() + count);
  }

  /** CUB; stops at the first column. */
  back(count: number): void {
    this.toColumn(Math.max(0, this.#at() - count));
  }

  /** CHT, or CBT where `count` is negative. */
  toTabStop(count: number): void {
    const stop = count > 0
      ? Math.floor(this.#at() / TAB_STOP) + count
      : Math.ceil(this.#at() / TAB_STOP) + count;
    this.toColumn(Math.max(0, stop * TAB_STOP));
  }

  /** CHA; right of the margin only where text already is. */
  toColumn(column: number): void {
    const margin = this.#columns - 1;
    if (this.#place.kind === "addressed") {
      this.#place = { ...this.#place, column: Math.min(column, margin) };
    } else if (this.#place.kind === "text") {
      const row = this.#window.row;
      const limited = column <= margin ? column : Math.min(column, Math.max(margin, row.width));
      this.#column = limited === 0 && row.isUntouched ? END : limited;
    }
  }

  /** VPA. */
  toRow(row: number): void {
    this.address(row, this.#at());
  }

  /** CUP. */
  address(row: number, column: number): void {
    if (this.#place.kind === "aside") return;
    const screenRow = Math.min(row, this.#rows - 1);
    const top = this.#screenTop();
    if (top === undefined) this.#place = { kind: "addressed", row: screenRow, column: 0 };
    else this.#goToRow(top + screenRow);
    this.toColumn(column);
  }

  /** DECSC. */
  save(): void {
    if (this.#place.kind !== "text") return;
    this.#saved = { row: this.#window.number, column: this.#at() };
    this.#savedIsOpen = true;
  }

  /** DECRC. */
  restore(): void {
    if (this.#saved === undefined) return;
    this.#place = { kind: "text" };
    this.#savedIsOpen = false;
    this.#goToRow(Math.min(this.#saved.row, this.#window.number + this.#window.rowsBelow));
    this.toColumn(this.#saved.column);
  }

  /** RIS: a new screen, and nothing remembered. */
  reset(): void {
    this.writing = "replace";
    this.#saved = undefined;
    this.#savedIsOpen = false;
    this.#clear();
    this.toColumn(0);
  }

  /** EL: 0 to the right, 1 to the left, 2 all. */
  eraseLine(selector: number): void {
    if (!this.#enterText()) return;
    const column = this.#at();
    const row = this.#window.row;
    if (selector === 0) row.eraseRight(column);
    else if (selector === 1) row.erase(0, column + 1);
    else if (selector === 2) row.eraseRight(0);
    this.toColumn(column);
  }

  /** ED: 0 below, 1 above, 2 all; from the screen's first cell 0 means all too. */
  eraseDisplay(selector: number): void {
    if (selector === 2 || (selector === 0 && this.#isAtHome())) return this.#clear();
    if (selector > 1 || !this.#enterText()) return;
    if (selector === 0) this.#window.eraseBelow();
    else if (this.#origin === undefined) return;
    else this.#window.eraseAbove(this.#origin);
    this.eraseLine(selector);
  }

  /** DCH. */
  deleteCells(count: number): void {
    if (this.#enterText()) this.#edit((column) => this.#window.row.delete(column, count));
  }

  /** ECH. */
  eraseCells(count: number): void {
    if (this.#enterText()) this.#edit((column) => this.#window.row.erase(column, count));
  }

  /** ICH. */
  insertCells(count: number): void {
    const cells = this.#atMostARow(count);
    if (this.#enterText()) this.#edit((column) => this.#window.row.insert(column, cells));
  }

  /** IL; what stood below moves down. */
  insertRows(count: number): void {
    if (!this.#enterText()) return;
    this.#window.insertRows(count);
    this.toColumn(0);
  }

  /** DL; what stands below moves up. */
  deleteRows(count: number): void {
    if (!this.#enterText()) return;
    this.#window.deleteRows(count);
    this.toColumn(0);
  }

  #edit(change: (column: number) => void): void {
    const column = this.#at();
    change(column);
    this.toColumn(column);
  }

  /** The old screen stays as text; the new one begins on an empty row below. */
  #clear(): void {
    const column = this.#at();
    this.#place = { kind: "text" };
    this.#startRow();
    this.#origin = this.#window.number;
    this.toColumn(column);
  }

  #startRow(): void {
    this.#window.toLastRow();
    if (this.#window.row.text !== "") this.#window.newline();
    this.toColumn(0);
  }

  #isAtHome(): boolean {
    const place = this.#place;
    if (place.kind === "addressed") return place.row === 0 && place.column === 0;
    return place.kind === "text" && this.#window.number === this.#origin && this.#at() === 0;
  }

  /** Settles where the next character goes; false where it is not part of the text. */
  #enterText(): boolean {
    const place = this.#place;
    if (place.kind !== "addressed") return place.kind === "text";
    this.#place = { kind: this.#savedIsOpen ? "aside" : "text" };
    if (this.#savedIsOpen) return false;
    this.#startRow();
    // The last row is where a screen full of earlier output ends: only others need a new screen.
    if (place.row < this.#rows - 1) {
      this.#origin = this.#window.number;
      this.#goToRow(this.#origin + place.row);
    }
    this.toColumn(place.column);
    return true;
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
    if (distance < 0) return this.#window.up(-distance);
    this.#window.down(distance);
    while (this.#window.number < number) this.#window.newline();
  }

  #shorten(): void {
    const gone = this.#window.shorten();
    if (this.#column !== END) this.#column -= gone;
  }

  #at(): number {
    if (this.#place.kind === "addressed") return this.#place.column;
    return this.#column === END ? this.#window.row.width : this.#column;
  }

  #atMostARow(count: number): number {
    return Math.min(count, this.#columns);
  }
}
