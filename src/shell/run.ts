import { PlainText } from "../terminal/plain_text.ts";
import { EventQueue } from "./event_queue.ts";
import type { CommandExit, ExecuteOptions, Question } from "./shell.ts";

/** One command on its way through a shell: what it was asked to do and what it told so far. */
export class Run {
  readonly events = new EventQueue();
  #text = new PlainText();
  #line = "";
  #question: Question | undefined;
  #state: "waiting" | "started" | "over" = "waiting";

  constructor(readonly command: string, readonly options: ExecuteOptions) {}

  get state(): "waiting" | "started" | "over" {
    return this.#state;
  }

  get question(): Question | undefined {
    return this.#question;
  }

  /** The unfinished line the cursor stands on. */
  get cursorLine(): string {
    return this.#text.cursorLine;
  }

  start(): void {
    this.#state = "started";
    this.events.push({ kind: "started" });
  }

  /** Takes raw output of the terminal between the command's own markers. */
  write(raw: string): void {
    const { text, line, rewound } = this.#text.write(raw);
    if (text === "" && line === this.#line && rewound === 0) return;
    this.#line = line;
    this.withdraw();
    this.events.push({ kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) });
  }

  ask(question: Question): void {
    this.#question = question;
    this.events.push({ kind: "question", question });
  }

  /** The question is answered or was none. */
  withdraw(): void {
    if (this.#question === undefined) return;
    this.#question = undefined;
    this.events.push({ kind: "question-withdrawn" });
  }

  exit(exit: CommandExit): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.events.push({ kind: "exited", exit });
    this.events.close();
  }

  /** Ends without a result: an error for a command that was never typed, else `lost`. */
  fail(cause: Error & { readonly advice?: string }, kind: "lost" | "error"): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#question = undefined;
    if (kind === "error") return this.events.fail(cause);
    this.events.push({ kind: "lost", cause: cause as never });
    this.events.close();
  }
}
