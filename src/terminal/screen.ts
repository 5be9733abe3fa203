import type { IBuffer, Terminal } from "@xterm/headless";
import { Emulator, newestOutput } from "./emulator.ts";
import { TerminalModes } from "./modes.ts";

/** The terminal's screen at one moment. */
export interface ScreenSnapshot {
  /** One string per row, without trailing blanks. */
  readonly rows: readonly string[];
  readonly columns: number;
  /** Zero-based. */
  readonly cursor: { readonly row: number; readonly column: number };
  /** `standout`: the cursor's row is in reverse video up to the cursor, as less(1) prompts. */
  readonly cursorText: "plain" | "standout";
  readonly title: string;
  readonly alternateScreen: boolean;
}

/** The size of a terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Options of {@link Screen}. */
export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  /**
   * Takes what a terminal answers to a query (cursor position, device attributes), to be typed as
   * it stands. Only queries of a program that has the alternate screen are answered: mere output,
   * such as a file with escapes in it, must not make anything be typed.
   */
  readonly onReply?: (reply: string) => void;
  /** The same on the primary screen, for who can tell a program that asks from mere output. */
  readonly onPrimaryReply?: (reply: string) => void;
}

/** As much of the primary screen's output as is kept to draw it from. */
const BACKLOG_UNITS = 64 * 1024;
/** RIS (ECMA-48 §8.3.105): the terminal as it was at first. */
const RESET = "\x1bc";

/**
 * The rows and columns of a pty, drawn by an emulator only when somebody looks.
 *
 * Until the first {@link snapshot}, or until a program takes the whole screen, output is merely
 * kept: the last 64 Ki units, cut at a line's end. From then on nothing is lost to a full-screen
 * program; back on the primary screen the emulator is given up when as much again has come unseen.
 */
export class Screen implements Disposable {
  readonly #options: ScreenOptions;
  readonly #modes = new TerminalModes();
  #backlog = "";
  #emulator: Emulator | undefined;
  #unseenUnits = 0;
  #lookers = 0;
  #title = "";
  #watcher: ((text: string) => void) | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** DECCKM is set: arrows are `ESC O A`. True of all that was fed, without waiting. */
  get applicationCursorKeys(): boolean {
    return this.#modes.applicationCursorKeys;
  }

  /** A full-screen program has the screen. */
  get alternateScreen(): boolean {
    return this.#modes.alternateScreen;
  }

  /** A program draws on all of it, on the alternate screen or not. */
  get fullScreen(): boolean {
    return this.#modes.fullScreen;
  }

  /** Takes decoded output in order; a query that begins at `queryAt` is to be answered. */
  feed(text: string, queryAt?: number): void {
    this.#watcher?.(text);
    const taken = this.#modes.feed(text) ?? queryAt;
    if (taken !== undefined && this.#emulator === undefined) {
      const before = Math.max(0, taken);
      this.#keep(text.slice(0, before));
      this.#emulate();
      this.#write(text.slice(before));
    } else this.#write(text);
  }

  /** Whoever asked in what was fed so far is gone. */
  forgetQueries(): void {
    this.#emulator?.forgetQueries();
  }

  /**
   * The command is over: nobody waits for answers any more, and a full-screen program that was killed
   * has left the alternate screen and the keyboard's modes.
   */
  leave(): void {
    this.forgetQueries();
    const resetting = this.#modes.resetting;
    if (resetting !== "") this.feed(resetting);
  }

  /** Draws what was fed so far. */
  async snapshot(): Promise<ScreenSnapshot> {
    const emulator = this.#emulator ?? this.#emulate();
    this.#unseenUnits = 0;
    this.#lookers++;
    try {
      return draw(await emulator.drawn(), emulator.title);
    } finally {
      this.#lookers--;
    }
  }

  /** Passes on what is on the screen, and from then on all that is fed. */
  watch(watcher: (text: string) => void): TerminalSize {
    watcher(newestOutput(this.#backlog, BACKLOG_UNITS));
    this.#watcher = watcher;
    return { columns: this.#options.columns, rows: this.#options.rows };
  }

  /** Forgets what was shown: the next output begins at the top. */
  clear(): void {
    this[Symbol.dispose]();
    this.#watcher?.(RESET);
  }

  [Symbol.dispose](): void {
    this.#emulator?.[Symbol.dispose]();
    this.#emulator = undefined;
    this.#backlog = "";
  }

  #write(text: string): void {
    this.#keep(text);
    this.#emulator?.write(text);
    this.#unseenUnits = this.#modes.fullScreen ? 0 : this.#unseenUnits + text.length;
    if (this.#unseenUnits > BACKLOG_UNITS) this.#rest();
  }

  #keep(text: string): void {
    this.#backlog += text;
    if (this.#backlog.length > 2 * BACKLOG_UNITS) {
      this.#backlog = newestOutput(this.#backlog, BACKLOG_UNITS);
    }
  }

  #emulate(): Emulator {
    const { columns, rows, onReply, onPrimaryReply } = this.#options;
    const past = newestOutput(this.#backlog, BACKLOG_UNITS);
    const title = this.#title;
    const emulator = new Emulator(past, { columns, rows, onReply, onPrimaryReply, title });
    this.#emulator = emulator;
    return emulator;
  }

  #rest(): void {
    if (this.#emulator === undefined || this.#lookers > 0) return;
    this.#title = this.#emulator.title;
    this.#emulator[Symbol.dispose]();
    this.#emulator = undefined;
  }
}

/** The row the cursor stands on. */
export function cursorRow({ rows, cursor }: ScreenSnapshot): string {
  return rows[cursor.row] ?? "";
}

function draw(terminal: Terminal, title: string): ScreenSnapshot {
  const buffer = terminal.buffer.active;
  return {
    rows: Array.from(
      { length: terminal.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString().trimEnd() ?? "",
    ),
    columns: terminal.cols,
    // A cursor that waits behind the last column for the next character stands on the last one.
    cursor: { row: buffer.cursorY, column: Math.min(buffer.cursorX, terminal.cols - 1) },
    cursorText: isStandout(buffer) ? "standout" : "plain",
    title,
    alternateScreen: buffer.type === "alternate",
  };
}

function isStandout(buffer: IBuffer): boolean {
  const line = buffer.getLine(buffer.baseY + buffer.cursorY);
  const cells = Array.from({ length: buffer.cursorX }, (_, column) => line?.getCell(column));
  return cells.length > 0 && cells.every((cell) => (cell?.isInverse() ?? 0) !== 0);
}
