import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";
import { isSetuidAsker } from "./password_askers.ts";
import {
  isOldEditor,
  isReplaced,
  isShell,
  isShellAtPrompt,
  speaksPosix,
} from "./shell_at_prompt.ts";
import type { StartUpLook } from "./start_up_verdict.ts";
import {
  CARRIERS,
  isAway,
  isKnown,
  isReading,
  type KnownShell,
  type ProcessIdentity,
} from "./terminal_process.ts";

/**
 * The kind of text that the reader reads: `secret` for certain, or, of a program that may be busy with something else,
 * nothing but secrets when it asks.
 */
export type Reads = "anything" | "secret" | "secrets-only";

/**
 * The reader of a terminal, as far as its host proves it. `waitsForInput`: whoever has the terminal is
 * blocked until something is typed, and does nothing else meanwhile.
 */
export type ReaderVerdict =
  /** A shell inside the known ones that waits at its prompt. */
  | { readonly kind: "shell"; readonly process: ProcessIdentity }
  /** A shell of another language at its prompt: a POSIX line means something else to it. */
  | { readonly kind: "foreign-shell" }
  | { readonly kind: "program"; readonly reads: Reads; readonly waitsForInput: boolean }
  /** A known shell itself: a command of its own such as `read`, or what exec put in its place. */
  | {
    readonly kind: "itself";
    readonly reads: Reads;
    readonly waitsForInput: boolean;
    /** It edits the line, as no shell does that we have set up. */
    readonly edits: boolean;
  }
  /** Nobody: whoever has the terminal does something else. */
  | { readonly kind: "nobody" }
  /** A program that passes what is typed on to another terminal, such as ssh(1). */
  | { readonly kind: "carrier"; readonly arguments: readonly string[] }
  | {
    readonly kind: "unproven";
    /** Whoever reads, the terminal hides what is typed. */
    readonly hidesInput?: boolean | undefined;
  };

/** The echo of a terminal when the command that runs on it began. */
export type EchoAtStart = "on" | "off";

/**
 * Judges who reads a terminal now.
 *
 * `known` are the shells that were found before: one that reads as itself runs a command of its own.
 */
export function judgeReader(
  terminal: TerminalListing,
  known: readonly KnownShell[],
  echoAtStart: EchoAtStart = "off",
): ReaderVerdict {
  const { processes } = terminal;
  if (processes.length === 0 || terminal.mode === undefined) return { kind: "unproven" };
  const awake = processes.filter((process) => !isAway(process));
  // sudo(8) with use_pty waits for its child, and passes on what is typed to a terminal of its own.
  const carriers = awake.length > 0 ? awake : processes.filter(({ wait }) => wait !== "elsewhere");
  const carrier = carriers.find(({ name }) => CARRIERS.has(name));
  if (carrier !== undefined && terminal.mode === "raw") {
    return { kind: "carrier", arguments: [carrier.name, ...carrier.arguments ?? []] };
  }
  if (awake.length === 0) return { kind: "nobody" };
  const [only] = awake;
  const isAnother = !isKnown(only!, known) || isReplaced(only!, known);
  const isAtPrompt = awake.length === 1 && isShellAtPrompt(only!, terminal);
  if (isAnother && isAtPrompt) {
    return speaksPosix(only!)
      ? { kind: "shell", process: { pid: only!.pid, start: only!.start } }
      : { kind: "foreign-shell" };
  }
  if (awake.length === 1 && isOldEditor(only!, terminal) && !isKnown(only!, known)) {
    return { kind: "unproven" };
  }
  const readers = awake.filter((process) =>
    isReading(process, terminal) || isSetuidAsker(process) || isSetuidSecretReader(process)
  );
  if (readers.length === 0) {
    return { kind: "unproven", hidesInput: isHidden(terminal, echoAtStart) };
  }
  const reads = readsOf(readers, terminal, echoAtStart);
  const waitsForInput = awake.every((process) => isBlocked(process, terminal));
  return readers.every((process) => isKnown(process, known))
    ? { kind: "itself", reads, waitsForInput, edits: isAtPrompt && terminal.mode === "raw" }
    : { kind: "program", reads, waitsForInput };
}

/**
 * It does nothing until something is typed: of a program with threads, others may be at work, and one
 * that waits for a line by select(2) does so for a time. Line editors wait by it for keys.
 */
function isBlocked({ wait, readsInThread }: TerminalProcess, { mode }: TerminalListing): boolean {
  return !readsInThread && (wait === "reads" || (wait === "selects" && mode === "raw"));
}

/** Programs that read a line of the terminal for nothing but a secret. */
const SECRET_READERS = new Set(
  "passwd smbpasswd htpasswd kinit kpasswd ssh-add su sudo sudo-rs doas".split(" "),
);

/** Proven by how the terminal is set, by the descriptor that is read, or by the program itself. */
function readsOf(
  readers: readonly TerminalProcess[],
  terminal: TerminalListing,
  echoAtStart: EchoAtStart,
): Reads {
  if (terminal.mode !== "cooked" || terminal.echoes) return "anything";
  const isCertain = isHidden(terminal, echoAtStart) ||
    readers.every((process) => process.readsOwnDescriptor && !isShell(process));
  if (isCertain) return "secret";
  return readers.every(({ command }) => SECRET_READERS.has(command)) ? "secrets-only" : "anything";
}

/** Whether a program has turned the echo off: our shells have no echo at their prompt. */
function isHidden(
  { mode, echoes, hidesInput }: TerminalListing,
  echoAtStart: EchoAtStart,
): boolean {
  return hidesInput || (mode === "cooked" && !echoes && echoAtStart === "on");
}

function isSetuidSecretReader(
  { command, effectiveUid, realUid, hasChild }: TerminalProcess,
): boolean {
  return SECRET_READERS.has(command) && effectiveUid === 0 && realUid !== 0 && !hasChild;
}

/** A Unix host's answers about its terminals, asked in a channel of their own. */
export interface HostInquiry {
  /** Of the shells that are just starting on this connection. */
  readonly startUp?: (() => Promise<StartUpLook>) | undefined;
  /** The terminal of the login shell with this process id; undefined where the host does not tell. */
  readonly terminal?: ((shellPid: number) => Promise<TerminalListing | undefined>) | undefined;
  /** Undoes what a program has set on the terminal of this login shell (stty(1)). */
  readonly makeSane?: ((shellPid: number) => Promise<void>) | undefined;
  /** Milliseconds that the host took for the answer to one command. */
  readonly answerMs?: number | undefined;
}
