import { printfMarker } from "../../terminal/nonce.ts";
import { continued, type ControlStyle, quotePosix } from "./quoting.ts";

/** What a command line is framed with. */
export interface Frame {
  readonly nonce: string;
  readonly command: string;
  /** `$?` that the command is to see, 0–255. */
  readonly previousStatus: number;
  /** `$-` as last told. */
  readonly flags: string;
  /** Redirection of markers: " >/dev/tty", or "" where the shell may not. */
  readonly sink: string;
  readonly controlStyle: ControlStyle;
  /** A command that carried a secret is not recorded. */
  readonly history: "record" | "omit";
  /** What history shows for it. */
  readonly recorded: string;
  /** Where the shell keeps its history, if it told. */
  readonly historyFile?: string | undefined;
  /** Makes a marker of sudo's prompt while the command runs. */
  readonly passwordNonce?: string | undefined;
}

/** A POSIX shell's own words for what a frame does, safe from the user's aliases and functions. */
export interface PosixWords {
  /** Prints marker C. */
  readonly tellBegin: (nonce: string) => string;
  /** Prints markers W and D from `PWD`, `$?` and `$-`. */
  readonly tellEnd: (nonce: string) => string;
  readonly eval: string;
  /** Adds the word behind it to the history. */
  readonly record?: string;
  /** Typed behind the end, unless the command is traced. */
  readonly afterEnd?: string;
  /**
   * What `set -x` prints goes where standard error is redirected to, or always to the terminal: then
   * nothing is typed behind a traced command, and the prompt tells its end.
   */
  readonly trace: "redirected" | "stubborn";
}

/**
 * The directory for marker W, as every POSIX shell expands it; empty when a control character in
 * the path would spoil the marker, and under `unset PWD`.
 */
export const CWD = "${PWD:+${PWD##*[[:cntrl:]]*}}";

/** Holds `$?` of a traced command until its prompt has told it. */
const STATUS_NAME = "_mcp_ssh_session_status";

/** `$?` for the prompt of a shell whose trace is stubborn. */
export const PROMPT_STATUS = `\${${STATUS_NAME}-$?}`;

/** W carries the cwd alone: a path may hold bytes that spoil a marker, and the status must not go with it. */
export function endFormat(nonce: string): string {
  return printfMarker(nonce, "W", "%s") + printfMarker(nonce, "D", "%s;%s\\n");
}

/** The words of a shell with printf(1) built in. */
export function printfWords(builtin: string): Pick<PosixWords, "tellBegin" | "tellEnd"> {
  return {
    tellBegin: (nonce) => `${builtin} printf '${printfMarker(nonce, "C")}'`,
    tellEnd: (nonce) => `${builtin} printf '${endFormat(nonce)}' "${CWD}" "$?" "$-"`,
  };
}

/**
 * A POSIX frame: tell the start, restore `$?`, `eval` the command as one word, tell the end.
 *
 * No line of it is longer than about 1,000 bytes, as with {@link quotePosix}.
 */
export function posixFrame(frame: Frame, words: PosixWords): string {
  const { nonce, sink } = frame;
  const isTraced = frame.flags.includes("x") && sink !== "";
  return continued([
    ` ${isTraced ? untrace(nonce) : ""}${words.tellBegin(nonce)}${sink};`,
    ...recording(frame, words),
    askByMarker(frame),
    isTraced
      ? `${words.eval} '${traceAgain(frame, words)}' `
      : `${restore(frame, "||")}${words.eval} `,
    quotePosix(frame.command, frame.controlStyle),
    ";",
    end(frame, words),
  ]);
}

function recording(frame: Frame, { record }: PosixWords): readonly string[] {
  if (frame.history === "omit" || record === undefined) return [];
  return [record, quotePosix(frame.recorded, frame.controlStyle), ";"];
}

/** Ends `set -x` before our words; what is printed up to marker C is dropped for the nonce in it. */
function untrace(nonce: string): string {
  return `: ${nonce};{ \\set +x; } 2>/dev/null;\\unset ${STATUS_NAME};`;
}

/** Where the trace cannot be redirected, a `$?` that is restored shows in it. */
function traceAgain(frame: Frame, words: PosixWords): string {
  const again = `\\set -x;${frame.flags.includes("e") ? "" : restore(frame, ";")}`;
  return words.trace === "redirected" ? `{ ${again} } 2>/dev/null;` : again;
}

function end(frame: Frame, words: PosixWords): string {
  const after = words.afterEnd === undefined ? "" : `;${words.afterEnd}`;
  const tell = `${words.tellEnd(frame.nonce)}${frame.sink}${askAsBefore(frame)}${after}`;
  if (frame.sink === "") return tell;
  if (words.trace === "redirected") return `{ ${tell}; } 2>/dev/null`;
  return `case $- in *x*) case \${${STATUS_NAME}=$?} in esac;; *) ${tell};; esac`;
}

/** sudo(8) asks with a marker while the command runs. */
function askByMarker(frame: Frame): string {
  if (frame.passwordNonce === undefined) return "";
  const value = frame.controlStyle === "ansi-c"
    ? `$'${printfMarker(frame.passwordNonce, "S")}'`
    : `$(\\command printf '${printfMarker(frame.passwordNonce, "S")}')`;
  return `\\export SUDO_PROMPT; SUDO_PROMPT=${value};`;
}

function askAsBefore(frame: Frame): string {
  return frame.passwordNonce === undefined ? "" : ";\\unset SUDO_PROMPT";
}

/**
 * Sets `$?`, without a fork where the value is 0 or 1. Before `||` a failure trips neither errexit nor
 * zsh's err_return nor a trap on ERR, and what stands behind is run.
 */
function restore(frame: Frame, separator: "||" | ";"): string {
  if (frame.previousStatus === 0) return "";
  return frame.previousStatus === 1 ? "! :;" : `(exit ${frame.previousStatus})${separator}`;
}
