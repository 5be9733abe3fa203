import type { Clock } from "../../clock.ts";
import type { SshError } from "../../errors.ts";
import { PlainText } from "../../terminal/plain_text.ts";
import { AnsweredLine } from "./output/answered_line.ts";
import { EventQueue } from "./event_queue.ts";
import { newNonce } from "../../terminal/nonce.ts";
import { PasswordAnswerer } from "./sudo/password_answerer.ts";
import type { EchoAtStart } from "./readers/reader_verdict.ts";
import type { PasswordLook } from "./sudo/sudo_dialogue.ts";
import { RepeatedWords } from "./output/repeated_words.ts";
import type { CommandExit, ExecuteOptions, Question } from "../shell.ts";

/** The parts of its shell that a run answers password questions with. */
export interface CommandSurroundings {
  readonly clock: Clock;
  readonly look: () => Promise<PasswordLook>;
  readonly type: (data: string) => void;
}

/**
 * The state of the cursor's line: `unproven` and `unread` are looked at again after a longer
 * silence, `judged` only once more is printed.
 */
export type LineLook = "none" | "looking" | "unproven" | "unread" | "judged";

/** A line that reads like no question is looked at after so long, and less often each time. */
const IDLE_LOOK_MS = 1_000;
const MAX_DOUBLINGS = 4;

/** Words of a question for the same once more. */
const AGAIN =
  /\b(?:again|confirm|repeat|retype|re-?enter|re-?type|verify|verification|once more)\b/i;

/** One command on its way through a shell: what it was asked to do and what it told so far. */
export class CommandRun {
  readonly events = new EventQueue();
  /** The command's name in the shell's markers. */
  readonly id = newNonce().slice(0, 12);
  readonly #ours = new RepeatedWords(this.id);
  #text = new PlainText();
  #line = "";
  /** Made once a caller has typed. */
  #answered: AnsweredLine | undefined;
  #question: Question | undefined;
  #state: "waiting" | "started" | "over" = "waiting";
  #look: LineLook = "none";
  #idleLooks = 0;
  #idleLookMs = IDLE_LOOK_MS;
  #isInterrupted = false;
  #hadInnerShell = false;
  /** Whether a secret was asked for already. */
  #secrets = false;
  /** Lines of the login that are shown while it asks; undefined when none of it is. */
  #startUpLines: number | undefined;
  readonly #kept: string[] = [];
  #answerer: PasswordAnswerer | undefined;
  #password: "fine" | "refused" = "fine";
  /** Marks sudo's prompt for this command; undefined where no password was given. */
  readonly passwordNonce: string | undefined;
  #takenSecrets = 0;
  #failure: SshError | undefined;

  constructor(readonly command: string, readonly options: ExecuteOptions) {
    this.passwordNonce = options.sudo === undefined ? undefined : newNonce();
  }

  /** Whether the password given along was refused. */
  get password(): "fine" | "refused" {
    return this.#password;
  }

  get look(): LineLook {
    return this.#look;
  }

  /** The host is asked; false as soon as more is printed. */
  get isLooking(): boolean {
    return this.#look === "looking";
  }

  /** The silence after which a line is looked at that reads like no question, or that nobody read. */
  get idleLookMs(): number {
    return this.#idleLookMs;
  }

  /** Whether what ends a command without a word of the shell was typed: VINTR, VQUIT or VSUSP. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Whether a shell was set up inside of it. */
  get hadInnerShell(): boolean {
    return this.#hadInnerShell;
  }

  onInnerShell(): void {
    this.#hadInnerShell = true;
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

  start(surroundings: CommandSurroundings): void {
    this.#state = "started";
    this.withdraw();
    if (this.#startUpLines !== undefined) this.#showStartUp("", "");
    this.events.push({ kind: "started" });
    const password = this.options.sudo?.password;
    if (password === undefined) return;
    this.#answerer = new PasswordAnswerer({
      ...surroundings,
      password,
      onOutput: (text) => this.#write(text),
      askCaller: () => this.ask({ kind: "password", text: this.cursorLine || "[sudo] password:" }),
      onRefused: () => this.#password = "refused",
    });
  }

  /** Takes raw output of the terminal between the command's own markers. */
  read(printed: string): void {
    const raw = this.#ours.without(printed);
    if (raw === "") return;
    this.#look = "none";
    this.#idleLookMs = IDLE_LOOK_MS * 2 ** this.#idleLooks;
    if (this.#answerer === undefined) this.#write(raw);
    else this.#answerer.text(raw);
  }

  /** Marker S: sudo asks. */
  onPasswordPrompt(): void {
    void this.#answerer?.prompt();
  }

  /** The host is asked, or the line judged. */
  setLook(look: Exclude<LineLook, "unread">): void {
    if (look === "looking") this.#showHeld();
    this.#look = look;
  }

  /** Nothing more came of what could have become an echo. */
  #showHeld(): void {
    const held = this.#answered?.release() ?? "";
    if (held !== "") this.#show(held);
  }

  /** Nobody reads the terminal, or nothing is asked; so it was after `quietMs` of silence. */
  setUnread(quietMs: number): void {
    this.#look = "unread";
    this.#idleLooks = Math.min(MAX_DOUBLINGS, this.#idleLooks + 1);
    this.#idleLookMs = Math.max(IDLE_LOOK_MS, 2 * quietMs);
  }

  /** The line is a question. */
  suspect(question: Question): void {
    const isCode = /\b(?:PIN|OTP|token|code)\b/i.test(question.text);
    const isPassword = question.kind === "password" && !isCode;
    if (isPassword && this.#answerer !== undefined) void this.#answerer.line();
    else this.ask(question);
  }

  #write(raw: string): void {
    this.#show(this.#answered?.before(raw) ?? raw);
  }

  #show(raw: string): void {
    const { text, line, rewound } = this.#text.write(raw);
    if (text === "" && line === this.#line && rewound === 0) return;
    this.#line = line;
    this.withdraw();
    this.events.push({ kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) });
  }

  ask(question: Question): void {
    if (this.#state === "over") return;
    const asked = this.#repeated(question);
    this.#secrets ||= asked.kind === "password" || asked.kind === "passphrase";
    this.#question = asked;
    this.events.push({ kind: "question", question: asked });
  }

  /** A secret that is typed once more is as secret as before. */
  #repeated(question: Question): Question {
    const isRepeated = this.#secrets && question.kind === "text" && AGAIN.test(question.text);
    return isRepeated ? { ...question, kind: "password" } : question;
  }

  /** The start-up files ask: what they printed is shown, until the command itself begins. */
  askAtStartUp(question: Question, finishedLines: string): void {
    this.#showStartUp(finishedLines, question.text);
    this.ask(question);
  }

  #showStartUp(text: string, line: string): void {
    const rewound = this.#startUpLines ?? 0;
    this.events.push({ kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) });
    this.#startUpLines = text.split("\n").length - 1;
  }

  /** The caller types before the shell told the command's start. */
  keepTyped(data: string): void {
    this.#kept.push(data);
  }

  /** The value that the shell asks for, once and in its turn. */
  takeSecret(index: number): string | undefined {
    if (index !== this.#takenSecrets) return undefined;
    return this.options.secrets?.[this.#takenSecrets++]?.value;
  }

  /** The command was not run, and its line is still to end. */
  failAtEnd(failure: SshError): void {
    this.#failure = failure;
  }

  /** Why the command was not run. */
  get failure(): SshError | undefined {
    return this.#failure;
  }

  /** Whether the shell has asked for a value: it reads the command's line. */
  get hasTakenSecret(): boolean {
    return this.#takenSecrets > 0;
  }

  /** The kept keys, once. */
  takeTyped(): readonly string[] {
    return this.#kept.splice(0);
  }

  /** The caller types an answer, or a control character, on a terminal that echoes or not. */
  onTyped(data: string, echo: EchoAtStart = "off"): void {
    const { kind } = this.#question ?? {};
    const isHidden = kind === "password" || kind === "passphrase";
    const echoedBy = echo === "on" && !isHidden ? "terminal" : "nobody";
    const isBehindLine = this.#line !== "";
    if (isBehindLine || echoedBy === "terminal") {
      (this.#answered ??= new AnsweredLine()).answer(data, { echoedBy, isBehindLine });
    }
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
    this.#showHeld();
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
    this.#showHeld();
    this.events.push({ kind: "lost", cause });
    this.events.close();
  }
}
