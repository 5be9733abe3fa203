import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";

/** Which process a listing showed, to be known again: a pid alone may be another's by then. */
export type ProcessIdentity = Pick<TerminalProcess, "pid" | "start">;

/**
 * The kind of text that the reader reads: `secret` for certain, or, of a program that may be busy with something else,
 * nothing but secrets when it asks.
 */
export type Reads = "anything" | "secret" | "secrets-only";

/** The reader of a terminal, as far as its host proves it. */
export type ReaderVerdict =
  /** A shell inside the known ones that waits at its prompt. */
  | { readonly kind: "shell"; readonly process: ProcessIdentity }
  | { readonly kind: "program"; readonly reads: Reads }
  /** A known shell itself: a command of its own such as `read`, or what exec put in its place. */
  | { readonly kind: "itself"; readonly reads: Reads }
  /** Nobody: whoever has the terminal does something else. */
  | { readonly kind: "nobody" }
  /** A program that passes what is typed on to another terminal, such as ssh(1). */
  | { readonly kind: "carrier"; readonly arguments: readonly string[] }
  | { readonly kind: "unproven" };

/** Names that shells go by. */
const SHELLS = new Set(
  ("sh bash dash ash hush zsh ksh ksh93 mksh lksh oksh loksh pdksh yash posh fish tcsh csh bsd-csh rbash " +
    "rzsh rksh elvish nu xonsh pwsh es rc osh ysh").split(" "),
);
/** Shells without a line editor: at their prompt the terminal is cooked. */
const PLAIN_SHELLS = new Set("sh dash posh csh bsd-csh".split(" "));
/** They edit their lines only where the terminal echoes, and mostly there. */
const ECHO_EDITING_SHELLS = new Set("ash ksh ksh93 mksh lksh oksh loksh pdksh yash".split(" "));
/** Shells that read their own prompt only through a line editor, which takes the terminal raw. */
const EDITING_SHELLS = new Set("bash rbash zsh rzsh fish ash".split(" "));
/** They read what is typed and pass it on to something that the host does not show on this terminal. */
const CARRIERS = new Set(
  ("ssh slogin dbclient autossh sshpass mosh-client et telnet rlogin rsh plink sudo sudo-rs doas su run0 pkexec " +
    "docker podman nerdctl kubectl oc k3s k0s microk8s crictl ctr buildah lxc lxc-attach lxc-console incus " +
    "machinectl systemd-run nsenter script expect unbuffer socat virsh vagrant fly flyctl nomad cf heroku az " +
    "gcloud session-manager-plugin tsh teleport apptainer singularity toolbox distrobox flatpak bwrap adb " +
    "conmon crun runc limactl multipass wsl wsl.exe").split(" "),
);
/** Terminals inside the terminal, which somebody else may be working in. */
const MULTIPLEXERS = ["tmux", "screen", "zellij", "byobu", "dtach", "abduco", "dvtm", "mtm"];

/**
 * Judges who reads a terminal now.
 *
 * `known` are the shells that were found before: one that reads as itself runs a command of its own.
 */
export function judgeReader(
  terminal: TerminalListing,
  known: readonly ProcessIdentity[],
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
  if (awake.length === 1 && !isKnown(only!, known) && isShellAtPrompt(only!, terminal)) {
    return { kind: "shell", process: { pid: only!.pid, start: only!.start } };
  }
  if (awake.length === 1 && isOldEditor(only!, terminal) && !isKnown(only!, known)) {
    return { kind: "unproven" };
  }
  const readers = awake.filter((process) =>
    isReading(process, terminal) || isSetuidAsker(process) || isSetuidSecretReader(process)
  );
  if (readers.length === 0) return { kind: "unproven" };
  const reads = readsOf(readers, terminal);
  return readers.every((process) => isKnown(process, known))
    ? { kind: "itself", reads }
    : { kind: "program", reads };
}

/** Programs that read a line of the terminal for nothing but a secret. */
const SECRET_READERS = new Set(
  "passwd smbpasswd htpasswd kinit kpasswd ssh-add su sudo sudo-rs doas".split(" "),
);

/** Proven by how the terminal is set, by the descriptor that is read, or by the program itself. */
function readsOf(readers: readonly TerminalProcess[], terminal: TerminalListing): Reads {
  if (terminal.mode !== "cooked" || terminal.echoes) return "anything";
  const isCertain = terminal.hidesInput ||
    readers.every((process) => process.readsOwnDescriptor && !isShell(process));
  if (isCertain) return "secret";
  return readers.every(({ command }) => SECRET_READERS.has(command)) ? "secrets-only" : "anything";
}

function isSetuidSecretReader(
  { command, effectiveUid, realUid, hasChild }: TerminalProcess,
): boolean {
  return SECRET_READERS.has(command) && effectiveUid === 0 && realUid !== 0 && !hasChild;
}

/** A Unix host's answers about its terminals, asked in a channel of their own. */
export interface HostInquiry {
  /** Of the shells that are just starting on this connection. */
  readonly startUp?: (() => Promise<StartUpVerdict>) | undefined;
  /** The terminal of the login shell with this process id; undefined where the host does not tell. */
  readonly terminal?: ((shellPid: number) => Promise<TerminalListing | undefined>) | undefined;
  /** Undoes what a program has set on the terminal of this login shell (stty(1)). */
  readonly makeSane?: ((shellPid: number) => Promise<void>) | undefined;
  /** Milliseconds that the host took for the answer to one command. */
  readonly answerMs?: number | undefined;
}

/** The state of login shells that are starting, by their terminals. */
export type StartUpVerdict =
  | "prompt"
  | "question"
  /** A question, unless the line is an ordinary prompt beyond doubt. */
  | "doubtful"
  /** Nobody reads yet. */
  | "busy"
  | "multiplexer"
  | "unknown";

/** Judges terminals whose shells are all just starting: a prompt only when each one has prompted. */
export function judgeStartUp(terminals: readonly TerminalListing[]): StartUpVerdict {
  const verdicts = terminals.map(startUpOf);
  for (const verdict of ["multiplexer", "question", "doubtful", "unknown", "busy"] as const) {
    if (!verdicts.includes(verdict)) continue;
    // Of several that start at once, another may be set up by now: it reads without a line editor.
    return verdict === "question" && verdicts.length > 1 ? "doubtful" : verdict;
  }
  return verdicts.length === 0 ? "unknown" : "prompt";
}

function startUpOf(terminal: TerminalListing): StartUpVerdict {
  const { processes, mode } = terminal;
  if (processes.length === 0 || mode === undefined) return "unknown";
  if (processes.some(isMultiplexer)) return "multiplexer";
  const awake = processes.filter((process) => !isAway(process));
  if (awake.length === 0) return "busy";
  const [only] = awake;
  if (awake.length > 1) {
    return awake.some((process) => isReading(process, terminal)) ? "question" : "unknown";
  }
  if (isShellAtPrompt(only!, terminal)) return "prompt";
  if (isOldEditor(only!, terminal)) return "unknown";
  const isEditing = EDITING_SHELLS.has(only!.name) && (mode === "cooked" || terminal.echoes);
  // busybox ash polls its terminal for `read`.
  if (isEditing && only!.wait === "polls" && only!.inputIsTerminal === true) return "question";
  if (!isShell(only!) || isEditing) return isReading(only!, terminal) ? "question" : "unknown";
  if (!isReading(only!, terminal)) return "unknown";
  if (ECHO_EDITING_SHELLS.has(only!.name)) return "doubtful";
  return only!.holdsFile ? "question" : "unknown";
}

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

/** Whether two processes are the same one. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.start === other.start;
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
function isSetuidAsker(process: TerminalProcess): boolean {
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

/** It certainly does not read: it does something else, or waits for a child that was let in. */
export function isAway(process: TerminalProcess): boolean {
  const isHidden = process.wait === "unknown" && process.inputIsTerminal === undefined;
  return process.wait === "elsewhere" || (isHidden && process.hasChild);
}

/** It waits for what is typed. */
export function isReading(process: TerminalProcess, { mode }: TerminalListing): boolean {
  if (process.wait === "reads" || process.wait === "selects") return true;
  return process.wait === "polls" && mode === "raw" && process.inputIsTerminal === true;
}

/** It passes what is typed on, to a terminal of somebody else maybe. */
export function isCarrier(process: TerminalProcess): boolean {
  return CARRIERS.has(process.name) || isMultiplexer(process);
}

function isKnown(process: TerminalProcess, known: readonly ProcessIdentity[]): boolean {
  return known.some((other) =>
    other.pid === process.pid && (other.start === "" || other.start === process.start)
  );
}

function isMultiplexer({ name, command }: TerminalProcess): boolean {
  return MULTIPLEXERS.some((multiplexer) =>
    name.startsWith(multiplexer) || command.toLowerCase().startsWith(multiplexer)
  );
}

/** Whether a program of this name is a shell. */
export function isShellName(name: string): boolean {
  return SHELLS.has(name);
}

/** Whether a process is a shell, by its program. */
export function isShell({ name, command }: TerminalProcess): boolean {
  return SHELLS.has(name) || (command === "xonsh" && name.startsWith("python"));
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
function isOldEditor(process: TerminalProcess, terminal: TerminalListing): boolean {
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
