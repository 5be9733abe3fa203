// deno-lint-ignore no-control-regex
const CHANGE = new RegExp("\\x1b(?:c|\\[!p|\\[\\?([\\d;]{1,64})([hl]))", "g");
// deno-lint-ignore no-control-regex
const UNFINISHED = new RegExp("\\x1b(?:\\[(?:!|\\?[\\d;]{0,64})?)?$");
const UNFINISHED_UNITS = 68;
const ALTERNATE = new Set(["47", "1047", "1049"]);

/** The DEC private modes that callers must know at once, read off the output as it passes. */
export class TerminalModes {
  #held = "";
  #alternateScreen = false;
  #applicationCursorKeys = false;

  /** A full-screen program has the screen (modes 47, 1047, 1049). */
  get alternateScreen(): boolean {
    return this.#alternateScreen;
  }

  /** DECCKM (mode 1). */
  get applicationCursorKeys(): boolean {
    return this.#applicationCursorKeys;
  }

  /** What a program prints that leaves them as a terminal has them at first; "" where they are. */
  get resetting(): string {
    const screen = this.#alternateScreen ? "\x1b[?1049l" : "";
    return this.#applicationCursorKeys ? `${screen}\x1b[?1l` : screen;
  }

  /**
   * Takes the next chunk, cut anywhere.
   *
   * Returns where in the chunk the program first took the alternate screen, or undefined; negative
   * when the sequence began in an earlier chunk.
   */
  feed(text: string): number | undefined {
    if (this.#held === "" && !text.includes("\x1b")) return undefined;
    const before = this.#held.length;
    const input = this.#held + text;
    this.#held = UNFINISHED.exec(input.slice(-UNFINISHED_UNITS))?.[0] ?? "";
    let taken: number | undefined;
    for (const match of input.matchAll(CHANGE)) {
      const was = this.#alternateScreen;
      this.#change(match[0], match[1]?.split(";"), match[2] === "h" ? "set" : "reset");
      if (!was && this.#alternateScreen) taken ??= match.index - before;
    }
    return taken;
  }

  #change(sequence: string, modes: readonly string[] | undefined, to: "set" | "reset"): void {
    if (modes === undefined) {
      this.#applicationCursorKeys = false;
      if (sequence === "\x1bc") this.#alternateScreen = false;
    }
    for (const mode of modes ?? []) {
      if (ALTERNATE.has(mode)) this.#alternateScreen = to === "set";
      else if (mode === "1") this.#applicationCursorKeys = to === "set";
    }
  }
}
