import type { Clock } from "../../clock.ts";
import { ChannelError, ConnectionLostError } from "../../errors.ts";
import type { Question } from "../shell.ts";
import { suspectDeviceQuestion } from "./device_question.ts";
import { PATTERN_LINE_LIMIT } from "./profiles/line_pattern.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { isCountedOn, readPrompt, sameHost } from "./prompt.ts";
import { findPager } from "./device_state.ts";
import type { DeviceTerminal } from "./device_terminal.ts";

/** The result of a device's login. */
export interface DeviceLogin {
  readonly kind: "prompt";
  /** The prompt, as it stood twice. */
  readonly line: string;
  /** Rows that an empty line put above it. */
  readonly header: readonly string[];
  /** All that was printed before the first prompt, its beginning if there was much. */
  readonly text: string;
  /** A number in the prompt grew by one at the second. */
  readonly hasCounter: boolean;
}

/** A login that asks what no profile answers; it is the caller's. */
export interface DeviceQuestion {
  readonly kind: "question";
  readonly question: Question;
  readonly rowsAbove: readonly string[];
  /** The state of the login. */
  readonly row: number;
}

/** Partners of {@link learnAtLogin}. */
export interface LoginOptions {
  readonly clock: Clock;
  /** The name to tell the caller. */
  readonly hostName: string;
  /** Families it may be; their login questions are answered. */
  readonly profiles: readonly DeviceProfile[];
  /** The family that is certain; its questions for user and password are answered. */
  readonly known?: DeviceProfile | undefined;
  readonly credentials?:
    | { readonly user: string; readonly password?: string | undefined }
    | undefined;
  /** The question that the caller was told of: nothing is typed while it stands. */
  readonly asked?: DeviceQuestion | undefined;
  readonly signal?: AbortSignal;
}

/** A prompt-shaped line, or one that answered Enter, is tried soon; other words get more time. */
const LIKELY_MS = 30;
const LEARNED_MS = 80;
const VAGUE_MS = 600;
const MENU_MS = 500;
const ANSWER_MS = 60;
const SILENT_MS = 3000;
const QUESTION_MS = 1500;
const LOGIN_LIMIT_MS = 60_000;
const ENTER_LIMIT = 12;
const TEXT_LIMIT = 65_536;
const ROWS_ABOVE = 20;
/** The rows of a menu, and of a banner above it. */
const HEADER_ROWS = 64;
const ASKS_USER = /^(?:user ?name|login|user) ?: ?$/i;
/** "Type YES to go on: ", "I accept (YES/NO)", "Do you agree? " */
const ASKS_WORD = /\b(?:yes|accept|agree|acknowledge|consent)\b.{0,80}[:?)\]] ?$/i;

/**
 * Presses Enter until the same line stands twice: that line is the prompt.
 *
 * Known questions of a login (licence, "press any key", a password change that can be put off) get
 * their one harmless answer, those for user and password what was given, once each. Any other
 * question is returned.
 *
 * @throws {ChannelError} When the login shows no prompt in time.
 * @throws {ConnectionLostError} When the far end closes first.
 */
export async function learnAtLogin(
  terminal: DeviceTerminal,
  options: LoginOptions,
): Promise<DeviceLogin | DeviceQuestion> {
  const seen = new LoginText(terminal);
  const given = new Given(options);
  const asked = options.asked && await whileAsked(terminal, options.asked, options);
  if (asked !== undefined) return asked;
  const until = options.clock.now() + LOGIN_LIMIT_MS;
  let before: Place | undefined;
  let answered: Place | undefined;
  for (let enters = 0; enters < ENTER_LIMIT;) {
    const here = { line: seen.line, row: terminal.model.cursorRow, above: seen.above };
    const step = judgeLogin(here, { ...options, given }, before?.line);
    // A key that nothing answered yet is on its way: a link may take a second for it.
    const waits = isSamePlace(here, step.kind === "enter" ? before : answered);
    const woken = await terminal.wait(waits ? SILENT_MS : step.quietMs, signalOf(options.signal));
    if (woken === "closed") throw closedAtLogin(options.hostName, seen.text());
    if (options.clock.now() > until) break;
    if (woken === "data") continue;
    if (step.kind === "ask") return seen.asking(step.question);
    if (step.kind === "menu") return seen.prompt(undefined, here);
    if (step.kind === "enter" && before !== undefined && here.row > before.row) {
      if (isSamePrompt(before.line, here.line, options.profiles)) {
        // A prompt that came in pieces may still lack its last space.
        if (await terminal.wait(LEARNED_MS, signalOf(options.signal)) === "data") continue;
        return seen.prompt(before, here);
      }
    }
    if (step.kind === "type") {
      answered = here;
      seen.answered();
      given.note(step.given);
    } else enters++;
    before = step.kind === "type" ? undefined : here;
    await terminal.type(step.kind === "type" ? step.keys : "\r");
    terminal.restartQuiet();
  }
  throw noPrompt(options.hostName, seen.line);
}

/**
 * Waits while the question stands and nothing else comes; undefined once it was left.
 *
 * Text that arrives behind it waits for Enter: the whole line is then the question.
 */
async function whileAsked(
  terminal: DeviceTerminal,
  asked: DeviceQuestion,
  { hostName, signal }: LoginOptions,
): Promise<DeviceQuestion | undefined> {
  const { text } = asked.question;
  let quietMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const { model } = terminal;
    if (model.cursorRow !== asked.row || !model.cursorLine.startsWith(text)) return undefined;
    const woken = await terminal.wait(quietMs, signalOf(signal));
    if (woken === "closed") throw closedAtLogin(hostName, new LoginText(terminal).text());
    if (woken === "quiet") return asked;
    quietMs = QUESTION_MS;
  }
}

/** User and password of the SSH login, for a device of a certain family that asks for them again. */
class Given {
  readonly #options: LoginOptions;
  readonly #typed = new Set<"user" | "password">();

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** The answer to the line, unless it was typed already: a device asks again what it refused. */
  find(
    { line }: Place,
  ): { readonly name: "user" | "password"; readonly text: string } | undefined {
    const { known, credentials } = this.#options;
    const asked = known?.login.find(({ match, send }) =>
      typeof send === "object" && match.test(line)
    )?.send;
    if (typeof asked !== "object") return undefined;
    const text = credentials?.[asked.given];
    if (text === undefined || this.#typed.has(asked.given)) return undefined;
    return { name: asked.given, text };
  }

  note(name: "user" | "password" | undefined): void {
    if (name !== undefined) this.#typed.add(name);
  }
}

interface Place {
  readonly line: string;
  readonly row: number;
  /** The last rows above it, since a key was typed. */
  readonly above: readonly string[];
}

function isSamePlace(a: Place, b: Place | undefined): boolean {
  return b !== undefined && a.line === b.line && a.row === b.row;
}

type Step =
  | { readonly kind: "enter"; readonly quietMs: number }
  /** A prompt at which an empty line does something: it is learned where it stands. */
  | { readonly kind: "menu"; readonly quietMs: number }
  | {
    readonly kind: "type";
    readonly keys: string;
    readonly quietMs: number;
    readonly given?: "user" | "password";
  }
  | { readonly kind: "ask"; readonly question: Question; readonly quietMs: number };

function judgeLogin(
  here: Place,
  { profiles, given }: LoginOptions & { readonly given: Given },
  before: string | undefined,
): Step {
  const { line } = here;
  const key = keyOfScreen(here, profiles);
  if (line.trim() === "") {
    if (key !== undefined) return { kind: "type", keys: key, quietMs: VAGUE_MS };
    return { kind: "enter", quietMs: before === undefined ? SILENT_MS : VAGUE_MS };
  }
  if (line.length > PATTERN_LINE_LIMIT) return { kind: "enter", quietMs: VAGUE_MS };
  const found = given.find(here);
  if (found !== undefined) {
    return { kind: "type", keys: `${found.text}\r`, quietMs: ANSWER_MS, given: found.name };
  }
  const answer = profiles.flatMap(({ login }) => login).find(({ match, send }) =>
    typeof send === "string" && match.test(line)
  );
  if (typeof answer?.send === "string") {
    return { kind: "type", keys: answer.send, quietMs: ANSWER_MS };
  }
  const shaped = profiles.filter((profile) => readPrompt(line, profile) !== undefined);
  if (shaped.some(({ emptyLineActs }) => emptyLineActs)) return { kind: "menu", quietMs: MENU_MS };
  if (shaped.length > 0 || line === before) return { kind: "enter", quietMs: LIKELY_MS };
  for (const profile of profiles) {
    const found = findPager(line, profile);
    if (found !== undefined) return { kind: "type", keys: found.pager.next, quietMs: ANSWER_MS };
  }
  const question = profiles[0] && suspectDeviceQuestion(line, profiles[0])?.question;
  // An empty answer to a second login counts as a failed one; an empty line is no acknowledgement.
  const isAsked = question !== undefined &&
    (question.kind === "yes-no" || question.kind === "password" ||
      question.kind === "passphrase" || ASKS_USER.test(line) || ASKS_WORD.test(line));
  if (isAsked) return { kind: "ask", question, quietMs: QUESTION_MS };
  if (key !== undefined) return { kind: "type", keys: key, quietMs: VAGUE_MS };
  return { kind: "enter", quietMs: VAGUE_MS };
}

/** The control character that a row above asks for: "Enter Ctrl-Y to begin." may head a box. */
function keyOfScreen({ above }: Place, profiles: readonly DeviceProfile[]): string | undefined {
  for (const { match, send } of profiles.flatMap(({ login }) => login)) {
    const isControl = typeof send === "string" && send < " " && send !== "\r";
    if (isControl && above.some((row) => match.test(row))) return send;
  }
  return undefined;
}

/** To the character, or but for a counter inside the prompt. */
function isSamePrompt(a: string, b: string, profiles: readonly DeviceProfile[]): boolean {
  if (a.trim() === "") return false;
  if (a === b || isCountedOn(a, b)) return true;
  return profiles.some((profile) => {
    const [one, two] = [readPrompt(a, profile), readPrompt(b, profile)];
    return one !== undefined && two !== undefined && sameHost(one.host, two.host) &&
      one.level === two.level;
  });
}

/** The rows of a login, within bounds. */
class LoginText {
  readonly #terminal: DeviceTerminal;
  readonly #first: number;
  #unanswered: number;

  constructor(terminal: DeviceTerminal) {
    this.#terminal = terminal;
    this.#first = terminal.model.firstRow;
    this.#unanswered = this.#first;
  }

  /** The last rows above the cursor's that no key was typed at. */
  get above(): readonly string[] {
    return this.rows(Math.max(this.#unanswered, this.#terminal.model.cursorRow - ROWS_ABOVE));
  }

  /** A key was typed: the rows so far had their answer. */
  answered(): void {
    this.#unanswered = this.#terminal.model.cursorRow + 1;
  }

  get line(): string {
    return this.#terminal.model.cursorLine;
  }

  rows(from: number): string[] {
    const { model } = this.#terminal;
    const rows: string[] = [];
    for (let row = Math.max(from, model.firstRow); row < model.cursorRow; row++) {
      rows.push(model.line(row).text);
    }
    return rows;
  }

  asking(question: Question): DeviceQuestion {
    const rowsAbove = this.rows(this.#first).slice(-ROWS_ABOVE);
    return { kind: "question", question, rowsAbove, row: this.#terminal.model.cursorRow };
  }

  /** `before`: the prompt that stood before an empty line; undefined where none was typed. */
  prompt(before: Place | undefined, { line }: Place): DeviceLogin {
    const hasCounter = before !== undefined && isCountedOn(before.line, line);
    const header = this.rows((before?.row ?? this.#first - 1) + 1).slice(-HEADER_ROWS);
    return { kind: "prompt", line, header, text: this.text(), hasCounter };
  }

  text(): string {
    return this.rows(this.#first).join("\n").slice(0, TEXT_LIMIT);
  }
}

function closedAtLogin(host: string, text: string): ConnectionLostError {
  const last = text.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
  const said = last === "" ? "" : `; it said "${last}"`;
  return new ConnectionLostError(
    `"${host}" closed the session before a prompt came${said}`,
    "Check that this user may log in to the device's command line",
  );
}

function noPrompt(host: string, line: string): ChannelError {
  return new ChannelError(
    `"${host}" shows no prompt; its last line is "${line.trim().slice(0, 200)}"`,
    "Name its profile with device_type, or log in by hand to see what it waits for",
  );
}

function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
