import { EscapeParser } from "../../terminal/escape_parser.ts";
import { TextRow } from "../../terminal/text_row.ts";

/** A row that is finished, or that the cursor stands on. */
export interface ModelLine {
  readonly text: string;
  /** "\n", or "" for the head of an overlong line. */
  readonly end: "\n" | "";
  /** Only a pager's words stood here; no text of the output. */
  readonly dropped: boolean;
}

interface Row {
  cells: TextRow;
  end: "\n" | "";
  dropped: boolean;
}

/** A pager that is being wiped: its words are wiped by going back, over, and back again. */
interface Wiping {
  readonly row: number;
  readonly column: number;
  /** Times that the cursor began to go back. */
  returns: number;
  isGoingBack: boolean;
  /** Cells covered with spaces. */
  wiped: number;
}

/** Rows that {@link LineModel.visibleRows} shows. */
const HISTORY_ROWS = 50;

/**
 * The rows a network device prints, as its line editor and pager leave them (ECMA-48).
 *
 * Rows never wrap. Absolute addresses mean the last row: a device's own screen ends there, and
 * what stands above it was output. Rows are numbered from the first one there ever was.
 *
 * It is not the model of Unix shells (`PlainText`), which knows no pager: of the 592 paged
 * outputs of the replay corpus that one returns 524 to the character, this one all.
 */
export class LineModel {
  readonly #columns: number;
  readonly #screenRows: number;
  readonly #parser: EscapeParser;
  #rows: Row[] = [newRow()];
  /** The last rows that were released. */
  #history: string[] = [];
  #before = 0;
  #y = 0;
  /** Undefined: behind the last cell of a row that was only appended to. */
  #x: number | undefined;
  #addressed: { row?: number; column?: number } = {};
  /** The largest row that was ever addressed: the device's own screen ends there. */
  #lowestAddress = 0;
  #saved = 0;
  #wiping: Wiping | undefined;
  #falsePagers = 0;
  #replies = "";

  /** The pty's size; what the far end asks for is answered with it. */
  constructor(size: { readonly columns: number; readonly rows: number }) {
    this.#columns = size.columns;
    this.#screenRows = size.rows;
    this.#parser = new EscapeParser({
      print: (text) => this.#print(text),
      control: (code) => this.#control(code),
      escape: (sequence) => this.#escape(sequence),
      csi: (parameters, final) => this.#csi(parameters, final),
    });
  }

  /** Takes output, not ending inside a surrogate pair; returns what a terminal would answer. */
  feed(text: string): string {
    this.#parser.feed(text);
    const replies = this.#replies;
    this.#replies = "";
    return replies;
  }

  /** The row the cursor stands on. */
  get cursorRow(): number {
    return this.#before + this.#y;
  }

  /** The first row that was not released. */
  get firstRow(): number {
    return this.#before;
  }

  /** Text of the cursor's row; blanks behind the cursor, which pad it to the width, are left out. */
  get cursorLine(): string {
    const { text } = this.#row.cells;
    if (this.#x === undefined || this.#x >= text.length || this.#x === 0) return text;
    return text.trimEnd().length > this.#x ? text : text.slice(0, this.#x);
  }

  /** Nothing but blanks follows the cursor. */
  get cursorIsLast(): boolean {
    return this.#y === this.#rows.length - 1 &&
      (this.#x === undefined || this.#x >= this.#row.cells.text.trimEnd().length);
  }

  /** Zero-based column of the cursor. */
  get cursorColumn(): number {
    return this.#column;
  }

  /** A dropped pager's words are not wiped yet. */
  get isWiping(): boolean {
    return this.#wiping !== undefined;
  }

  /** Dropped pagers behind which text went on, so that they were none. */
  get falsePagers(): number {
    return this.#falsePagers;
  }

  /** A row from {@link firstRow} to {@link cursorRow}. */
  line(number: number): ModelLine {
    const { cells, end, dropped } = this.#rows[number - this.#before]!;
    return { text: cells.text, end, dropped };
  }

  /** Forgets the rows before `number`. */
  release(number: number): void {
    const count = Math.min(number - this.#before, this.#y);
    if (count <= 0) return;
    const gone = this.#rows.splice(0, count).slice(-HISTORY_ROWS);
    this.#history.push(...gone.filter(({ dropped }) => !dropped).map(({ cells }) => cells.text));
    this.#history = this.#history.slice(-HISTORY_ROWS);
    this.#before += count;
    this.#y -= count;
  }

  /** The last rows, released ones too, down to the cursor's. */
  get visibleRows(): readonly string[] {
    const rows = this.#rows.filter(({ dropped }) => !dropped).map(({ cells }) => cells.text);
    return [...this.#history, ...rows].slice(-HISTORY_ROWS);
  }

  /**
   * The last `length` cells of the cursor's row are a pager's words, now answered.
   *
   * Devices take them away by backspaces, CR or cursor motions and spaces, before the next line is
   * written in their place; some wipe more cells than they wrote, some wipe nothing.
   */
  dropPager(length: number): void {
    const column = Math.max(0, this.#column - length);
    this.#wiping = { row: this.cursorRow, column, returns: 0, isGoingBack: false, wiped: 0 };
  }

  get #row(): Row {
    return this.#rows[this.#y]!;
  }

  get #column(): number {
    return this.#x ?? this.#row.cells.width;
  }

  #print(text: string): void {
    this.#addressed = {};
    const rest = this.#wiping === undefined ? text : this.#wipe(text);
    if (rest === "") return;
    const { cells } = this.#row;
    if (this.#x === undefined) cells.append(rest);
    else this.#x = cells.put(this.#x, rest);
    this.#cutOverlong();
  }

  /** Spaces between the first and the second return wipe; anything else is the next text. */
  #wipe(text: string): string {
    const wiping = this.#wiping!;
    if (wiping.returns === 0) {
      // Its last blank may come late.
      if (text.trim() === "" && text.length <= 2) return text;
      // Text goes on straight behind it: the line was no pager, only cut where it looked like one.
      this.#wiping = undefined;
      this.#falsePagers++;
      return text;
    }
    const rest = text.replace(/^ +/, "");
    const column = this.#column + text.length - rest.length;
    wiping.wiped += text.length - rest.length;
    wiping.isGoingBack = false;
    if (rest !== "") this.#endWiping();
    this.#moveTo(column);
    return rest;
  }

  #endWiping(how: "newline" | "text" = "text"): void {
    const wiping = this.#wiping;
    this.#wiping = undefined;
    if (wiping === undefined) return;
    const row = this.#rows[wiping.row - this.#before];
    if (row === undefined) return;
    row.cells.eraseRight(wiping.column);
    const stands = wiping.returns < 2 && wiping.wiped === 0;
    if (how === "newline" && stands && wiping.column === 0) row.dropped = true;
  }

  /** A row without end must not grow without bound: its head becomes a row of its own. */
  #cutOverlong(): void {
    const { cells } = this.#row;
    for (let head = cells.takeHead(); head !== undefined; head = cells.takeHead()) {
      this.#rows.splice(this.#y, 0, { cells: new TextRow(head.text), end: "", dropped: false });
      this.#y++;
      if (this.#x !== undefined) this.#x = Math.max(0, this.#x - head.cells);
    }
  }

  #control(code: number): void {
    switch (code) {
      case 0x08:
        return this.#moveTo(this.#column - 1);
      case 0x09:
        return this.#tab();
      case 0x0a:
      case 0x0b:
      case 0x0c:
      case 0x85:
        return this.#newline();
      case 0x0d:
        delete this.#addressed.column;
        return this.#moveTo(0);
    }
  }

  #tab(): void {
    if (this.#x === undefined) this.#row.cells.append("\t");
    else this.#x = this.#row.cells.tab(this.#x);
  }

  #newline(): void {
    this.#addressed = {};
    this.#endWiping("newline");
    this.#y++;
    this.#x = undefined;
    if (this.#y === this.#rows.length) this.#rows.push(newRow());
    else this.#x = 0;
  }

  #moveTo(column: number): void {
    const target = Math.min(Math.max(0, column), this.#columns * 256);
    const from = this.#column;
    this.#x = target === 0 && this.#row.cells.isUntouched ? undefined : target;
    const wiping = this.#wiping;
    if (wiping === undefined || target >= from) return;
    // IOS goes back one cell less than it wrote, the first time.
    if (!wiping.isGoingBack) wiping.returns++;
    wiping.isGoingBack = true;
    if (wiping.returns < 2 || target > wiping.column) return;
    this.#endWiping();
    if (this.#row.cells.isUntouched) this.#x = undefined;
  }

  #escape(sequence: string): void {
    if (sequence === "E" || sequence === "D") this.#newline();
    else if (sequence === "M") this.#up(1);
    else if (sequence === "Z") this.#replies += "\x1b[?1;2c";
    else if (sequence === "7") this.#saved = this.#column;
    else if (sequence === "8") this.#moveTo(this.#saved);
    else if (sequence === "c") this.#clear();
  }

  #csi(parameters: string, final: string): void {
    if (/[<=>?!]/.test(parameters)) {
      if (final === "c" && parameters === ">") this.#replies += "\x1b[>0;10;0c";
      return;
    }
    const numbers = parameters.split(";").map((word) => Number.parseInt(word, 10) || 0);
    this.#motion(final, numbers);
    this.#erasure(final, numbers[0]!);
    this.#query(final, numbers[0]!);
  }

  #motion(final: string, numbers: readonly number[]): void {
    const first = numbers[0]!;
    const count = Math.max(1, first);
    if (final === "A" || final === "F") this.#up(count);
    else if (final === "B" || final === "e" || final === "E") this.#down(count);
    else if (final === "C" || final === "a") this.#right(count);
    else if (final === "D") this.#moveTo(this.#column - count);
    else if (final === "G" || final === "`") this.#address({ column: count });
    else if (final === "d") this.#address({ row: count });
    else if (final === "H" || final === "f") {
      this.#address({ row: count, column: Math.max(1, numbers[1] ?? 1) });
    } else if (final === "s") this.#saved = this.#column;
    else if (final === "u") this.#moveTo(this.#saved);
    if (final === "E" || final === "F") this.#moveTo(0);
  }

  #erasure(final: string, mode: number): void {
    // Behind the last cell there is nothing to erase; rows that are only appended to stay cheap.
    if (final === "K" && mode === 0 && this.#x === undefined && !this.#row.cells.isUntouched) {
      return;
    }
    const { cells } = this.#row;
    const column = this.#column;
    if (final === "K") this.#eraseLine(mode);
    else if (final === "J") this.#eraseScreen(mode);
    else if (final === "P") cells.delete(column, Math.max(1, mode));
    else if (final === "@") cells.insert(column, Math.max(1, mode));
    else if (final === "X") cells.erase(column, Math.max(1, mode));
    else if (final === "M") return this.#deleteRows(Math.max(1, mode));
    else return;
    // Only a row that was erased whole can be appended to again.
    this.#x = column === 0 && this.#row.cells.isUntouched ? undefined : column;
  }

  #query(final: string, mode: number): void {
    if (final === "c" && mode === 0) this.#replies += "\x1b[?1;2c";
    else if (final === "n" && mode === 5) this.#replies += "\x1b[0n";
    else if (final === "n" && mode === 6) {
      const top = Math.max(0, this.#rows.length + this.#before - this.#screenRows);
      const row = this.#addressed.row ?? Math.min(this.#screenRows, this.cursorRow - top + 1);
      const column = this.#addressed.column ?? Math.min(this.#columns, this.#column + 1);
      this.#replies += `\x1b[${row};${column}R`;
    }
  }

  #address(place: { readonly row?: number; readonly column?: number }): void {
    const { row, column } = place;
    if (row !== undefined) {
      this.#y = this.#rows.length - 1;
      this.#addressed.row = Math.min(row, this.#screenRows);
      this.#lowestAddress = Math.max(this.#lowestAddress, this.#addressed.row);
    }
    if (column === undefined) return;
    this.#addressed.column = Math.min(column, this.#columns);
    this.#moveTo(Math.min(column, this.#columns) - 1);
  }

  #up(count: number): void {
    const column = this.#column;
    this.#y = Math.max(0, this.#y - count);
    this.#moveTo(column);
  }

  #down(count: number): void {
    const column = this.#column;
    this.#y = Math.min(this.#rows.length - 1, this.#y + count);
    this.#addressed.row = Math.min(this.#screenRows, (this.#addressed.row ?? this.#y + 1) + count);
    this.#moveTo(column);
  }

  #right(count: number): void {
    this.#addressed.column = Math.min(this.#columns, this.#column + 1 + count);
    this.#moveTo(Math.min(this.#columns - 1, this.#column + count));
  }

  #eraseLine(mode: number): void {
    const { cells } = this.#row;
    const whole = mode === 2 || this.#column === 0;
    if (whole && mode !== 1) {
      if (this.#wiping !== undefined) this.#wiping.returns++;
      this.#endWiping();
    }
    if (mode === 2) cells.eraseRight(0);
    else if (mode === 1) cells.erase(0, this.#column + 1);
    else cells.eraseRight(this.#column);
  }

  #eraseScreen(mode: number): void {
    if (mode === 0) {
      this.#eraseLine(0);
      this.#rows.length = this.#y + 1;
    } else if (mode === 1) this.#eraseLine(1);
    else this.#clear();
  }

  /**
   * DL at the top of the device's own screen moves its rows up, as ProCurve does in place of a line
   * feed; IL at the bottom then finds an empty row there.
   */
  #deleteRows(count: number): void {
    const { row } = this.#addressed;
    if (row === undefined || row >= this.#lowestAddress) return;
    for (let each = 0; each < Math.min(count, this.#lowestAddress); each++) this.#newline();
  }

  /** A cleared screen is a fresh one below what was printed. */
  #clear(): void {
    this.#y = this.#rows.length - 1;
    if (!this.#row.cells.isUntouched) this.#newline();
  }
}

function newRow(): Row {
  return { cells: new TextRow(), end: "\n", dropped: false };
}
