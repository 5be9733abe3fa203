import type { Terminal } from "@xterm/headless";

/** Options of {@link Emulator}. */
export interface EmulatorOptions {
  readonly columns: number;
  readonly rows: number;
  /** The window's title so far. */
  readonly title: string;
  /** Takes answers to the queries of programs on the alternate screen. */
  readonly onReply: ((reply: string) => void) | undefined;
}

/** Output that may wait to be drawn. */
const WAITING_UNITS = 4 * 1024 * 1024;
/** What is left of it when more came than can be drawn. */
const WAITING_LEFT_UNITS = 1024 * 1024;

/** One @xterm/headless terminal, loaded when the first is made: loading costs start-up time. */
export class Emulator implements Disposable {
  readonly #options: EmulatorOptions;
  readonly #terminal: Promise<Terminal>;
  #waiting = "";
  #busy: Promise<void> | undefined;
  #isReplaying = false;
  #isDisposed = false;
  #stopDrawing: (() => void) | undefined;
  #title: string;

  constructor(options: EmulatorOptions) {
    this.#options = options;
    this.#title = options.title;
    this.#terminal = this.#open();
  }

  /** As OSC 0 or 2 set it last. */
  get title(): string {
    return this.#title;
  }

  /** Draws what was printed earlier, before anything else; its queries were asked long ago. */
  replay(text: string): void {
    this.#isReplaying = true;
    this.#busy = this.#draw(text).then(() => {
      this.#isReplaying = false;
      return this.#drain();
    });
    // Whoever looks is told of a failed import; nobody else needs to know.
    this.#busy.catch(() => {});
  }

  /** Draws soon. */
  write(text: string): void {
    this.#waiting += text;
    // Faster than it can be drawn: the newest output says most about how the screen looks.
    if (this.#waiting.length > WAITING_UNITS) {
      this.#waiting = newestOutput(this.#waiting, WAITING_LEFT_UNITS);
    }
    this.#busy ??= this.#drain();
  }

  /** The terminal, once all that was written is drawn. */
  async drawn(): Promise<Terminal> {
    await this.#busy;
    return await this.#terminal;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#waiting = "";
    this.#stopDrawing?.();
    this.#terminal.then((terminal) => terminal.dispose(), () => {});
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== "") {
      const text = this.#waiting;
      this.#waiting = "";
      await this.#draw(text);
    }
    this.#busy = undefined;
  }

  async #draw(text: string): Promise<void> {
    const terminal = await this.#terminal;
    if (this.#isDisposed) return;
    await new Promise<void>((resolve) => {
      this.#stopDrawing = resolve;
      terminal.write(text, resolve);
    });
  }

  async #open(): Promise<Terminal> {
    const { default: headless } = await import("@xterm/headless");
    const { columns: cols, rows } = this.#options;
    // The buffer, which is all we want of it, is called a proposed API.
    const options = { cols, rows, scrollback: 0, logLevel: "off", allowProposedApi: true } as const;
    const terminal = new headless.Terminal(options);
    terminal.onTitleChange((title) => {
      this.#title = title;
    });
    const { buffer } = terminal;
    terminal.onData((reply) => {
      const asked = buffer.active.type === "alternate" && !this.#isReplaying;
      if (asked) this.#options.onReply?.(reply);
    });
    return terminal;
  }
}

/** The last `limitUnits` of output, from a line's start or at least from a whole character on. */
export function newestOutput(text: string, limitUnits: number): string {
  if (text.length <= limitUnits) return text;
  const cut = text.length - limitUnits;
  const line = text.indexOf("\n", cut) + 1;
  return text.slice(line > 0 ? line : cut).toWellFormed();
}
