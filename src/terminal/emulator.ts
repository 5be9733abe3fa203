import type { Terminal } from "@xterm/headless";
import type { Clock } from "../clock.ts";

/** Options of {@link Emulator}. */
export interface EmulatorOptions {
  readonly columns: number;
  readonly rows: number;
  /** Bounds the drawing of output that nobody waits for: a flood is left out for the most part. */
  readonly pace?: Clock | undefined;
  /** The window's title so far. */
  readonly title: string;
  /** Takes answers to the queries of programs on the alternate screen. */
  readonly onReply: ((reply: string) => void) | undefined;
  /** The same on the primary screen. */
  readonly onPrimaryReply: ((reply: string) => void) | undefined;
  /** Takes the terminal before anything is drawn. */
  readonly onOpened?: ((terminal: Terminal) => void) | undefined;
  /** Takes each piece of output right after it was drawn, before the next one is. */
  readonly onDrawn?: ((piece: DrawnPiece, terminal: Terminal) => void) | undefined;
}

/** A piece of output that has been drawn. */
export interface DrawnPiece {
  readonly text: string;
  /** Output before it came faster than it could be drawn, and was left out. */
  readonly isAfterGap: boolean;
}

/** Output that may wait to be drawn. */
const WAITING_UNITS = 4 * 1024 * 1024;
/** The rest that is kept when more arrives than can be drawn. */
const WAITING_LEFT_UNITS = 1024 * 1024;
/** Given to the terminal at once: between two of them everything else has its turn. */
const TURN_UNITS = 8 * 1024;
/** Drawn at once before a pace counts, and in each millisecond from then on. */
const BURST_UNITS = 2 * 1024 * 1024;
const UNITS_PER_MS = 1024;
const REST_MS = 50;
/** Functions that xterm does one by one, as often as their parameter says. */
const REPEATING = [..."@ILMPSTZb"].map((final) => ({ final })).concat(
  ["@", "A"].map((final) => ({ intermediates: " ", final })),
  ["}", "~"].map((final) => ({ intermediates: "'", final })),
);
const PRIVATE_MODE = "\x1b[?";
// deno-lint-ignore no-control-regex
const SCREEN_SWITCH = /\x1b\[\?(?:47|1047|1049)[hl]/y;
const LONGEST_SWITCH = "\x1b[?1049h".length;

/** Somebody who waits until so much of all output is drawn. */
interface Looker {
  readonly untilUnits: number;
  readonly seen: () => void;
}

/**
 * One @xterm/headless terminal, loaded when the first is made: loading costs start-up time.
 *
 * It draws a little at a time and lets everything else have its turn in between, as long as nobody
 * waits for the screen.
 */
export class Emulator implements Disposable {
  readonly #options: EmulatorOptions;
  readonly #opened: Promise<Terminal>;
  readonly #disposed = Promise.withResolvers<void>();
  #terminal: Terminal | undefined;
  /** Output that the terminal has not been given yet. */
  #waiting: string[];
  #waitingUnits: number;
  /** As much of that as was printed by commands that are over. */
  #pastUnits: number;
  /** Of what the terminal is drawing. */
  #drawingUnits = 0;
  /** The text being drawn is of a command that is over: its queries are not answered. */
  #isPast = false;
  /** All output that was drawn or left out. */
  #doneUnits = 0;
  /** Output was left out in front of what waits. */
  #hasGap = false;
  #lookers: readonly Looker[] = [];
  #unspentUnits = BURST_UNITS;
  #spentAt = 0;
  #rest: Disposable | undefined;
  #title: string;

  /** Draws `past`, what was printed before; its queries were asked long ago. */
  constructor(past: string, options: EmulatorOptions) {
    this.#options = options;
    this.#title = options.title;
    this.#waiting = past === "" ? [] : [past];
    this.#waitingUnits = past.length;
    this.#pastUnits = past.length;
    this.#opened = this.#open();
    // Whoever looks is told of a failed import; nobody else needs to know.
    this.#opened.catch(() => {});
  }

  /** As OSC 0 or 2 set it last. */
  get title(): string {
    return this.#title;
  }

  /** Draws soon. */
  write(text: string): void {
    if (text === "") return;
    this.#waiting.push(text);
    this.#waitingUnits += text.length;
    if (this.#waitingUnits > WAITING_UNITS) this.#leaveOut();
    this.#draw();
  }

  /** The programs whose queries are in the text so far are gone. */
  forgetQueries(): void {
    this.#pastUnits = this.#waitingUnits;
    this.#isPast = true;
  }

  /** The terminal, once all that was written before is drawn; later output does not delay it. */
  async drawn(): Promise<Terminal> {
    const terminal = await this.#opened;
    const untilUnits = this.#doneUnits + this.#drawingUnits + this.#waitingUnits;
    if (untilUnits === this.#doneUnits) return terminal;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#lookers = [...this.#lookers, { untilUnits, seen: resolve }];
    this.#goOn();
    await Promise.race([promise, this.#disposed.promise]);
    return terminal;
  }

  [Symbol.dispose](): void {
    this.#waiting = [];
    this.#waitingUnits = 0;
    this.#rest?.[Symbol.dispose]();
    this.#disposed.resolve();
    this.#opened.then((terminal) => terminal.dispose(), () => {});
  }

  /**
   * Output comes faster than it can be drawn: the newest says most about how the screen looks.
   *
   * Whole pieces are dropped: joining all of it took turns of 100 ms, several in a second.
   */
  #leaveOut(): void {
    const units = this.#waitingUnits;
    let left = units;
    let screen = "";
    let end = "";
    let cut = "";
    let count = 0;
    while (left > WAITING_LEFT_UNITS) {
      screen = lastSwitch(cut) ?? screen;
      end = cut.slice(1 - LONGEST_SWITCH);
      cut = this.#waiting[count++]!;
      screen = lastSwitch(end + cut.slice(0, LONGEST_SWITCH - 1)) ?? screen;
      left -= cut.length;
    }
    const newest = screen + newestOutput(cut, WAITING_LEFT_UNITS - left);
    this.#waiting.splice(0, count, newest);
    this.#waitingUnits = left + newest.length;
    this.#hasGap = true;
    this.#pastUnits = Math.max(0, this.#pastUnits - (units - this.#waitingUnits));
    this.#doneUnits += units - this.#waitingUnits;
  }

  #draw(): void {
    if (this.#terminal === undefined || this.#drawingUnits > 0 || this.#waitingUnits === 0) return;
    if (this.#rest !== undefined) return;
    const terminal = this.#terminal;
    const isPast = this.#pastUnits > 0;
    const text = this.#take(isPast ? Math.min(TURN_UNITS, this.#pastUnits) : TURN_UNITS);
    if (isPast) this.#pastUnits = Math.max(0, this.#pastUnits - text.length);
    this.#drawingUnits = text.length;
    this.#isPast = isPast;
    const isAfterGap = this.#hasGap;
    this.#hasGap = false;
    terminal.write(text, () => {
      this.#drawingUnits = 0;
      this.#doneUnits += text.length;
      if (!isPast) this.#options.onDrawn?.({ text, isAfterGap }, terminal);
      this.#tellLookers();
      // From here xterm goes on for 12 ms at a time; a later call lets everything else go first.
      if (this.#lookers.length > 0) this.#draw();
      else if (this.#isTooMuch(text.length)) this.#pause();
      else queueMicrotask(() => this.#draw());
    });
  }

  /** Whether more was drawn than the pace allows. */
  #isTooMuch(units: number): boolean {
    const { pace } = this.#options;
    if (pace === undefined) return false;
    const now = pace.now();
    const earned = (now - this.#spentAt) * UNITS_PER_MS;
    this.#unspentUnits = Math.min(BURST_UNITS, this.#unspentUnits + earned) - units;
    this.#spentAt = now;
    return this.#unspentUnits < 0;
  }

  #pause(): void {
    this.#rest = this.#options.pace?.after(REST_MS, () => this.#goOn());
  }

  #goOn(): void {
    this.#rest?.[Symbol.dispose]();
    this.#rest = undefined;
    this.#draw();
  }

  /** The first of what waits; a pair of surrogates stays together. */
  #take(units: number): string {
    const [first = ""] = this.#waiting;
    const isPair = (first.charCodeAt(units - 1) & 0xfc00) === 0xd800;
    const text = first.slice(0, isPair && units > 1 ? units - 1 : units);
    if (text.length === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.slice(text.length);
    this.#waitingUnits -= text.length;
    return text;
  }

  #tellLookers(): void {
    const isSeen = ({ untilUnits }: Looker): boolean => untilUnits <= this.#doneUnits;
    for (const { seen } of this.#lookers.filter(isSeen)) seen();
    this.#lookers = this.#lookers.filter((looker) => !isSeen(looker));
  }

  async #open(): Promise<Terminal> {
    const { default: headless } = await import("@xterm/headless");
    const { columns: cols, rows } = this.#options;
    // The buffer, which is all we want of it, is called a proposed API.
    const options = { cols, rows, scrollback: 0, logLevel: "off", allowProposedApi: true } as const;
    const terminal = new headless.Terminal(options);
    const { buffer } = terminal;
    terminal.onTitleChange((title) => {
      this.#title = title;
    });
    terminal.onData((reply) => {
      if (this.#isPast) return;
      if (buffer.active.type === "alternate") this.#options.onReply?.(reply);
      else this.#options.onPrimaryReply?.(reply);
    });
    boundRepetition(terminal);
    this.#options.onOpened?.(terminal);
    this.#terminal = terminal;
    this.#draw();
    return terminal;
  }
}

/**
 * Drops functions that ask for more repetitions than a row has columns, which no program means:
 * `CSI 2147483647 b` held up the whole process for good.
 */
function boundRepetition(terminal: Terminal): void {
  for (const id of REPEATING) {
    terminal.parser.registerCsiHandler(id, ([count]) => Number(count) > terminal.cols);
  }
}

/**
 * The last `limitUnits` of output, from a line's start or at least a control function's.
 *
 * Which of the two screens it was printed on is kept.
 */
export function newestOutput(text: string, limitUnits: number): string {
  if (text.length <= limitUnits) return text;
  const cut = text.length - limitUnits;
  const line = text.indexOf("\n", cut) + 1;
  // Not in the middle of a control function: the rest of one would show as text.
  const start = line > 0 ? line : Math.max(cut, text.indexOf("\x1b", cut));
  const screen = lastSwitch(text.slice(0, start)) ?? "";
  return screen + text.slice(start).toWellFormed();
}

/** The last control function that chooses one of the two screens. */
function lastSwitch(text: string): string | undefined {
  for (let at = text.lastIndexOf(PRIVATE_MODE); at >= 0;) {
    SCREEN_SWITCH.lastIndex = at;
    const found = SCREEN_SWITCH.exec(text)?.[0];
    if (found !== undefined) return found;
    at = at === 0 ? -1 : text.lastIndexOf(PRIVATE_MODE, at - 1);
  }
  return undefined;
}
