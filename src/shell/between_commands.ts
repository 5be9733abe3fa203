import { MARKER_NUMBER } from "../terminal/markers.ts";
import { PlainText } from "../terminal/plain_text.ts";

const LIMIT_CHARS = 4_096;

/** What a line editor puts into a line that it breaks at the terminal's width. */
// deno-lint-ignore no-control-regex
const EDITING = /\x1b\[[\d;?]*[A-Za-z]|\s/g;
/** What busybox ash says each time a background job ends, for what it takes for the end of input. */
const NO_END = 'Use "exit" to leave shell.';

/** What arrives while no command runs: output of earlier background jobs, and words of the shell. */
export class BetweenCommands {
  #plain = new PlainText();
  #text = "";
  #held = "";

  write(raw: string): void {
    const { text, rewound } = this.#plain.write(raw);
    if (rewound > 0) this.#text = withoutLastLines(this.#text, rewound);
    if (this.#text.length < LIMIT_CHARS) this.#text += text;
  }

  /** What arrives between typing a command and its start: an echo, or a background job. */
  hold(raw: string): void {
    if (this.#held.length < LIMIT_CHARS) this.#held += raw;
  }

  /** The command began: what was held is an echo when it holds the nonce, else output. */
  settle(nonce: string): void {
    const isEcho = this.#held.replace(EDITING, "").includes(nonce);
    if (this.#held !== "" && !isEcho) this.write(this.#held);
    this.#held = "";
  }

  /** What came since the last command is worth no note. */
  forget(): void {
    this.#text = "";
    this.#plain = new PlainText();
  }

  /** Hands out whole lines once, as one line for the caller. */
  takeNote(): { note?: string } {
    // ksh93 names a job by the whole line that was typed, our frame included.
    const lines = this.#text.split("\n").filter((line) =>
      !line.includes(`]${MARKER_NUMBER};`) && line !== NO_END
    );
    const text = lines.join("\n").trim();
    this.forget();
    return text === "" ? {} : { note: `printed between commands: ${JSON.stringify(text)}` };
  }
}

function withoutLastLines(text: string, count: number): string {
  const lines = text.split("\n");
  return lines.slice(0, Math.max(0, lines.length - 1 - count)).map((line) => `${line}\n`).join("");
}
