import { newNonce } from "../../../terminal/nonce.ts";
import { bsdProcesses } from "./bsd_processes.ts";
import { fitsInstalled, type InstalledProgram } from "./program_text.ts";
import { printableKeys } from "./terminal_keys.ts";
import { MAX_ROW_BYTES, terminalReadersScript, type TerminalsOf } from "./readers_command.ts";

/** The state of a process, as far as its kernel reports it. */
export type Wait =
  /** It reads the terminal. */
  | "reads"
  /** It waits for descriptor 0, which is the terminal, alone: select(2). */
  | "selects"
  /** It waits for one of several things, the terminal among them or not. */
  | "polls"
  /** It runs, sleeps, or waits for something else. */
  | "elsewhere"
  /** It belongs to another user, or the kernel tells in no words that are known. */
  | "unknown";

/** One member of a terminal's foreground process group. */
export interface TerminalProcess {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since the start of the system: with the pid it names one process for ever. */
  readonly start: string;
  readonly realUid: number | undefined;
  readonly effectiveUid: number | undefined;
  readonly wait: Wait;
  /** Whether descriptor 0, or the one it reads, is this terminal; undefined where that cannot be seen. */
  readonly inputIsTerminal: boolean | undefined;
  /** It reads the terminal by a descriptor that it opened itself, as getpass(3) does. */
  readonly readsOwnDescriptor: boolean;
  /** It reads in a thread of its own, while its first one waits for something else. */
  readonly readsInThread: boolean;
  readonly hasChild: boolean;
  /** Its text is as large as that of the installed program of its name; asked of sudo and its like. */
  readonly isInstalled: boolean;
  /** It holds a regular file open beyond descriptor 9, where shells keep their scripts. */
  readonly holdsFile: boolean;
  /** Bytes it wrote, to whatever (proc_pid_io(5)); undefined where that cannot be seen. */
  readonly written?: number | undefined;
  /** The program's file name, or the name the process goes by where that cannot be seen. */
  readonly name: string;
  readonly command: string;
  /** Undefined where they cannot be seen. */
  readonly arguments: readonly string[] | undefined;
}

/** One terminal of the connection, as its host shows it. */
export interface TerminalListing {
  /** The login shell on it. */
  readonly shell: number;
  readonly shellStart: string;
  /** Its real uid. */
  readonly shellUid: number | undefined;
  /** Whether the login shell's own process group has the terminal. */
  readonly shellHasTerminal: boolean;
  /** termios(3): `raw` without ICANON; undefined where stty(1) told nothing. */
  readonly mode: "cooked" | "raw" | undefined;
  readonly echoes: boolean;
  /** The printable characters among its keys, such as `x` after `stty intr x`. */
  readonly keys: string;
  /**
   * Settings that only a program that reads a secret leaves behind: bash's `read -s` clears ECHOK
   * with ECHO, getpass(3) clears ISIG. That ECHO is off proves nothing: our shells read without it.
   */
  readonly hidesInput: boolean;
  /** Members of the foreground process group; none where they are hidden (proc(5) hidepid). */
  readonly processes: readonly TerminalProcess[];
}

/** The longest answer that is looked at. */
export const MAX_ANSWER_CHARS = 262_144;

/** Reads the answer to {@link terminalReadersScript}; undefined unless it came whole. */
export function readTerminalListings(
  answer: string,
  nonce: string,
): readonly TerminalListing[] | undefined {
  if (answer.length > MAX_ANSWER_CHARS) return undefined;
  const rows = answer.split("\n").flatMap((line) => {
    const at = line.indexOf(nonce);
    return at === 0 ? [line.slice(nonce.length + 1, nonce.length + 1 + MAX_ROW_BYTES)] : [];
  });
  if (rows.at(-1) !== "e") return undefined;
  const listings: TerminalListing[] = [];
  let found = newRows();
  for (const row of rows) {
    if (row.startsWith("t ")) {
      listings.push(listing(row.slice(2).split(" "), found));
      found = newRows();
    } else addRow(found, row[0]!, row.slice(2));
  }
  return listings;
}

interface Process {
  readonly words: readonly string[];
  command: string;
  program: string;
  arguments: readonly string[] | undefined;
  readonly installed: { readonly listed: string; header: string }[];
}

/** The rows of one terminal so far; those of ps(1) as they are. */
interface Rows {
  readonly processes: Process[];
  readonly listed: string[];
  readonly words: string[];
}

function newRows(): Rows {
  return { processes: [], listed: [], words: [] };
}

function addRow({ processes, listed, words: commands }: Rows, kind: string, text: string): void {
  if (kind === "b") listed.push(text);
  if (kind === "w") commands.push(text);
  if (kind === "p") {
    const words = text.split(" ");
    processes.push({ words, command: "", program: "", arguments: undefined, installed: [] });
  }
  const process = processes.at(-1);
  if (process === undefined) return;
  if (kind === "c") process.command = text;
  if (kind === "f") process.installed.push({ listed: text, header: "" });
  const installed = process.installed.at(-1);
  if (kind === "h" && installed !== undefined) installed.header = text;
  if (kind === "x") process.program = fileName(text.replace(" (deleted)", "").trim());
  if (kind === "a" && text !== "") {
    process.arguments = text.split("\t").slice(1).filter((word) => word !== "");
  }
}

function listing(words: readonly string[], rows: Rows): TerminalListing {
  const [shell = "", foreground, group, shellStart = "", shellUid, ...settings] = words;
  const isCooked = settings.includes("icanon");
  const isRaw = settings.includes("-icanon");
  return {
    shell: Number(shell),
    shellStart,
    shellUid: decimal(shellUid),
    shellHasTerminal: foreground === group,
    mode: isCooked ? "cooked" : isRaw ? "raw" : undefined,
    echoes: !settings.includes("-echo"),
    keys: printableKeys(settings),
    hidesInput: isCooked && settings.includes("-echo") &&
      (settings.includes("-echok") || settings.includes("-isig")),
    processes: [
      ...rows.processes.map((process) => terminalProcess(process, isRaw)),
      ...bsdProcesses(rows.listed, rows.words, { isRaw, shellUid: decimal(shellUid) }),
    ],
  };
}

function terminalProcess(process: Process, isRaw: boolean): TerminalProcess {
  const [pid, parent, state = "", start = "", real, effective, ...waits] = process.words;
  const [wchan = "0", call = "0", argument = "-", inputs = "uu", marks = "nn", written, textKb] =
    waits;
  const read = inputs[1] === "u" ? undefined : inputs[1] === "t";
  // csh reads its terminal by another descriptor.
  const input = inputs[0] === "u" ? undefined : inputs[0] === "t" || read === true;
  return {
    pid: Number(pid),
    parent: Number(parent),
    start,
    realUid: decimal(real),
    effectiveUid: decimal(effective),
    wait: waitOf({ state, wchan, call, argument, input, read, isRaw }),
    inputIsTerminal: input,
    readsOwnDescriptor: read === true && argument !== "0",
    readsInThread: marks[2] === "t",
    hasChild: marks[1] === "k",
    isInstalled: isInstalled(decimal(textKb), process.installed),
    holdsFile: marks[0] === "f",
    written: decimal(written),
    ...named(process),
  };
}

function isInstalled(
  textKb: number | undefined,
  installed: readonly InstalledProgram[],
): boolean {
  return textKb !== undefined && installed.some((program) => fitsInstalled(textKb, program));
}

/** A program of many commands goes by the command's name, which may be its first argument. */
function named(
  process: Process,
): Pick<TerminalProcess, "name" | "command" | "arguments"> {
  const { command, program, arguments: words } = process;
  if (!isMultiCall(program)) return { name: program || command, command, arguments: words };
  const [applet, ...rest] = words ?? [];
  const isFirst = isMultiCall(command) && applet !== undefined;
  const name = isFirst ? applet : command;
  return { name: name === "sh" ? "ash" : name, command, arguments: isFirst ? rest : words };
}

function decimal(word: string | undefined): number | undefined {
  return word === undefined || !/^\d+$/.test(word) ? undefined : Number(word);
}

function isMultiCall(program: string): boolean {
  return program.startsWith("busybox") || program === "toybox";
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

interface Waiting {
  readonly state: string;
  readonly wchan: string;
  readonly call: string;
  readonly argument: string;
  /** Whether descriptor 0 is the terminal. */
  readonly input: boolean | undefined;
  /** Whether the descriptor that the system call names is. */
  readonly read: boolean | undefined;
  readonly isRaw: boolean;
}

/** Functions of the kernel, by the beginnings of their names, which differ between versions. */
const READING = ["n_tty_read", "wait_woken", "tty_read"];
const POLLING = [
  "poll_schedule_timeout",
  "do_select",
  "do_poll",
  "do_sys_poll",
  "ep_poll",
  "do_epoll_wait",
  "schedule_hrtimeout_range",
];
const SLEEPING = ["hrtimer_nanosleep", "do_nanosleep", "common_nsleep"];
const ELSEWHERE = [
  "do_wait",
  "wait4",
  "kernel_wait4",
  "kernel_waitid",
  "pipe_",
  "anon_pipe_",
  "fifo_",
  "wait_for_partner",
  "inet_csk_accept",
  "unix_stream_read",
  "unix_accept",
  "flock_lock",
  "locks_lock",
  "n_tty_write",
  "do_signal_stop",
  "ptrace_stop",
  // yash waits so for its child.
  "sigsuspend",
];
/** read(2) and select(2) or pselect6(2) on x86-64, AArch64 and i386. */
const READ_CALLS = ["0", "63", "3"];
const SELECT_CALLS = ["23", "270", "72", "142", "82", "308"];
const POLL_CALLS = ["7", "271", "73", "168", "309"];

function waitOf(waiting: Waiting): Wait {
  const { state, wchan, call, argument, read, input, isRaw } = waiting;
  if (state !== "S" || call === "running") return "elsewhere";
  const isOne = (names: readonly string[]): boolean => names.some((name) => wchan.startsWith(name));
  const isUntold = wchan === "0";
  const isVisible = argument !== "-";
  if (isOne(ELSEWHERE)) return "elsewhere";
  // A program that draws may look for keys without ever waiting for one.
  if (isOne(SLEEPING)) return isRaw && input !== false ? "unknown" : "elsewhere";
  if (isOne(READING) || (isUntold && isVisible && READ_CALLS.includes(call))) {
    if (isVisible) return read === true ? "reads" : read === false ? "elsewhere" : "unknown";
    return wchan.startsWith("n_tty_read") && input === true ? "reads" : "unknown";
  }
  const selects = isVisible && SELECT_CALLS.includes(call);
  if (!isOne(POLLING) && !(isUntold && selects)) return "unknown";
  if (argument === "0" && (selects || POLL_CALLS.includes(call))) return "elsewhere";
  // Only descriptor 0 can be meant.
  if (selects && argument === "1") return input === true ? "selects" : "elsewhere";
  return "polls";
}

/** Has a shell run a script of one line: its output up to `ending`, "" when that does not come in time. */
export type AskHost = (script: string, ending: string) => Promise<string>;

/** Asks the host who has terminals of this connection; undefined where it does not tell. */
export async function listTerminals(
  ask: AskHost,
  terminals: TerminalsOf,
): Promise<readonly TerminalListing[] | undefined> {
  const nonce = newNonce();
  const script = terminalReadersScript(terminals, nonce);
  const answer = await ask(script, `\n${nonce} e\n`).catch(() => "");
  return readTerminalListings(answer, nonce);
}
