import type { Terminal } from "@xterm/headless";

/** Options of {@link Emulator}. */
export interface EmulatorOptions {
  readonly columns: number;
  readonly rows: number;
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
/** What is left of it when more came than can be drawn. */
const WAITING_LEFT_UNITS = 1024 * 1024;
/** What the terminal is given at once: between two of them everything else has its turn. */
const TURN_UNITS = 8 * 1024;
/** Functions that xterm does one by one, as often as their parameter says. */
const REPEATING = [..."@ILMPSTZb"].map((final) => ({ final })).concat(
  ["@", "A"].map((final) => ({ intermediates: " ", final })),
  ["}", "~"].map((final) => ({ intermediates: "'", final })),
);
// deno-lint-ignore no-control-regex
const SCREEN_SWITCH = /\x1b\[\?(?:47|1047|1049)[hl]/g;

/** One @xterm/headless terminal, loaded when the first is made: loading costs start-up time. */
export class Emulator implements Disposable {
  readonly #options: EmulatorOptions;
  readonly #opened: Promise<Terminal>;
  readonly #disposed = Promise.withResolvers<void>();
  #terminal: Terminal | undefined;
  /** What the terminal has not been given yet. */
  #waiting = "";
  /** As much of that as was printed by commands that are over. */
  #pastUnits = 0;
  /** What it was given and has not drawn yet. */
  #drawingUnits = 0;
  /** How often the terminal was given something of the past that it has yet to draw. */
  #replays = 0;
  /** Output was left out in front of what waits. */
  #hasGap = false;
  #title: string;

  /** Draws `past`, what was printed before; its queries were asked long ago. */
  constructor(past: string, options: EmulatorOptions) {
    this.#options = options;
    this.#title = options.title;
    this.#opened = this.#open(past);
    // Whoever looks is told of a failed import; nobody else needs to know.
    this.#opened.catch(() => {});
  }

  /** As OSC 0 or 2 set it last. */
  get title(): string {
    return this.#title;
  }

  /** Draws soon. */
  write(text: string): void {
    this.#waiting += text;
    // Faster than it can be drawn: the newest output says most about how the screen looks.
    if (this.#waiting.length > WAITING_UNITS) {
      const units = this.#waiting.length;
      this.#hasGap = true;
      this.#waiting = newestOutput(this.#waiting, WAITING_LEFT_UNITS);
      this.#pastUnits = Math.max(0, this.#pastUnits - (units - this.#waiting.length));
    }
    this.#pump();
  }

  /** Who asked in what was written so far is gone. */
  forgetQueries(): void {
    this.#pastUnits = this.#waiting.length;
    if (this.#terminal !== undefined) this.#replay(this.#terminal, "");
  }

  /** The terminal, once all that was written before is drawn; later output does not delay it. */
  async drawn(): Promise<Terminal> {
    const terminal = await this.#opened;
    // The first round ends with room for what waits, the second with that drawn.
    for (let round = 0; round < 2; round++) {
      const flushed = new Promise<void>((resolve) => terminal.write("", resolve));
      await Promise.race([flushed, this.#disposed.promise]);
    }
    return terminal;
  }

  [Symbol.dispose](): void {
    this.#waiting = "";
    this.#disposed.resolve();
    this.#opened.then((terminal) => terminal.dispose(), () => {});
  }

  #pump(): void {
    if (this.#terminal === undefined || this.#waiting === "") return;
    if (this.#drawingUnits > WAITING_UNITS) return;
    const past = this.#waiting.slice(0, this.#pastUnits);
    const text = this.#waiting.slice(this.#pastUnits);
    this.#waiting = "";
    this.#pastUnits = 0;
    if (past !== "") this.#replay(this.#terminal, past);
    this.#drawingUnits += text.length;
    const onDrawn = this.#onDrawn(this.#terminal);
    this.#hasGap = false;
    writeInTurns(this.#terminal, text, {
      onTurn: onDrawn,
      onDrawn: () => {
        this.#drawingUnits -= text.length;
        this.#pump();
      },
    });
  }

  #onDrawn(terminal: Terminal): ((text: string) => void) | undefined {
    const { onDrawn } = this.#options;
    if (onDrawn === undefined) return undefined;
    let isAfterGap = this.#hasGap;
    return (text) => {
      onDrawn({ text, isAfterGap }, terminal);
      isAfterGap = false;
    };
  }

  /** Draws, and answers no query until that is drawn. */
  #replay(terminal: Terminal, past: string): void {
    this.#replays += 1;
    this.#drawingUnits += past.length;
    writeInTurns(terminal, past, {
      onDrawn: () => {
        this.#drawingUnits -= past.length;
        this.#replays -= 1;
        this.#pump();
      },
    });
  }

  async #open(past: string): Promise<Terminal> {
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
      if (this.#replays > 0) return;
      if (buffer.active.type === "alternate") this.#options.onReply?.(reply);
      else this.#options.onPrimaryReply?.(reply);
    });
    boundRepetition(terminal);
    this.#options.onOpened?.(terminal);
    this.#replay(terminal, past);
    this.#terminal = terminal;
    this.#pump();
    return terminal;
  }
}

function writeInTurns(
  terminal: Terminal,
  text: string,
  { onTurn, onDrawn }: {
    readonly onTurn?: ((turn: string) => void) | undefined;
    readonly onDrawn: () => void;
  },
): void {
  let at = 0;
  while (text.length - at > TURN_UNITS) {
    const turn = text.slice(at, at + turnUnits(text, at));
    terminal.write(turn, onTurn && (() => onTurn(turn)));
    at += turn.length;
  }
  const last = text.slice(at);
  terminal.write(last, () => (onTurn?.(last), onDrawn()));
}

/** A pair of surrogates stays in one turn. */
function turnUnits(text: string, at: number): number {
  const isPair = (text.charCodeAt(at + TURN_UNITS - 1) & 0xfc00) === 0xd800;
  return isPair ? TURN_UNITS - 1 : TURN_UNITS;
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
  const screen = text.slice(0, start).match(SCREEN_SWITCH)?.at(-1) ?? "";
  return screen + text.slice(start).toWellFormed();
}
