import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";
import { isAway, type ProcessIdentity } from "./terminal_process.ts";

/** sudo(8), doas(1) or su(1) that waits for a password: proven to be the setuid program itself. */
export interface PasswordAsker extends ProcessIdentity {
  readonly program: "sudo" | "doas" | "su";
}

/**
 * The setuid programs that read a password on this terminal now; undefined where anybody else may
 * read what is typed, or where it cannot be proved.
 *
 * Effective uid 0 under the real uid of the login shell, which is not root, cannot be had by a copy under
 * the same name, or by a name alone; another setuid program under the name has a text of another size.
 * One that was let in has a child, or has become the command. The
 * echo must be off, as each of them switches it; what asks otherwise (`sudo -S`) may read elsewhere.
 */
export function passwordAskers(
  terminal: TerminalListing,
): readonly PasswordAsker[] | undefined {
  const { shellUid } = terminal;
  if (terminal.echoes || terminal.mode === undefined) return undefined;
  if (shellUid === undefined || shellUid === 0) return undefined;
  const awake = terminal.processes.filter((process) => !isAway(process));
  const askers = awake.flatMap((process) => {
    const program = elevatorOf(process);
    if (program === undefined || !isSetuidAsker(process) || !process.isInstalled) return [];
    return process.realUid === shellUid && readsItsTerminal(process, program)
      ? [{ pid: process.pid, start: process.start, program }]
      : [];
  });
  return askers.length > 0 && askers.length === awake.length ? askers : undefined;
}

const ELEVATORS: Readonly<Record<string, PasswordAsker["program"]>> = {
  "sudo": "sudo",
  "sudo-rs": "sudo",
  "sudoedit": "sudo",
  "doas": "doas",
  "su": "su",
  "su-rs": "su",
};

/** It runs as root for somebody who is not, and started nothing yet. */
export function isSetuidAsker(process: TerminalProcess): boolean {
  const { effectiveUid, realUid, hasChild } = process;
  return elevatorOf(process) !== undefined && effectiveUid === 0 && realUid !== undefined &&
    realUid !== 0 && !hasChild;
}

function elevatorOf({ command }: TerminalProcess): PasswordAsker["program"] | undefined {
  return Object.hasOwn(ELEVATORS, command) ? ELEVATORS[command] : undefined;
}

/**
 * sudo -S and -A read elsewhere. su asks for the password of the account it is to become: only
 * root's can be meant by a password for sudo.
 */
function readsItsTerminal(
  { arguments: words }: TerminalProcess,
  program: PasswordAsker["program"],
): boolean {
  if (words === undefined) return false;
  if (program === "sudo") {
    return !sudoOptions(words).some((word) => /^(?:-[^-]*[SA]|--stdin|--askpass)/.test(word));
  }
  return program === "doas" || suTarget(words) === "root";
}

/** Options of sudo(8) that take the next word. */
const SUDO_VALUES =
  /^-[A-Za-z]*[CDghpRrTtUu]$|^--(?:chdir|chroot|close-from|command-timeout|group|host|other-user|prompt|role|type|user)$/;

function sudoOptions(words: readonly string[]): readonly string[] {
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (/^\w+=/.test(word)) continue;
    if (word === "--" || !word.startsWith("-")) break;
    options.push(word);
    if (SUDO_VALUES.test(word)) at++;
  }
  return options;
}

/** Options of su(1) that take the next word. */
const SU_VALUES =
  /^-[A-Za-z]*[cCgGsTw]$|^--(?:command|session-command|group|supp-group|shell|whitelist-environment)$/;

function suTarget(words: readonly string[]): string {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (SU_VALUES.test(word)) at++;
    else if (word === "--") return words[at + 1] ?? "root";
    else if (!word.startsWith("-")) return word;
  }
  return "root";
}
