import { quoteText } from "../../terminal/quote.ts";
import { OURS } from "./frame.ts";
import { PlainText } from "../../terminal/plain_text.ts";

const LIMIT_CHARS = 4_096;

/** Sequences that a line editor puts into a line that it breaks at the terminal's width. */
// deno-lint-ignore no-control-regex
const EDITING = /\x1b\[[\d;?]*[A-Za-z]|\s/g;
/** A shell's error for a spoilt line, in whatever language. */
const REFUSAL = /;;|syntax error|parse error/i;
/** A spoilt line as `set -v` prints it. */
const SPOILT = ";;";
/** Printed by busybox ash at each end of a background job, which it takes for the end of input. */
const NO_END = 'Use "exit" to leave shell.';

/** Output while no command runs: of earlier background jobs, and messages of the shell. */
export class BetweenCommands {
  #plain: PlainText | undefined;
  #text = "";
  #held = "";
  /** Whether a shell's word on a spoilt line is still to come. */
  #refusal: "none" | "awaited" = "none";

  write(raw: string): void {
    const { text, rewound } = (this.#plain ??= new PlainText()).write(raw);
    if (rewound > 0) this.#text = withoutLastLines(this.#text, rewound);
    if (this.#text.length < LIMIT_CHARS) this.#text += text;
  }

  /** Whether a text is a shell's word on a spoilt line, which is still to come. */
  isRefusal(text: string): boolean {
    return this.#refusal === "awaited" && REFUSAL.test(text);
  }

  /** Takes output between typing a command and its start: an echo, or of a background job. */
  hold(raw: string): void {
    if (this.#held.length < LIMIT_CHARS) this.#held += raw;
  }

  /** Whether the cursor's line is empty: no echo of the command that was typed, and no question. */
  get holdsNoLine(): boolean {
    return this.#held === "" || this.#held.endsWith("\n");
  }

  /** The cursor's line: a prompt that is not ours, mostly. */
  get line(): string {
    return this.#plain?.cursorLine ?? "";
  }

  /** The command began: what was held is an echo when it holds the command's id, else output. */
  settle(id: string): void {
    if (this.#isEcho(id)) this.#held = "";
    this.#settleHeld();
    this.#refusal = "none";
  }

  /** The command ended and its start was never told: what was held may be its output. */
  giveUp(id: string): string {
    const held = this.#held.split(/(?<=\n)/).filter((line) => !line.includes(id)).join("");
    this.#held = "";
    return held;
  }

  /** A prompt came after what was left over was spoilt: mostly behind the shell's refusal of that. */
  settleSpoilt(): void {
    this.#refusal = "awaited";
    this.#settleHeld();
  }

  /** A prompt that is not ours, of one line or several; output where nothing stands on the last one. */
  forgetPrompt(): void {
    if (this.#plain?.cursorLine) this.#forget();
  }

  /** Hands out whole lines once, as one line for the caller, behind a `remark`. */
  takeNote(remark?: string): { note?: string } {
    // ksh93 names a job by the whole line that was typed, our frame included.
    const lines = this.#text.split("\n").filter((line) =>
      !line.includes(OURS) && line !== NO_END && line.trim() !== SPOILT
    );
    const text = lines.join("\n").trim();
    this.#forget();
    const told = text === "" ? [] : [`printed between commands: ${quoteText(text, LIMIT_CHARS)}`];
    const notes = remark === undefined ? told : [remark, ...told];
    return notes.length === 0 ? {} : { note: notes.join("; ") };
  }

  #forget(): void {
    this.#text = "";
    this.#plain = undefined;
  }

  /** Keeps what was held as output, but for the refusal of a spoilt line. */
  #settleHeld(): void {
    const lines = this.#held.split("\n");
    const refused = this.#refusal === "none"
      ? -1
      : lines.findLastIndex((line) => REFUSAL.test(line));
    if (refused >= 0) this.#refusal = "none";
    const kept = lines.filter((_, index) => index !== refused).join("\n");
    if (kept !== "") this.write(kept);
    this.#held = "";
  }

  #isEcho(id: string): boolean {
    return this.#held.replace(EDITING, "").includes(id);
  }
}

function withoutLastLines(text: string, count: number): string {
  const lines = text.split("\n");
  return lines.slice(0, Math.max(0, lines.length - 1 - count)).map((line) => `${line}\n`).join("");
}
