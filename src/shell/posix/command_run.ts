import type { Clock } from "../../clock.ts";
import type { SshError } from "../../errors.ts";
import { PlainText } from "../../terminal/plain_text.ts";
import { AnsweredLine } from "./answered_line.ts";
import type { Asker } from "./sudo/askers.ts";
import { EventQueue } from "./event_queue.ts";
import { newNonce } from "../../terminal/nonce.ts";
import { PasswordAnswerer } from "./sudo/password_answerer.ts";
import type { CommandExit, ExecuteOptions, Question } from "../shell.ts";

/** What a run needs of its shell to answer password questions. */
export interface RunSurroundings {
  readonly clock: Clock;
  readonly askers: () => Promise<readonly Asker[]>;
  readonly type: (data: string) => void;
}

/** One command on its way through a shell: what it was asked to do and what it told so far. */
export class Run {
  readonly events = new EventQueue();
  /** What the shell's markers name the command by. */
  readonly id = newNonce().slice(0, 12);
  #text = new PlainText();
  #line = "";
  readonly #answered = new AnsweredLine();
  #question: Question | undefined;
  #state: "waiting" | "started" | "over" = "waiting";
  #looked = false;
  #isInterrupted = false;
  /** Lines of the login that are shown while it asks; undefined when none of it is. */
  #loginLines: number | undefined;
  readonly #kept: string[] = [];
  #answerer: PasswordAnswerer | undefined;
  #password: "fine" | "refused" = "fine";
  /** Marks sudo's prompt for this command; undefined where no password was given. */
  readonly passwordNonce: string | undefined;

  constructor(readonly command: string, readonly options: ExecuteOptions) {
    this.passwordNonce = options.sudo === undefined ? undefined : newNonce();
  }

  /** Whether the password given along was refused. */
  get password(): "fine" | "refused" {
    return this.#password;
  }

  /** Whether the line that stands now was judged already. */
  get looked(): boolean {
    return this.#looked;
  }

  /** Whether what ends a command without a word of the shell was typed: VINTR, VQUIT or VSUSP. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

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

  start(surroundings: RunSurroundings): void {
    this.#state = "started";
    this.withdraw();
    if (this.#loginLines !== undefined) this.#showLogin("", "");
    this.events.push({ kind: "started" });
    const password = this.options.sudo?.password;
    if (password === undefined) return;
    this.#answerer = new PasswordAnswerer({
      ...surroundings,
      password,
      command: this.command,
      onOutput: (text) => this.#write(text),
      askCaller: () => this.ask({ kind: "password", text: this.cursorLine || "[sudo] password:" }),
      onRefused: () => this.#password = "refused",
    });
  }

  /** Takes raw output of the terminal between the command's own markers. */
  read(printed: string): void {
    const raw = printed.includes(this.id) ? withoutLines(printed, this.id) : printed;
    if (raw === "") return;
    this.#looked = false;
    if (this.#answerer === undefined) this.#write(raw);
    else this.#answerer.text(raw);
  }

  /** Marker S: sudo asks. */
  onPasswordPrompt(): void {
    void this.#answerer?.prompt();
  }

  /** The far end is silent and its line is about to be judged. */
  look(): void {
    this.#looked = true;
  }

  /** The line reads like a question and stood long enough. */
  suspect(question: Question): void {
    if (question.kind === "password" && this.#answerer !== undefined) void this.#answerer.line();
    else this.ask(question);
  }

  #write(raw: string): void {
    const { text, line, rewound } = this.#text.write(this.#answered.before(raw));
    if (text === "" && line === this.#line && rewound === 0) return;
    this.#line = line;
    this.withdraw();
    this.events.push({ kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) });
  }

  ask(question: Question): void {
    if (this.#state === "over") return;
    this.#question = question;
    this.events.push({ kind: "question", question });
  }

  /** The start-up files ask: what they printed is shown, until the command itself begins. */
  askAtLogin(question: Question, finishedLines: string): void {
    this.#showLogin(finishedLines, question.text);
    this.ask(question);
  }

  #showLogin(text: string, line: string): void {
    const rewound = this.#loginLines ?? 0;
    this.events.push({ kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) });
    this.#loginLines = text.split("\n").length - 1;
  }

  /** The caller types before the shell told the command's start. */
  keepTyped(data: string): void {
    this.#kept.push(data);
  }

  /** What was kept, once. */
  takeTyped(): readonly string[] {
    return this.#kept.splice(0);
  }

  /** The caller types an answer, or a control character. */
  onTyped(data: string): void {
    if (this.#line !== "") this.#answered.answer(data);
    this.#isInterrupted ||= ["\x03", "\x1a", "\x1c"].some((key) => data.includes(key));
    this.withdraw();
  }

  /** The question is answered or was none. */
  withdraw(): void {
    if (this.#question === undefined) return;
    this.#question = undefined;
    this.events.push({ kind: "question-withdrawn" });
  }

  exit(exit: CommandExit): void {
    if (this.#state === "over") return;
    this.#answerer?.end();
    this.#state = "over";
    this.#question = undefined;
    this.events.push({ kind: "exited", exit });
    this.events.close();
  }

  /** Ends without a result: an error for a command that was never typed, else `lost`. */
  fail(cause: SshError, kind: "lost" | "error"): void {
    if (this.#state === "over") return;
    this.#answerer?.end();
    this.#state = "over";
    this.#question = undefined;
    if (kind === "error") return this.events.fail(cause);
    this.events.push({ kind: "lost", cause });
    this.events.close();
  }
}

/** A title or another string for the terminal (OSC, ECMA-48 §8.3.89). */
// deno-lint-ignore no-control-regex
const TERMINAL_STRING = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;

/**
 * Without the titles and lines that hold `id`: a trap on DEBUG prints what is about to run, our words
 * too.
 */
function withoutLines(text: string, id: string): string {
  const lines = text.replace(TERMINAL_STRING, (title) => title.includes(id) ? "" : title)
    .split(/(?<=\n)/);
  return lines.filter((line) => !line.includes(id)).join("");
}
