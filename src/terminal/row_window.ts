import { RecentLines } from "./recent_lines.ts";
import { TextRow } from "./text_row.ts";

/** The changes of the rows since they were last taken. */
export interface TakenRows {
  /** Finished lines, each with LF; only the head of an overlong line comes without one. */
  readonly text: string;
  /** The last row, which is not finished. */
  readonly line: string;
  /** Lines handed out before that are void: they stand rewritten at the start of `text`. */
  readonly rewound: number;
}

/**
 * The rows a cursor can still reach, and what their reader knows of them.
 *
 * A line is handed out as soon as it is finished. When the cursor goes up to it and changes it, it
 * is taken back and handed out again.
 */
export class RowWindow {
  readonly #height: number;
  readonly #history: RecentLines;
  #rows: TextRow[] = [new TextRow()];
  #y = 0;
  /** Number of rows before `#rows[0]`. */
  #before = 0;
  /** Rows at the end that were erased and not entered again: the screen has them, the text not. */
  #void = 0;
  /** Lines the reader has already, standing at `#rows[0]` and on. */
  #handedOut: string[] = [];
  #text = "";
  #rewound = 0;

  constructor(height: number) {
    this.#height = height;
    this.#history = new RecentLines(height);
  }

  /** The cursor's row. */
  get row(): TextRow {
    return this.#rows[this.#y]!;
  }

  /**
   * The cursor's row, counted from the first row there ever was.
   *
   * Many lines at once may count as no more than the height: what is as far up is out of reach.
   */
  get number(): number {
    return this.#before + this.#y;
  }

  /** Rows below the cursor. */
  get rowsBelow(): number {
    return this.#rows.length - 1 - this.#y;
  }

  /** No row but the last is open: whole lines may go through {@link appendLines}. */
  get isSingle(): boolean {
    return this.#rows.length === 1 && this.#handedOut.length === 0;
  }

  /** Finishes a single row with `lines`, which end in LF, and starts the next one with `rest`. */
  appendLines(lines: string, rest: string): void {
    if (this.row.headTaken) {
      this.#history.clear();
      this.#before += 1 + this.#history.push(lines.slice(lines.indexOf("\n") + 1));
    } else this.#before += this.#history.push(this.row.record + lines);
    this.#text += this.row.text + lines;
    this.#rows[0] = new TextRow(rest);
  }

  /** Moves to the row below, which is made when there is none. */
  newline(): void {
    if (this.rowsBelow > 0) this.down(1);
    else if (this.isSingle) this.appendLines("\n", "");
    else {
      this.#rows.push(new TextRow());
      this.#y++;
      if (this.#rows.length > this.#height) this.#finishTop();
    }
  }

  /** Moves up, as far as there are rows within reach. */
  up(count: number): void {
    this.#reach(count);
    this.#y = Math.max(0, this.#y - count);
  }

  /** Moves down, no farther than the last row. */
  down(count: number): void {
    this.#y = Math.min(this.#rows.length - 1, this.#y + count);
    this.#void = Math.min(this.#void, this.rowsBelow);
  }

  /** Moves to the last row that is text. */
  toLastRow(): void {
    this.down(this.#rows.length - 1 - this.#void - this.#y);
  }

  /** Empties the rows below the cursor, which are no longer text. */
  eraseBelow(): void {
    for (let y = this.#y + 1; y < this.#rows.length; y++) this.#rows[y] = new TextRow();
    this.#void = this.rowsBelow;
  }

  /** Empties the rows above the cursor, no farther up than row `number`. */
  eraseAbove(number: number): void {
    this.#reach(this.number - number);
    for (let y = Math.max(0, number - this.#before); y < this.#y; y++) {
      this.#rows[y] = new TextRow();
    }
  }

  /** Inserts empty rows at the cursor; what the height pushes out below is lost. */
  insertRows(count: number): void {
    if (this.row.headTaken) return;
    this.#reach(this.#height);
    const added = Array.from({ length: Math.min(count, this.#height) }, () => new TextRow());
    this.#rows.splice(this.#y, 0, ...added);
    const voided = Math.min(this.#void, added.length);
    this.#void -= voided;
    this.#rows.length = Math.min(this.#rows.length - voided, this.#height);
  }

  /** Removes rows from the cursor on; as many come up empty below and are not text. */
  deleteRows(count: number): void {
    if (this.row.headTaken) return;
    const gone = this.#rows.splice(this.#y, count).length;
    for (let each = 0; each < gone; each++) this.#rows.push(new TextRow());
    this.#void = Math.min(this.#void + gone, this.rowsBelow);
  }

  /**
   * Hands out the head of the last row when it is overlong, or cuts the end off another one.
   *
   * Returns by how much the cursor moves left with that.
   */
  shorten(): number {
    if (this.rowsBelow > this.#void) return this.row.truncate();
    let cells = 0;
    for (let head = this.row.takeHead(); head !== undefined; head = this.row.takeHead()) {
      this.#keepLastOnly();
      this.#text += head.text;
      cells += head.cells;
    }
    return cells;
  }

  /** The part that the reader does not have yet. */
  take(): TakenRows {
    if (!this.isSingle) this.#handOutRows();
    const taken = {
      text: this.#text,
      line: this.#rows.at(-1 - this.#void)!.text,
      rewound: this.#rewound,
    };
    this.#text = "";
    this.#rewound = 0;
    return taken;
  }

  #keepLastOnly(): void {
    this.#rows.length -= this.#void;
    this.#void = 0;
    while (this.#rows.length > 1) this.#finishTop();
    this.#rewound += this.#handedOut.length;
    this.#handedOut = [];
    this.#history.clear();
  }

  #handOutRows(): void {
    const lines = this.#rows.slice(0, -1 - this.#void).map((row) => row.text);
    let same = 0;
    while (same < lines.length && this.#handedOut[same] === lines[same]) same++;
    this.#rewound += Math.max(0, this.#handedOut.length - same);
    for (const line of lines.slice(same)) this.#text += line + "\n";
    this.#handedOut = lines;
    if (this.rowsBelow === 0) this.#collapse();
  }

  #collapse(): void {
    for (const row of this.#rows.slice(0, -1)) this.#history.push(row.record + "\n");
    this.#before += this.#rows.length - 1;
    this.#rows = [this.row];
    this.#y = 0;
    this.#handedOut = [];
  }

  #finishTop(): void {
    const row = this.#rows.shift()!;
    const line = row.text;
    this.#y--;
    this.#before++;
    this.#history.push(row.record + "\n");
    if (this.#text === "" && this.#handedOut[0] === line) {
      this.#handedOut.shift();
      return;
    }
    this.#rewound += this.#handedOut.length;
    this.#handedOut = [];
    this.#text += line + "\n";
  }

  /** Takes rows back until `count` stand above the cursor, as far as there are. */
  #reach(count: number): void {
    while (this.#y < count && this.#rows.length < this.#height) {
      const record = this.#history.pop();
      if (record === undefined) return;
      this.#takeBack(new TextRow(record));
    }
  }

  #takeBack(row: TextRow): void {
    if (this.#text === "") this.#handedOut.unshift(row.text);
    else this.#text = this.#text.slice(0, -(row.text.length + 1));
    this.#rows.unshift(row);
    this.#y++;
    this.#before--;
  }
}
