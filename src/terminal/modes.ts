// deno-lint-ignore no-control-regex
const CHANGE = new RegExp("\\x1b(?:c|\\[!p|\\[\\?([\\d;]{1,64})([hl])|\\[[\\d;]{0,64}[Hf])", "g");
// deno-lint-ignore no-control-regex
const UNFINISHED = new RegExp("\\x1b(?:\\[(?:!|\\??[\\d;]{0,64}))?$");
const UNFINISHED_UNITS = 68;
const ALTERNATE = new Set(["47", "1047", "1049"]);

/** The DEC private modes that callers must know at once, read off the output as it passes. */
export class TerminalModes {
  #held = "";
  #alternateScreen = false;
  #applicationCursorKeys = false;
  /** The cursor was sent to a row and column since the cursor keys were taken. */
  #isAddressed = false;

  /** A full-screen program has the screen (modes 47, 1047, 1049). */
  get alternateScreen(): boolean {
    return this.#alternateScreen;
  }

  /**
   * A program draws on the whole screen: on the alternate one, or as top(1) does, which takes the
   * cursor keys and then addresses rows and columns of the primary one.
   */
  get fullScreen(): boolean {
    return this.#alternateScreen || (this.#applicationCursorKeys && this.#isAddressed);
  }

  /** DECCKM (mode 1). */
  get applicationCursorKeys(): boolean {
    return this.#applicationCursorKeys;
  }

  /** The output that restores a terminal's default modes; "" where they are set. */
  get resetting(): string {
    const screen = this.#alternateScreen ? "\x1b[?1049l" : "";
    return this.#applicationCursorKeys ? `${screen}\x1b[?1l` : screen;
  }

  /**
   * Takes the next chunk, cut anywhere.
   *
   * Returns where in the chunk the program first took the whole screen, or undefined; negative
   * when the sequence began in an earlier chunk.
   */
  feed(text: string): number | undefined {
    if (this.#held === "" && !text.includes("\x1b")) return undefined;
    const before = this.#held.length;
    const input = this.#held + text;
    this.#held = UNFINISHED.exec(input.slice(-UNFINISHED_UNITS))?.[0] ?? "";
    let taken: number | undefined;
    for (const match of input.matchAll(CHANGE)) {
      const was = this.fullScreen;
      this.#change(match[0], match[1]?.split(";"), match[2] === "h" ? "set" : "reset");
      if (!was && this.fullScreen) taken ??= match.index - before;
    }
    return taken;
  }

  #change(sequence: string, modes: readonly string[] | undefined, to: "set" | "reset"): void {
    if (/[Hf]$/.test(sequence)) {
      this.#isAddressed = this.#applicationCursorKeys;
      return;
    }
    if (modes === undefined) {
      this.#takeCursorKeys("reset");
      if (sequence === "\x1bc") this.#alternateScreen = false;
    }
    for (const mode of modes ?? []) {
      if (ALTERNATE.has(mode)) this.#alternateScreen = to === "set";
      else if (mode === "1") this.#takeCursorKeys(to);
    }
  }

  #takeCursorKeys(to: "set" | "reset"): void {
    this.#applicationCursorKeys = to === "set";
    this.#isAddressed &&= to === "set";
  }
}
