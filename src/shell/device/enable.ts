import { PrivilegeError } from "../../errors.ts";
import type { Dialogue } from "./dialogue.ts";
import type { EnableDialogue } from "./profiles/profile.ts";
import { type Prompt, recognisePrompt } from "./prompt.ts";

/** The command and the password for privileged mode. */
export interface EnableRequest {
  /** Typed once at the device's own question, and nowhere else. */
  readonly password?: string | undefined;
  /** The line to type. */
  readonly command: string;
}

/** Partners of {@link enterPrivileged}. */
export interface EnableOptions {
  /** The name to tell the caller. */
  readonly hostName: string;
  /** Answers a question for the user name: the one of the SSH login. */
  readonly user?: string | undefined;
  readonly signal?: AbortSignal;
}

/** A caller who writes it means the family's own command. */
const DEFAULT_COMMAND = "enable";

/** Where the dialogue stands; the line is judged whole. */
type Turn =
  | { readonly kind: "prompt"; readonly prompt: Prompt }
  | { readonly kind: "password" | "username" | "other" | "waiting" };

const PROMPT_MS = 30;
const QUESTION_MS = 30;
const OTHER_MS = 2000;
/** A device may ask a server of its own before it answers. */
const SILENCE_MS = 20_000;
/** Ctrl-C works at once or not at all; an empty answer may be checked by a server. */
const CANCEL_MS = 600;
const LEAVE_MS = 5000;
const SETTLE_MS = 100;
const LEAVE_TRIES = 4;

/**
 * Enters privileged mode, unless the device is in it or has none.
 *
 * The secret is typed once. Whatever goes wrong, the device is left at a clean prompt, or with its
 * session closed where it offers no other way out.
 *
 * @throws {PrivilegeError} When it is refused, locked, not set up, or asks what was not given.
 */
export async function enterPrivileged(
  dialogue: Dialogue,
  request: EnableRequest,
  options: EnableOptions,
): Promise<void> {
  if (!isWanted(dialogue, request)) return;
  try {
    await converse(dialogue, request, options);
  } finally {
    const { model } = dialogue.terminal;
    model.release(model.cursorRow);
  }
}

async function converse(
  dialogue: Dialogue,
  request: EnableRequest,
  options: EnableOptions,
): Promise<void> {
  const attempt = new Attempt(dialogue, options.hostName);
  const { send } = dialogue.profile.enable!;
  await attempt.type(request.command === DEFAULT_COMMAND ? send : request.command);
  let typed: "no" | "yes" = "no";
  let isNamed = false;
  for (;;) {
    const turn = await attempt.next(options.signal);
    if (turn === "closed") throw attempt.refused({ left: "closed", typed });
    if (turn.kind === "prompt" && turn.prompt.level !== "exec") return dialogue.adopt(turn.prompt);
    if (turn.kind === "prompt") {
      dialogue.adopt(turn.prompt);
      if (attempt.isDone) return dialogue.noteRaised();
      throw attempt.refused({ left: "clean", typed });
    }
    if (turn.kind === "username" && options.user !== undefined && !isNamed) {
      isNamed = true;
      await attempt.type(options.user);
      continue;
    }
    if (turn.kind !== "password" || typed === "yes" || request.password === undefined) {
      const asks = attempt.line;
      const left = await attempt.leave();
      throw attempt.fault(turn.kind, { typed, asks, left });
    }
    typed = "yes";
    await attempt.type(request.password);
  }
}

/** A device without such a mode is as privileged as it gets. */
function isWanted(dialogue: Dialogue, request: EnableRequest): boolean {
  const { learned, profile } = dialogue;
  if (learned.prompt.level !== "exec" || dialogue.isRaised) return false;
  if (profile.enable === undefined) return false;
  return request.password !== undefined || request.command !== DEFAULT_COMMAND;
}

/** How the device was left. */
type Left = "clean" | "closed" | "asking";

/** The end of the attempt. */
interface Seen {
  /** Whether the password was. */
  readonly typed: "no" | "yes";
  readonly asks: string;
  readonly left: Left;
}

const RIGHT_PASSWORD = "Pass the right enable_password; it was typed once";
const CHECK_COMMAND =
  "Check enable_command; run it with execute_command to see what the device answers";

class Attempt {
  readonly #dialogue: Dialogue;
  readonly #host: string;
  readonly #words: EnableDialogue;
  readonly #firstRow: number;
  #typedRow: number;

  constructor(dialogue: Dialogue, host: string) {
    this.#dialogue = dialogue;
    this.#host = host;
    this.#words = dialogue.profile.enable!;
    this.#firstRow = this.#typedRow = dialogue.terminal.model.cursorRow;
  }

  /** The device said that it worked, where its prompt does not. */
  get isDone(): boolean {
    return this.#rows().some((row) => this.#words.done?.test(row));
  }

  get line(): string {
    return this.#dialogue.terminal.model.cursorLine.trim();
  }

  async type(text: string): Promise<void> {
    const { terminal, profile } = this.#dialogue;
    this.#typedRow = terminal.model.cursorRow;
    await terminal.type(text + profile.enter);
    terminal.restartQuiet();
  }

  /** Waits until the device stands somewhere, on a row below what was typed. */
  async next(signal: AbortSignal | undefined): Promise<Turn | "closed"> {
    const { terminal } = this.#dialogue;
    for (;;) {
      const turn = this.#judge();
      const woken = await terminal.wait(patienceMs(turn), signal === undefined ? {} : { signal });
      if (woken === "data") continue;
      return woken === "closed" ? woken : turn;
    }
  }

  /** Ctrl-C, then empty answers: each counts as a try, and the last one ends the question. */
  async leave(): Promise<Left> {
    const { terminal } = this.#dialogue;
    for (let tries = 0; tries < LEAVE_TRIES && !terminal.closed; tries++) {
      this.#typedRow = terminal.model.cursorRow;
      await terminal.type(tries === 0 ? "\x03" : this.#dialogue.profile.enter).catch(() => {});
      terminal.restartQuiet();
      const turn = await this.#settle(tries === 0 ? CANCEL_MS : LEAVE_MS);
      if (turn === "closed") return turn;
      if (turn.kind === "prompt") {
        this.#dialogue.adopt(turn.prompt);
        return "clean";
      }
    }
    return terminal.closed ? "closed" : "asking";
  }

  /** The failure that the device's rows report. */
  refused({ left, typed }: Pick<Seen, "left" | "typed">): PrivilegeError {
    const said = this.#rows();
    const none = said.find((row) => this.#words.noPassword.test(row));
    if (none !== undefined) {
      return new PrivilegeError(
        `"${this.#host}" has no privileged password set${quoted(none)}`,
        "Set one on its console, or log in as a user with a higher privilege level",
      );
    }
    const many = said.find((row) => /too many|locked|attempts? exceeded/i.test(row));
    if (many !== undefined) {
      return new PrivilegeError(
        `"${this.#host}" refuses privileged mode after too many wrong passwords${quoted(many)}${
          ending(left)
        }`,
        "Wait until the device allows another try, then pass the right enable_password",
      );
    }
    const line = said.findLast((row) => this.#words.fail.test(row)) ??
      said.findLast((row) => /^\s*%|error|denied|invalid|unknown/i.test(row));
    return new PrivilegeError(
      `"${this.#host}" refused privileged mode${quoted(line)}${ending(left)}`,
      typed === "yes" ? RIGHT_PASSWORD : CHECK_COMMAND,
    );
  }

  /** The failure at a question that was not answered. */
  fault(
    kind: Turn["kind"],
    seen: Seen,
  ): PrivilegeError {
    if (kind === "password" && seen.typed === "yes") {
      return this.refusedOnce(seen.left);
    }
    if (kind === "password") {
      return new PrivilegeError(
        `"${this.#host}" asks a password for privileged mode${ending(seen.left)}`,
        "Pass enable_password",
      );
    }
    if (kind === "username") {
      return new PrivilegeError(
        `"${this.#host}" asks a user name before privileged mode: "${seen.asks}"${
          ending(seen.left)
        }`,
        "Log in as a user whose session is privileged, or turn the user name off on the device",
      );
    }
    const where = seen.asks === "" ? "gave no answer" : `stands at "${seen.asks.slice(0, 120)}"`;
    return new PrivilegeError(
      `"${this.#host}" ${where} on the way to privileged mode${ending(seen.left)}`,
      CHECK_COMMAND,
    );
  }

  refusedOnce(left: Left): PrivilegeError {
    return new PrivilegeError(
      `"${this.#host}" refused the password for privileged mode${ending(left)}`,
      RIGHT_PASSWORD,
    );
  }

  async #settle(patienceMs: number): Promise<Turn | "closed"> {
    const { terminal } = this.#dialogue;
    const row = terminal.model.cursorRow;
    for (;;) {
      const turn = this.#judge();
      const isNew = terminal.model.cursorRow > row && turn.kind !== "waiting";
      const woken = await terminal.wait(isNew ? SETTLE_MS : patienceMs);
      if (woken === "closed") return woken;
      if (woken === "quiet") return isNew ? turn : { kind: "waiting" };
    }
  }

  #judge(): Turn {
    const { terminal, learned, profile } = this.#dialogue;
    const { cursorLine, cursorRow } = terminal.model;
    if (cursorRow <= this.#typedRow || cursorLine.trim() === "") return { kind: "waiting" };
    const candidate = recognisePrompt(cursorLine, learned, profile);
    if (candidate?.kind === "own") return { kind: "prompt", prompt: candidate.prompt };
    if (this.#words.password.test(cursorLine)) return { kind: "password" };
    if (this.#words.username.test(cursorLine)) return { kind: "username" };
    return { kind: "other" };
  }

  #rows(): string[] {
    const { model } = this.#dialogue.terminal;
    const rows: string[] = [];
    for (let row = Math.max(model.firstRow, this.#firstRow + 1); row < model.cursorRow; row++) {
      rows.push(model.line(row).text);
    }
    return rows;
  }
}

function patienceMs(turn: Turn): number {
  if (turn.kind === "prompt") return PROMPT_MS;
  if (turn.kind === "password" || turn.kind === "username") return QUESTION_MS;
  return turn.kind === "other" ? OTHER_MS : SILENCE_MS;
}

function quoted(row: string | undefined): string {
  return row === undefined ? "" : `: "${row.trim().slice(0, 120)}"`;
}

function ending(left: Left): string {
  if (left === "clean") return "";
  return left === "closed"
    ? "; the device then closed the session, and the next command opens another"
    : "; it still asks";
}
