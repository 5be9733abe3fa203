import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";
import { isAway, isReading, type KnownShell } from "./terminal_process.ts";

/** Names that shells go by. */
const SHELLS = new Set(
  ("sh bash dash ash hush zsh ksh ksh93 mksh lksh oksh loksh pdksh yash posh fish tcsh csh bsd-csh rbash " +
    "rzsh rksh elvish nu xonsh pwsh es rc osh ysh").split(" "),
);

/** Shells without a line editor: at their prompt the terminal is cooked. */
const PLAIN_SHELLS = new Set("sh dash posh csh bsd-csh".split(" "));

/** They edit their lines only where the terminal echoes, and mostly there. */
export const ECHO_EDITING_SHELLS: ReadonlySet<string> = new Set(
  "ash ksh ksh93 mksh lksh oksh loksh pdksh yash".split(" "),
);

/** Shells of other languages, inside of which no POSIX line can be run. */
const OTHER_LANGUAGES = new Set("elvish nu xonsh pwsh es rc".split(" "));

/** Whether a program of this name is a shell. */
export function isShellName(name: string): boolean {
  return SHELLS.has(name);
}

/** Whether a process is a shell, by its program. */
export function isShell({ name, command }: TerminalProcess): boolean {
  return SHELLS.has(name) || (command === "xonsh" && name.startsWith("python"));
}

/** Whether a shell can run POSIX commands; where not, it is a program like others. */
export function speaksPosix({ name, command }: TerminalProcess): boolean {
  return !OTHER_LANGUAGES.has(name) && !OTHER_LANGUAGES.has(command);
}

/** Whether exec put a shell of another kind in the place of one that is known. */
export function isReplaced({ pid, name }: TerminalProcess, known: readonly KnownShell[]): boolean {
  const before = known.find((shell) => shell.pid === pid)?.shellKind;
  return before !== undefined && isShellName(name) && familyOf(name) !== familyOf(before);
}

/** A program may go by several names of its family. */
function familyOf(name: string): string {
  return ["bash", "zsh", "fish", "ksh", "yash", "csh"].find((family) => name.includes(family)) ??
    "sh";
}

/** Whether the login shell, and nobody else in the foreground, reads what is typed next. */
export function loginShellReads(terminal: TerminalListing): boolean {
  const [only, ...others] = terminal.processes.filter((process) => !isAway(process));
  return only?.pid === terminal.shell && others.length === 0 &&
    (isReading(only, terminal) || isShellAtPrompt(only, terminal));
}

/**
 * A line editor takes the terminal raw and without echo; a shell without one reads it cooked, with
 * no script open. bash(1) edits by select(2), and reads by read(2) for `read -n 1` of a script.
 */
export function isShellAtPrompt(process: TerminalProcess, terminal: TerminalListing): boolean {
  const { name, wait, inputIsTerminal } = process;
  if (!isShell(process) || !isInteractive(process) || isAway(process)) return false;
  if (inputIsTerminal === false) return false;
  const isHidden = wait === "unknown" && inputIsTerminal === undefined;
  if (terminal.mode === "raw") {
    if (terminal.echoes) return false;
    return isHidden || wait === "polls" || wait === "selects" ||
      (wait === "reads" && !isBash(name));
  }
  const readsCooked = PLAIN_SHELLS.has(name) ||
    (ECHO_EDITING_SHELLS.has(name) && !terminal.echoes);
  const isPlain = readsCooked && (!process.holdsFile || keepsHistory(process));
  return isPlain && (isHidden || wait === "reads");
}

/** Its history is a file that it holds open. */
function keepsHistory({ name }: TerminalProcess): boolean {
  return name.includes("ksh") || name === "yash";
}

/** readline before version 7 edits by read(2), as `read -n 1` reads. */
export function isOldEditor(process: TerminalProcess, terminal: TerminalListing): boolean {
  return isBash(process.name) && process.wait === "reads" && terminal.mode === "raw" &&
    !terminal.echoes && isInteractive(process);
}

function isBash(name: string): boolean {
  return name === "bash" || name === "rbash";
}

/** Options of shells that take the next word. */
const SHELL_VALUES = /^(?:--rcfile|--init-file|[-+][A-Za-z]*[oO]|-C|--init-command)$/;

/** Whether a shell was started to prompt: neither for a command, nor for a script. */
function isInteractive({ arguments: words }: TerminalProcess): boolean {
  if (words === undefined) return false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word.startsWith("--command") || /^-[A-Za-z]*c/.test(word)) return false;
    if (SHELL_VALUES.test(word)) at++;
    else if (!/^[-+]/.test(word)) return false;
  }
  return true;
}
