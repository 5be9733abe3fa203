import { MARKER_NUMBER } from "../../terminal/markers.ts";
import { PIPED } from "./exit_status.ts";
import {
  type EchoChange,
  echoWhileRunning,
  RESET_ECHO,
  RESET_KEYS_AND_ECHO,
} from "./readers/terminal_echo.ts";
import { RESET_KEYS } from "./readers/terminal_keys.ts";
import { isPlainList } from "./plain_list.ts";
import { dropSecrets, onlyWithSecrets, readSecrets, type SecretWords } from "./secret_reading.ts";
import { continued, type ControlStyle, quotePosix } from "./quoting.ts";

/** The parts of a framed command line. */
export interface Frame {
  /** Of this command: 8 to 32 hex digits, in no other line that was ever typed. */
  readonly id: string;
  readonly command: string;
  /** Part of the names of the shell's variables: see {@link namesOf}. */
  readonly names: string;
  /** `$?` that the command is to see, 0–255. */
  readonly previousStatus: number;
  /** `$-` as last reported. */
  readonly flags: string;
  /** Redirection of markers: " >/dev/tty", or "" where the shell may not. */
  readonly sink: string;
  /** Redirection of errors that nobody is to see. */
  readonly quiet: "2>/dev/null" | "2>&-";
  readonly controlStyle: ControlStyle;
  /** A command that carried a secret is not recorded. */
  readonly history: "record" | "omit";
  /** The line that the history gets. */
  readonly recorded: string;
  /** Where the shell keeps its history, if it told. */
  readonly historyFile?: string | undefined;
  /** Makes a marker of sudo's prompt while the command runs. */
  readonly passwordNonce?: string | undefined;
  /** The shell cannot print markers by itself: only its prompt reports the end. */
  readonly endsAtPrompt?: boolean | undefined;
  /** Whether standard output may have gone to a pipe, such as `exec > >(tee log)`. */
  readonly mayBePiped?: boolean | undefined;
  /** Whether a printable character may have become a key of the terminal. */
  readonly mayChangeKeys?: boolean | undefined;
  /** Whether the command may turn the terminal's echo off. */
  readonly echoChange?: EchoChange | undefined;
  /** Names of values that are read from the terminal, and exported to this command alone. */
  readonly secrets?: readonly string[] | undefined;
  /** Names that an earlier command had so, and may have left when it was cut short. */
  readonly formerSecrets?: readonly string[] | undefined;
}

/** A POSIX shell's own words for what a frame does, safe from the user's aliases and functions. */
export interface PosixWords {
  /** Prints marker C. */
  readonly tellBegin: (id: string) => string;
  /** Prints markers W and D from `PWD`, `$?` and `$-`. */
  readonly tellEnd: (id: string) => string;
  readonly eval: string;
  /** Makes sure that the word behind it is the shell's own. */
  readonly own: string;
  /** Returns from a function; with {@link own} unless told otherwise. */
  readonly return?: string;
  /** Adds the word behind it to the history. */
  readonly record?: string;
  /** Typed behind the end, unless the command is traced. */
  readonly afterEnd?: string;
  /** Without `[[`, a trap on DEBUG, and so on. */
  readonly isPlain?: boolean;
  /** ksh93: a subshell is no fork, and what a trap on DEBUG runs changes `$?` for `eval`. */
  readonly isKsh93?: boolean;
  /** Stands before what is redirected; what fails in it is not. */
  readonly guard?: string;
  /** Whether a command outside of `eval` numbers its jobs as the user expects, and one inside does not. */
  readonly evalTakesJob?: boolean;
  /**
   * Output of `set -x` goes where standard error is redirected to, or always to the terminal: then
   * nothing is typed behind a traced command, and the prompt tells its end.
   */
  readonly trace: "redirected" | "stubborn";
}

/**
 * The directory for marker W, as every POSIX shell expands it; empty when a control character in
 * the path would spoil the marker, and under `unset PWD`.
 */
export const CWD = "${PWD:+${PWD##*[[:cntrl:]]*}}";

/** Variables of the shell that set-up and frames use; what names one of them is ours. */
export const OURS = "_mcp_ssh_";

/**
 * Four characters for the names of one shell's variables, of no use for guessing its nonce: a start-up
 * file may have made names without them readonly, as a shell inside this one finds them exported.
 */
export function namesOf(nonce: string): string {
  let hash = 0;
  for (const character of nonce) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (hash % 0x10000).toString(16).padStart(4, "0");
}

/** Gives the variables of a text of ours the names that they have in one shell. */
export function withNames(text: string, names: string): string {
  return text.replaceAll(OURS, `${OURS}${names}`);
}

const NAMES = {
  begin: `${OURS}c`,
  end: `${OURS}d`,
  id: `${OURS}i`,
  status: `${OURS}s`,
  piped: `${OURS}o`,
  restore: `${OURS}r`,
} as const;

/**
 * The fields of marker P as every POSIX shell expands them, up to the flags: the command's id, the
 * shell, the status that was kept for want of marker D, and `status`, which says `$?`.
 */
export function promptFields(status: string): string {
  return `\${${NAMES.id}-};$$;\${${NAMES.status}-};${status}`;
}

/** The value of an `eval`ed word that a traced command's end stands in, and nothing else. */
const KEPT_STATUS = `\${${NAMES.status}:=$?}`;

/**
 * The formats by which a shell with printf(1) built in prints its markers.
 *
 * A hook may print the line that is typed, with its escapes undone (a window's title, a trace). So a
 * frame names these variables and holds no marker, and the nonce stands in the set-up line apart
 * from the rest of a marker.
 */
export function printfFormats(nonce: string): string {
  const part = (text: string): string => `'\\033]${MARKER_NUMBER};'${nonce}'${text}\\007'`;
  return `${NAMES.begin}=${part(";C;%s")} ` +
    `${NAMES.end}=${part(";W;%s;%s")}${part(";D;%s;%s;%s\\n")}`;
}

/** The words of a shell with printf(1) built in; {@link printfFormats} must be set. */
export function printfWords(
  builtin: string,
): Pick<PosixWords, "tellBegin" | "tellEnd" | "own"> {
  return {
    own: builtin,
    tellBegin: (id) => `${builtin} printf "\${${NAMES.begin}-}" ${id}`,
    tellEnd: (id) =>
      `${builtin} printf "\${${NAMES.end}-}" ${id} "${CWD}" ${id} "${KEPT_STATUS}" ` +
      `"$-\${${NAMES.piped}-}"`,
  };
}

/** The parts of markers that mksh's `print` puts together: it has no printf of its own. */
export function printParts(nonce: string): string {
  const begin = `$'\\e]${MARKER_NUMBER};'${nonce}`;
  return `${NAMES.begin}=${begin} ${NAMES.end}=$'\\a' ${OURS}l=$'\\n\\a'`;
}

/** The words of mksh; {@link printParts} must be set. */
export const printWords: Pick<PosixWords, "tellBegin" | "tellEnd" | "own"> = {
  own: "\\command",
  tellBegin: (id) => `\\builtin print -nr -- "\${${NAMES.begin}-};C;${id}\${${NAMES.end}-}"`,
  tellEnd: (id) =>
    `\\builtin print -nr -- "\${${NAMES.begin}-};W;${id};${CWD}\${${NAMES.end}-}` +
    `\${${NAMES.begin}-};D;${id};${KEPT_STATUS};$-\${${NAMES.piped}-}\${${OURS}l-}"`,
};

/**
 * A POSIX frame: tell the start, restore `$?`, `eval` the command as one word, tell the end.
 *
 * No line of it is longer than about 1,000 bytes, as with {@link quotePosix}. Each of its words that a
 * trap on DEBUG could print holds the id.
 */
export function posixFrame(frame: Frame, words: PosixWords): string {
  const { id, sink, names } = frame;
  const isTraced = frame.flags.includes("x") && sink !== "";
  const asIs = typedAsIs(frame, words);
  const command = quotePosix(frame.command, frame.controlStyle);
  const secrets = secretWords(frame, words);
  const only = secrets === undefined ? { before: "", after: "" } : onlyWithSecrets(secrets);
  const named = (text: string): string => withNames(text, names);
  return continued([
    named(` ${NAMES.id}=${id} ${NAMES.status}=;`) + (isTraced ? untrace(frame) : "") +
    (hidesInput(frame, words) ? "\\set +v;" : ""),
    frame.formerSecrets === undefined ? "" : dropSecrets(frame.formerSecrets, frame.quiet),
    ...recording(frame, words),
    ...(secrets === undefined ? [] : readSecrets(secrets)),
    askByMarker(frame),
    ...(turnsEchoOn(frame) ? [named(echoWhileRunning(`\${_${id}-}`, frame.quiet))] : []),
    ...(frame.endsAtPrompt ? [named(`${restore(frame, "\\return")}\\eval `)] : [
      named(`${only.before}${sink === "" ? "" : words.guard ?? ""}${words.tellBegin(id)}${sink};`),
      isTraced
        ? `${words.eval} '${traceAgain(frame, words)}' `
        : asIs === undefined
        ? named(evaluation(frame, words))
        : "",
    ]),
    asIs ?? `${command} ${endOfWords(id)}${only.after};`,
    named(end(frame, words)),
  ]);
}

/** Whether the terminal echoes while the framed command runs: see {@link echoWhileRunning}. */
export function turnsEchoOn(
  { echoChange = "none", sink, endsAtPrompt }: Pick<Frame, "echoChange" | "sink" | "endsAtPrompt">,
): boolean {
  return echoChange !== "none" && sink !== "" && endsAtPrompt !== true;
}

function resetTerminal(frame: Frame): string {
  if (!turnsEchoOn(frame)) return frame.mayChangeKeys ? RESET_KEYS : "";
  return frame.echoChange === "file" && !frame.mayChangeKeys ? RESET_ECHO : RESET_KEYS_AND_ECHO;
}

function secretWords(frame: Frame, words: PosixWords): SecretWords | undefined {
  const { id, secrets: names, quiet, controlStyle, sink } = frame;
  if (names === undefined || sink === "" || frame.endsAtPrompt) return undefined;
  const tell = (fields: string): string =>
    withNames(`${words.tellBegin(fields)}${sink}`, frame.names);
  return { id, names, quiet, controlStyle, own: words.own, tell };
}

/** The command for a shell that numbers its jobs otherwise inside `eval`: a plain list goes without. */
function typedAsIs(frame: Frame, { evalTakesJob }: PosixWords): string | undefined {
  const isJobList = evalTakesJob && /[&%]|\bjobs\b/.test(frame.command);
  if (frame.secrets !== undefined) return undefined;
  if (!isJobList || frame.flags.includes("x") || frame.endsAtPrompt) return undefined;
  if (!isPlainList(frame.command)) return undefined;
  return frame.command.trimEnd().endsWith("&") ? `${frame.command} ` : `${frame.command};`;
}

function recording(frame: Frame, { record }: PosixWords): readonly string[] {
  if (frame.history === "omit" || record === undefined || frame.endsAtPrompt) return [];
  return [record, quotePosix(frame.recorded, frame.controlStyle), ";"];
}

/** Restores `$?` before `eval`, or in it where a trap on DEBUG that runs before `eval` changes `$?`. */
function evaluation(frame: Frame, words: PosixWords): string {
  const { eval: evaluate, isKsh93, own } = words;
  const before = isKsh93
    ? restoreInSubshell(frame, "||")
    : restore(frame, words.return ?? `${own} return`);
  const label = `\${_${frame.id}-} `;
  const isInside = isKsh93 && !frame.flags.includes("e");
  const shown = hidesInput(frame, words) ? "\\set -v;" : "";
  const inside = isInside ? `${shown}${before.replace(/\|\|$/, ";")}` : "";
  if (inside === "") return `${before}${evaluate} ${label}`;
  return `${evaluate} ${label}'${inside}' `;
}

/** Expands to nothing: in what a hook prints, our words before a command end with it. */
export function endOfWords(id: string): string {
  return `\${_${id}_-}`;
}

/**
 * ksh93 under `set -v` prints what it evaluates without a line end: output would stand in one line
 * with our words. Under errexit nothing of ours is evaluated.
 */
function hidesInput({ flags }: Frame, { isKsh93 }: PosixWords): boolean {
  return isKsh93 === true && flags.includes("v") && !flags.includes("e");
}

/** Ends `set -x` before our words; what is printed up to marker C is dropped for the id in it. */
function untrace(frame: Frame): string {
  return `{ \\set +x; } ${frame.quiet};`;
}

/** Where the trace cannot be redirected, a `$?` that is restored shows in it. */
function traceAgain(frame: Frame, words: PosixWords): string {
  const restored = frame.flags.includes("e") ? "" : restoreInSubshell(frame, ";");
  const again = `\\set -x${hidesInput(frame, words) ? "v" : ""};${restored}`;
  return words.trace === "redirected" ? `{ ${again} } ${frame.quiet};` : again;
}

function end(frame: Frame, words: PosixWords): string {
  if (frame.endsAtPrompt) return `case ${KEPT_STATUS} in esac${askAsBefore(frame)}`;
  const after = words.afterEnd === undefined ? "" : `;${words.afterEnd}`;
  const tell = `${words.tellEnd(frame.id)}${frame.sink}${askAsBefore(frame)}${after}`;
  if (frame.sink === "") return tell;
  const looked = `${resetTerminal(frame)}${frame.mayBePiped ? lookForPipe() : ""}${tell}`;
  // The prompt reports this status where no file can be opened. Plain shells trace no `case`; for the
  // others a trap on DEBUG changes `$?` before it, and a line of their trace goes for the id in it.
  const kept = words.isPlain ? `case ${KEPT_STATUS} in esac;` : `\\: "${KEPT_STATUS}" ${frame.id};`;
  return words.trace === "redirected"
    ? `${kept}${words.guard ?? ""}{ ${looked}; } ${frame.quiet}`
    : `${kept}case $- in *x*) ;; *) ${looked};; esac`;
}

function lookForPipe(): string {
  return `${NAMES.piped}=;\\test -p /dev/fd/1&&${NAMES.piped}='${PIPED}';`;
}

/** sudo(8) asks with a marker while the command runs. */
function askByMarker(frame: Frame): string {
  const { passwordNonce } = frame;
  if (passwordNonce === undefined) return "";
  const start = `\\033]${MARKER_NUMBER};`;
  const value = frame.controlStyle === "ansi-c"
    ? `$'${start}'${passwordNonce}$';S\\007'`
    : `$(\\command printf '${start}%s;S\\007' ${passwordNonce})`;
  return `\\export SUDO_PROMPT; SUDO_PROMPT=${value};`;
}

function askAsBefore(frame: Frame): string {
  const { passwordNonce, secrets, id, quiet } = frame;
  const dropped = secrets === undefined
    ? ""
    : `;${dropSecrets([...secrets, `_${id}k`], quiet).replace(/;$/, "")}`;
  return `${dropped}${passwordNonce === undefined ? "" : ";\\unset SUDO_PROMPT"}`;
}

/**
 * Sets `$?` without a fork, which may be impossible (`ulimit -u`). Before `||` a failure trips neither
 * errexit nor zsh's err_return nor a trap on ERR, and what stands behind is run, whatever a function
 * with the name of one of these words returns.
 */
function restore({ id, previousStatus }: Frame, returnWord: string): string {
  if (previousStatus === 0) return "";
  const behind = endOfWords(id);
  if (previousStatus === 1) return `! : ${id} ${behind};`;
  const name = NAMES.restore;
  const set = `${name}(){ ${returnWord} "\${_${id}-${previousStatus}}${behind}";};`;
  return `${set}${name} ${id} ${behind}&&! case x in esac||`;
}

function restoreInSubshell({ id, previousStatus }: Frame, separator: "||" | ";"): string {
  if (previousStatus === 0) return "";
  if (previousStatus === 1) return "! :;";
  return `(exit "\${_${id}-${previousStatus}}${endOfWords(id)}")${separator}`;
}
