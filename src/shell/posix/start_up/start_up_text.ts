import { PlainText } from "../../../terminal/plain_text.ts";
import { isBarePrompt, isLikelyPrompt, isSurePrompt, suspectQuestion } from "../../question.ts";
import type { Question } from "../../shell.ts";
import { isPlainQuestion } from "../readers/line_judgement.ts";
import type { StartUpVerdict } from "../readers/start_up_verdict.ts";

/** A likely prompt must stand this long; an empty line may be a prompt of no characters. */
const LIKELY_PROMPT_MS = 40;
/** A line that reads like a question, or like nothing known, must stand so long. */
export const START_UP_QUESTION_MS = 400;
const NO_PROMPT_MS = 1_000;
const KEPT_CHARS = 4_096;
/** Start-up files that run something are looked at again after so long, then twice that. */
const BUSY_MS = 75;
const MAX_DOUBLINGS = 20;

/** A line editor switched bracketed paste on: it waits for a line (xterm private mode 2004). */
const BRACKETED_PASTE = "\x1b[?2004h";

const NEW_USER_MENU = /Type one of the keys in parentheses/;

/** The host's verdict on the cursor's line, asked beside the terminal. */
export type Judgement = "none" | "asked" | StartUpVerdict;

/** Options of {@link StartUpText}. */
export interface LoginTextOptions {
  readonly canBeJudged: boolean;
  readonly answerMs?: number | undefined;
}

/** Output of a shell before it is known: MOTD, start-up files, questions, its first prompt. */
export class StartUpText {
  #plain = new PlainText();
  #said = "";
  #lineEditor: "seen" | "unseen" = "unseen";
  #isProbed = false;
  #judgement: Judgement = "none";
  #busyLooks = 0;
  readonly #canBeJudged: boolean;
  /** Milliseconds that the host took for the answer to one command. */
  readonly answerMs: number;

  /** `canBeJudged`: the host tells who reads the terminal. */
  constructor({ canBeJudged, answerMs }: LoginTextOptions = { canBeJudged: false }) {
    this.#canBeJudged = canBeJudged;
    this.answerMs = answerMs ?? 0;
  }

  /** Of the line that stands; nothing any more when more is printed. */
  get judgement(): Judgement {
    return this.#judgement;
  }

  set judgement(judgement: Judgement) {
    const isBusy = judgement === "busy" || (judgement === "carried" && !this.#showsReader);
    this.#judgement = isBusy ? "busy" : judgement;
    if (isBusy) this.#busyLooks++;
  }

  /** Whether the line itself tells that somebody reads. */
  get #showsReader(): boolean {
    if (this.#lineEditor === "seen") return this.hasLine;
    return isSurePrompt(this.line) || suspectQuestion(this.line) !== undefined;
  }

  /** The host is still to be asked before anything is typed, or asked again. */
  get needsJudgement(): boolean {
    return this.#canBeJudged && (this.#judgement === "none" || this.#judgement === "busy");
  }

  /** Nothing more is to be learnt of the line that stands. */
  get isJudged(): boolean {
    return !this.needsJudgement && this.#judgement !== "asked";
  }

  /** Takes raw output; returns what answers it without a person, to be typed. */
  write(raw: string): string {
    this.judgement = "none";
    this.#busyLooks = 0;
    if (raw.includes(BRACKETED_PASTE)) this.#lineEditor = "seen";
    this.#said = (this.#said + this.#plain.write(raw).text).slice(-KEPT_CHARS);
    // A line editor that asks for the cursor or the terminal's kind waits for the answer.
    const position = raw.includes("\x1b[6n") ? "\x1b[1;1R" : "";
    // deno-lint-ignore no-control-regex
    const device = /\x1b\[0?c/.test(raw) ? "\x1b[?62;22c" : "";
    return position + device + this.#declineNewUser();
  }

  /** zsh greets an account without start-up files with a menu; "q" does nothing and goes on. */
  #declineNewUser(): string {
    const asks = this.#said.includes("zsh-newuser-install") && NEW_USER_MENU.test(this.line);
    if (!asks) return "";
    this.#said = "";
    return "q";
  }

  /** The probe was typed: what reads like a bare prompt and stands again asks something. */
  onProbe(): void {
    this.#isProbed = true;
  }

  /** An answer was typed: what the host said of the line holds no more. */
  onTyped(): void {
    this.judgement = "none";
    this.#busyLooks = 0;
  }

  /** Forgets what another shell printed. */
  reset(): void {
    this.#isProbed = false;
    this.#busyLooks = 0;
    this.judgement = "none";
    this.#plain = new PlainText();
    this.#lineEditor = "unseen";
  }

  /** Whether a line editor waits for a line, as a shell's does and a start-up file's question rarely. */
  get lineEditor(): "seen" | "unseen" {
    return this.#lineEditor;
  }

  /** How long this must stand before it is taken for a prompt, a question or an empty prompt. */
  get patienceMs(): number {
    const { line } = this;
    if (this.judgement === "busy") return BUSY_MS * 2 ** Math.min(this.#busyLooks, MAX_DOUBLINGS);
    if (isSurePrompt(line)) return 0;
    // An editor announces itself before it draws its prompt.
    if (this.#lineEditor === "seen") return this.hasLine ? 0 : LIKELY_PROMPT_MS;
    const kind = suspectQuestion(line)?.question.kind;
    if (kind === "shell" && isLikelyPrompt(line)) return LIKELY_PROMPT_MS;
    return kind === undefined ? NO_PROMPT_MS : START_UP_QUESTION_MS;
  }

  /** The start-up files' question; undefined when the line reads like a prompt or like nothing. */
  get question(): Question | undefined {
    const { line } = this;
    const shape = suspectQuestion(line)?.question;
    if (this.judgement === "prompt") {
      return isPlainQuestion(shape) ? shape : undefined;
    }
    if (this.judgement === "question") {
      return shape === undefined || shape.kind === "shell" ? { kind: "text", text: line } : shape;
    }
    const isGuessed = this.judgement === "unknown" && !this.#isProbed && isBarePrompt(line);
    if (isGuessed) return undefined;
    if (this.#lineEditor === "seen" || isSurePrompt(line)) return undefined;
    return shape?.kind === "shell" ? undefined : shape;
  }

  /** The unfinished line; ksh93 wipes it with blanks to the terminal's edge, which are none of it. */
  get line(): string {
    return this.#shown.replace(/(?<! ) {2,}$/, " ");
  }

  /** The cursor's line without padding, `$<3>`, that fish prints of a terminfo(5) entry as it stands. */
  get #shown(): string {
    return this.#plain.cursorLine.replaceAll(/\$<\d{1,4}[*/]?>/g, "");
  }

  /** Whether anything stands on the cursor's line. */
  get hasLine(): boolean {
    return this.#shown.trim() !== "";
  }

  /** The last 4,096 characters above the cursor's line. */
  get finishedLines(): string {
    return this.#said;
  }

  /** The last 4,096 characters, for an error. */
  get said(): string {
    return `${this.#said}${this.#plain.end()}`.trim();
  }
}
