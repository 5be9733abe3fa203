import { cellWidth, joinsCellBefore } from "./cell_width.ts";

/** Cells of one row; what is more must be taken off its head or cut off its end. */
export const ROW_LIMIT = 16_384;

/** How much {@link TextRow.takeHead} takes; what stays can still be rewritten. */
const HEAD = ROW_LIMIT / 2;
/** Combining marks without end must not grow one cell without bound. */
const CELL_LIMIT_UNITS = 64;
const TAB_STOP = 8;
/** A cell that was erased or never written: a space to the eye, nothing at the row's end. */
const BLANK = "\0";

/**
 * One row of a terminal that is as wide as it needs to be.
 *
 * As long as text is only appended it is kept as one string; the first rewrite makes cells of it: a
 * wide character or a tab fills its first cell and leaves "" in the others.
 */
export class TextRow {
  #text = "";
  #cells: string[] | undefined;
  /** The cells as text, while nothing but appending happens to them: the text is asked for often. */
  #shown: string | undefined;
  /** The row's beginning was handed out by {@link takeHead}. */
  headTaken = false;

  /** Starts with text, or with the `record` of another row. */
  constructor(record = "") {
    if (record.includes(BLANK)) this.#appendCells(this.#cells = [], record);
    else this.#text = record;
  }

  /** Another row can be made of this: the text, with what tells its blanks apart. */
  get record(): string {
    return this.#cells === undefined ? this.#text : this.#cells.join("");
  }

  /** The row as plain text: blanks within are spaces, erased ones at the end are gone. */
  get text(): string {
    if (this.#cells === undefined) return this.#text;
    this.#shown ??= textOf(this.#cells);
    return this.#shown;
  }

  /** Nothing was written, or all of it was taken away again. */
  get isUntouched(): boolean {
    return this.#cells === undefined && this.#text === "";
  }

  /** Cells in use; the first call measures the text. */
  get width(): number {
    return this.isUntouched ? 0 : this.#measured().length;
  }

  /** Adds to the row's end; tabs are understood. */
  append(text: string): void {
    if (this.#cells === undefined) this.#text += text;
    else this.#appendCells(this.#cells, text);
  }

  /** Writes over what stands at `column`; returns the column behind. */
  put(column: number, text: string): number {
    const cells = this.#measured();
    const shown = this.#shownBefore(cells, column);
    for (const character of text) {
      if (this.#join(column, character)) continue;
      const width = cellWidth(character);
      this.#set(cells, column, character, width);
      column += width;
    }
    this.#shown = shown === undefined ? undefined : shown + text;
    return column;
  }

  /** A horizontal tab: kept as it is at the row's end, a mere motion inside; returns the column. */
  tab(column: number): number {
    const cells = this.#measured();
    const stop = column - column % TAB_STOP + TAB_STOP;
    if (column === cells.length) {
      const shown = this.#shownBefore(cells, column);
      this.#shown = shown === undefined ? undefined : shown + "\t";
      cells.push("\t");
      while (cells.length < stop) cells.push("");
    }
    return stop;
  }

  /** Erases `column` and all behind it. */
  eraseRight(column: number): void {
    if (column === 0) {
      this.#text = "";
      this.#cells = this.#shown = undefined;
      return;
    }
    const cells = this.#changing();
    if (column >= cells.length) return;
    this.#splitSpan(cells, column);
    cells.length = column;
  }

  /** Erases `count` cells from `column` on, without moving what stands behind them. */
  erase(column: number, count: number): void {
    const cells = this.#changing();
    const end = Math.min(cells.length, column + count);
    for (let index = column; index < end; index++) {
      this.#breakSpan(cells, index);
      cells[index] = BLANK;
    }
  }

  /** Inserts `count` blank cells at `column`. */
  insert(column: number, count: number): void {
    const cells = this.#changing();
    if (column >= cells.length) return;
    this.#splitSpan(cells, column);
    this.#fixTabs(cells, column);
    const room = Math.max(0, Math.min(count, ROW_LIMIT - cells.length));
    cells.splice(column, 0, ...new Array<string>(room).fill(BLANK));
  }

  /** Deletes `count` cells at `column`; what stands behind moves left. */
  delete(column: number, count: number): void {
    const cells = this.#changing();
    if (column >= cells.length) return;
    this.#splitSpan(cells, column);
    this.#splitSpan(cells, column + count);
    this.#fixTabs(cells, column);
    cells.splice(column, count);
  }

  /** The text of the cell left of `column`, or undefined. */
  cellBefore(column: number): string | undefined {
    const lead = this.#lead(this.#measured(), column - 1);
    const cell = this.#measured()[lead];
    return cell === BLANK ? " " : cell;
  }

  /**
   * Takes the oldest half off a row that has reached {@link ROW_LIMIT}, for good.
   *
   * Returns its text and cells, or undefined while the row is short enough. Where it is cut depends
   * on what the row holds alone, not on when this is asked.
   */
  takeHead(): { readonly text: string; readonly cells: number } | undefined {
    return this.#cells === undefined ? this.#takeTextHead() : this.#takeCellHead(this.#cells);
  }

  /** Cuts a row off at {@link ROW_LIMIT}; returns the cells that are gone. */
  truncate(): number {
    this.#shown = undefined;
    const length = this.#cells?.length ?? this.#text.length;
    if (this.#cells === undefined) this.#text = this.#text.slice(0, ROW_LIMIT);
    else this.#cells.length = Math.min(length, ROW_LIMIT);
    return Math.max(0, length - ROW_LIMIT);
  }

  #takeTextHead(): { readonly text: string; readonly cells: number } | undefined {
    if (this.#text.length < ROW_LIMIT) return undefined;
    let cut = HEAD;
    while (cut < ROW_LIMIT - 1 && !startsCell(this.#text, cut)) cut++;
    const text = this.#text.slice(0, cut);
    this.#text = this.#text.slice(cut);
    this.headTaken = true;
    return { text, cells: cut };
  }

  #takeCellHead(cells: string[]): { readonly text: string; readonly cells: number } | undefined {
    if (cells.length < ROW_LIMIT) return undefined;
    let cut = HEAD;
    while (cells[cut] === "") cut++;
    this.#shown = undefined;
    const text = cells.splice(0, cut).join("").replaceAll(BLANK, " ");
    this.headTaken = true;
    return { text, cells: cut };
  }

  #measured(): string[] {
    if (this.#cells === undefined) {
      this.#cells = [];
      const text = this.#text;
      this.#text = "";
      this.#appendCells(this.#cells, text);
    }
    return this.#cells;
  }

  #changing(): string[] {
    this.#shown = undefined;
    return this.#measured();
  }

  /** The text that is about to grow at its end, if it is known and ends where the cells do. */
  #shownBefore(cells: readonly string[], column: number): string | undefined {
    return column === cells.length && cells.at(-1) !== BLANK ? this.#shown : undefined;
  }

  #appendCells(cells: readonly string[], text: string): void {
    for (const [index, part] of text.split("\t").entries()) {
      if (index > 0) this.tab(cells.length);
      this.put(cells.length, part);
    }
  }

  #join(column: number, character: string): boolean {
    if (character < "\u0300" || column === 0 || column > this.#cells!.length) return false;
    const lead = this.#lead(this.#cells!, column - 1);
    const before = this.#cells![lead]!;
    if (before === "\t" || before === BLANK || before.length >= CELL_LIMIT_UNITS) return false;
    if (!joinsCellBefore(character, before)) return false;
    this.#cells![lead] = before + character;
    return true;
  }

  #set(cells: string[], column: number, character: string, width: 1 | 2): void {
    const overwrites = column < cells.length;
    while (cells.length < column) cells.push(BLANK);
    for (let index = column; index < column + width; index++) this.#breakSpan(cells, index);
    // Programs wipe with spaces: what they wipe must not come back as blanks at the line's end.
    cells[column] = overwrites && character === " " ? BLANK : character;
    if (width === 2) cells[column + 1] = "";
  }

  /** Makes blanks of a wide character or tab that covers `index`, for a part of it goes. */
  #breakSpan(cells: string[], index: number): void {
    if (index >= cells.length || (cells[index] !== "" && cells[index + 1] !== "")) return;
    let at = this.#lead(cells, index);
    do cells[at++] = BLANK; while (cells[at] === "");
  }

  /** Does so where a border before `index` would cut one. */
  #splitSpan(cells: string[], index: number): void {
    if (cells[index] === "") this.#breakSpan(cells, index);
  }

  /** Makes blanks of the tabs behind `index`: moved, they would reach another column. */
  #fixTabs(cells: string[], index: number): void {
    for (let at = cells.indexOf("\t", index); at >= 0; at = cells.indexOf("\t", at)) {
      this.#breakSpan(cells, at);
      if (cells[at] === "\t") cells[at] = BLANK;
    }
  }

  #lead(cells: readonly string[], index: number): number {
    while (index > 0 && cells[index] === "") index--;
    return index;
  }
}

function textOf(cells: readonly string[]): string {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === BLANK) end--;
  return cells.slice(0, end).join("").replaceAll(BLANK, " ");
}

function startsCell(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0x300) return true;
  if (unit >= 0xdc00 && unit <= 0xdfff) return false;
  const character = String.fromCodePoint(text.codePointAt(index)!);
  return !joinsCellBefore(character, text.slice(Math.max(0, index - 2), index));
}
