import { RecentLines } from "./recent_lines.ts";
import { TextRow } from "./text_row.ts";

/** What became of the rows since the last time it was asked. */
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
    const all = this.row.text + lines;
    if (this.row.headTaken) {
      this.#history.clear();
      this.#before += 1 + this.#history.push(all.slice(all.indexOf("\n") + 1));
    } else this.#before += this.#history.push(all);
    this.#text += all;
    this.#rows[0] = new TextRow(rest);
  }

  /** Moves to the row below, which is made when there is none. */
  newline(): void {
    if (this.rowsBelow > 0) this.#y++;
    else if (this.isSingle) this.appendLines("\n", "");
    else {
      this.#rows.push(new TextRow());
      this.#y++;
      if (this.#rows.length > this.#height) this.#finishTop();
    }
  }

  /** Moves up, as far as there are rows within reach. */
  up(count: number): void {
    while (this.#y < count && this.#rows.length < this.#height) {
      const line = this.#history.pop();
      if (line === undefined) break;
      this.#takeBack(line);
    }
    this.#y = Math.max(0, this.#y - count);
  }

  /** Moves down, no farther than the last row. */
  down(count: number): void {
    this.#y = Math.min(this.#rows.length - 1, this.#y + count);
  }

  /** Removes the rows below the cursor. */
  eraseBelow(): void {
    this.#rows.length = this.#y + 1;
  }

  /** Empties the rows above the cursor, no farther up than row `number`. */
  eraseAbove(number: number): void {
    for (let y = Math.max(0, number - this.#before); y < this.#y; y++) {
      this.#rows[y] = new TextRow();
    }
  }

  /** Inserts empty rows at the cursor; what the height pushes out below is lost. */
  insertRows(count: number): void {
    if (this.row.headTaken) return;
    const added = Array.from({ length: Math.min(count, this.#height) }, () => new TextRow());
    this.#rows.splice(this.#y, 0, ...added);
    this.#rows.length = Math.min(this.#rows.length, this.#height);
  }

  /** Removes rows from the cursor on. */
  deleteRows(count: number): void {
    if (this.row.headTaken) return;
    this.#rows.splice(this.#y, count);
    if (this.#y === this.#rows.length) this.#rows.push(new TextRow());
  }

  /** Hands out the head of the cursor's row if it is overlong; returns the cells that went. */
  shorten(): number {
    if (this.rowsBelow > 0) return 0;
    let cells = 0;
    for (let head = this.row.takeHead(); head !== undefined; head = this.row.takeHead()) {
      while (this.#rows.length > 1) this.#finishTop();
      this.#rewound += this.#handedOut.length;
      this.#handedOut = [];
      this.#history.clear();
      this.#text += head.text;
      cells += head.cells;
    }
    return cells;
  }

  /** What the reader does not know yet. */
  take(): TakenRows {
    if (!this.isSingle) this.#handOutRows();
    const taken = {
      text: this.#text,
      line: this.#rows.at(-1)!.text,
      rewound: this.#rewound,
    };
    this.#text = "";
    this.#rewound = 0;
    return taken;
  }

  #handOutRows(): void {
    const lines = this.#rows.slice(0, -1).map((row) => row.text);
    let same = 0;
    while (same < lines.length && this.#handedOut[same] === lines[same]) same++;
    this.#rewound += Math.max(0, this.#handedOut.length - same);
    for (const line of lines.slice(same)) this.#text += line + "\n";
    this.#handedOut = lines;
    if (this.rowsBelow === 0) this.#collapse(lines);
  }

  #collapse(lines: readonly string[]): void {
    for (const line of lines) this.#history.push(line + "\n");
    this.#before += lines.length;
    this.#rows = [this.row];
    this.#y = 0;
    this.#handedOut = [];
  }

  #finishTop(): void {
    const line = this.#rows.shift()!.text;
    this.#y--;
    this.#before++;
    this.#history.push(line + "\n");
    if (this.#text === "" && this.#handedOut[0] === line) {
      this.#handedOut.shift();
      return;
    }
    this.#rewound += this.#handedOut.length;
    this.#handedOut = [];
    this.#text += line + "\n";
  }

  #takeBack(line: string): void {
    if (this.#text === "") this.#handedOut.unshift(line);
    else this.#text = this.#text.slice(0, -(line.length + 1));
    this.#rows.unshift(new TextRow(line));
    this.#y++;
    this.#before--;
  }
}
