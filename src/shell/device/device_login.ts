import type { Clock } from "../../clock.ts";
import { ChannelError, ConnectionLostError, UnsupportedError } from "../../errors.ts";
import { suspectDeviceQuestion } from "./device_question.ts";
import { PATTERN_LINE_LIMIT } from "./profiles/line_pattern.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { isCountedOn, readPrompt, sameHost } from "./prompt.ts";
import { findPager } from "./device_state.ts";
import type { DeviceTerminal } from "./device_terminal.ts";

/** What a login showed. */
export interface DeviceLogin {
  /** The prompt, as it stood twice. */
  readonly line: string;
  /** Rows that an empty line put above it. */
  readonly header: readonly string[];
  /** All that was printed before the first prompt, its beginning if there was much. */
  readonly text: string;
  /** A number in the prompt grew by one at the second. */
  readonly hasCounter: boolean;
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
  readonly signal?: AbortSignal;
}

/** A prompt-shaped line, or one that answered Enter, is tried soon; other words get more time. */
const LIKELY_MS = 30;
const LEARNED_MS = 80;
const VAGUE_MS = 600;
const ANSWER_MS = 60;
const SILENT_MS = 3000;
const QUESTION_MS = 1500;
const LOGIN_LIMIT_MS = 60_000;
const ENTER_LIMIT = 12;
const TEXT_LIMIT = 65_536;

/**
 * Presses Enter until the same line stands twice: that line is the prompt.
 *
 * Known questions of a login (licence, "press any key", a password change that can be put off) get
 * their one harmless answer; any other question is left alone.
 *
 * @throws {UnsupportedError} When the login asks something unknown, or shows no prompt in time.
 * @throws {ConnectionLostError} When the far end closes first.
 */
export async function learnAtLogin(
  terminal: DeviceTerminal,
  options: LoginOptions,
): Promise<DeviceLogin> {
  const until = options.clock.now() + LOGIN_LIMIT_MS;
  const seen = new LoginText(terminal);
  let before: Place | undefined;
  let answered: Place | undefined;
  for (let enters = 0; enters < ENTER_LIMIT;) {
    const here = { line: seen.line, row: terminal.model.cursorRow };
    const step = judgeLogin(here.line, options, before?.line);
    // A key that nothing answered yet is on its way: a link may take a second for it.
    const waits = isSamePlace(here, step.kind === "type" ? answered : before);
    const woken = await terminal.wait(waits ? SILENT_MS : step.quietMs, signalOf(options.signal));
    if (woken === "closed") throw closedAtLogin(options.hostName, seen.text());
    if (options.clock.now() > until) break;
    if (woken === "data") continue;
    if (step.kind === "refuse") throw unknownQuestion(options.hostName, step.line);
    if (step.kind === "enter" && before !== undefined && here.row > before.row) {
      if (isSamePrompt(before.line, here.line, options.profiles)) {
        // A prompt that came in pieces may still lack its last space.
        if (await terminal.wait(LEARNED_MS, signalOf(options.signal)) === "data") continue;
        const hasCounter = isCountedOn(before.line, here.line);
        return {
          line: here.line,
          header: seen.rows(before.row + 1),
          text: seen.text(),
          hasCounter,
        };
      }
    }
    if (step.kind === "type") answered = here;
    else enters++;
    before = step.kind === "type" ? undefined : here;
    await terminal.type(step.kind === "type" ? step.keys : "\r");
    terminal.restartQuiet();
  }
  throw noPrompt(options.hostName, seen.line);
}

interface Place {
  readonly line: string;
  readonly row: number;
}

function isSamePlace(a: Place, b: Place | undefined): boolean {
  return b !== undefined && a.line === b.line && a.row === b.row;
}

type Step =
  | { readonly kind: "enter"; readonly quietMs: number }
  | { readonly kind: "type"; readonly keys: string; readonly quietMs: number }
  | { readonly kind: "refuse"; readonly line: string; readonly quietMs: number };

function judgeLogin(
  line: string,
  options: LoginOptions,
  before: string | undefined,
): Step {
  const { profiles } = options;
  if (line.trim() === "") {
    return { kind: "enter", quietMs: before === undefined ? SILENT_MS : VAGUE_MS };
  }
  if (line.length > PATTERN_LINE_LIMIT) return { kind: "enter", quietMs: VAGUE_MS };
  const asked = options.known?.login.find(({ match, send }) =>
    typeof send === "object" && match.test(line)
  )?.send;
  const given = typeof asked === "object" ? options.credentials?.[asked.given] : undefined;
  if (given !== undefined) return { kind: "type", keys: `${given}\r`, quietMs: ANSWER_MS };
  const answer = profiles.flatMap(({ login }) => login).find(({ match, send }) =>
    typeof send === "string" && match.test(line)
  );
  if (typeof answer?.send === "string") {
    return { kind: "type", keys: answer.send, quietMs: ANSWER_MS };
  }
  const shaped = profiles.some((profile) => readPrompt(line, profile) !== undefined);
  if (shaped || line === before) return { kind: "enter", quietMs: LIKELY_MS };
  for (const profile of profiles) {
    const found = findPager(line, profile);
    if (found !== undefined) return { kind: "type", keys: found.pager.next, quietMs: ANSWER_MS };
  }
  const kind = profiles[0] && suspectDeviceQuestion(line, profiles[0])?.question.kind;
  // An empty answer to a second login counts as a failed one.
  const asks = kind === "yes-no" || kind === "password" || kind === "passphrase" ||
    /^(?:user ?name|login|user) ?: ?$/i.test(line);
  if (asks) return { kind: "refuse", line, quietMs: QUESTION_MS };
  return { kind: "enter", quietMs: VAGUE_MS };
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

  constructor(terminal: DeviceTerminal) {
    this.#terminal = terminal;
    this.#first = terminal.model.firstRow;
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

function unknownQuestion(host: string, line: string): UnsupportedError {
  return new UnsupportedError(
    `"${host}" asks at login: "${line.trim().slice(0, 200)}"`,
    'Answer it once by hand, or add it to the "login" list of a device profile',
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
