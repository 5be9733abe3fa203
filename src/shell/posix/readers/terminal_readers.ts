import { newNonce } from "../../../terminal/nonce.ts";
import { bsdFunctions, bsdProcesses } from "./bsd_processes.ts";
import { fitsInstalled, type InstalledProgram, PRINT_INSTALLED } from "./program_text.ts";

/**
 * The terminals to ask about: that of one login shell of the connection, or those of all of
 * them but those `known` already.
 */
export type TerminalsOf =
  | { readonly shell: number }
  | { readonly known: readonly number[] };

/** Processes and terminals that one answer lists at most. */
const MAX_PROCESSES = 64;
const MAX_TERMINALS = 16;
const MAX_THREADS = 64;
/** Longer lines, such as the words of a command, are cut. */
const MAX_ROW_BYTES = 2_048;

/** Descriptors that a login shell has on its terminal, the likeliest first. */
export const TERMINAL_DESCRIPTORS = "0 2 1 255 10 16 17 18";

/**
 * `r` reads stat of a process into `$1` (state), `$2` (parent) and so on. A program's name may hold
 * blanks, line feeds and brackets, so the fields are what stands behind the last bracket of the file.
 */
const READ_STAT = 'r() { l=; while read -r m; do l="$l $m"; done </proc/$1/stat; ' +
  'L=$l; l="${l##*)} "; [ "$L" ]; }; ';

/** `f` finds processes by a pattern of the first fields behind the name: one grep(1) reads them all. */
const FIND = 'f() { F=; for d in $(grep -lsE "[)] [A-Za-z] $1" ${D:-/proc/[0-9]*/stat}); do ' +
  'd=${d%/stat}; F="$F ${d#/proc/}"; done; }; ';

/**
 * `C` finds the children of a process. A kernel that lists them (CONFIG_PROC_CHILDREN, as distributions
 * have it) spares a look at every process of the host.
 */
const CHILDREN = "C() { if [ -r /proc/$1/task/$1/children ]; then F=; u=0; " +
  "for d in /proc/$1/task/*/children; do u=$((u+1)); " +
  `[ $u -gt ${MAX_THREADS} ] && break; m=; read -r m <$d; [ "$m" ] && F="$F $m"; done; ` +
  'else f "$1 "; fi; }; ';

/** The login shells of this connection are children, on a terminal, of the process that ran this. */
const FIND_LOGINS = "C $PPID; c=$F; ";

/** A shell that is the child of the login shell (`tcsh` that started `sh`) has its terminal too. */
const FIND_LOGIN = "c=; p=$S; n=0; while [ $n -lt 20 ]; do n=$((n+1)); r $p || break; set -- $l; " +
  "[ $2 = $PPID ] && { c=$S; break; }; p=$2; done; ";

/** Process ids that a kernel hands out in a second at most; it begins anew behind pid_max. */
const PIDS_A_SECOND = 15_000;
/** The shell reads so many files by itself in less time than grep(1) takes to start. */
const FEW_FILES = 16;

/**
 * The members of the foreground group. All processes on a terminal began after its login shell: of
 * one that is seconds old, only those with a higher id are looked at, as ids were not handed out anew.
 */
const FIND_GROUP =
  "D=; u=0; m=; read -r m z </proc/uptime; M=; read -r M </proc/sys/kernel/pid_max; " +
  "m=$((${m%.*}-${20%??}+1)); " +
  `if [ $$ -gt $X ] && [ $m -gt 0 ] && [ $((m*${PIDS_A_SECOND})) -lt \${M:-0} ]; then ` +
  'for d in /proc/[0-9]*; do [ ${d#/proc/} -ge $X ] && D="$D $d/stat" && u=$((u+1)); done; fi; ' +
  `if [ $u -gt 0 ] && [ $u -le ${FEW_FILES} ]; then g=; for d in $D; do d=\${d%/stat}; ` +
  'd=${d#/proc/}; r $d && set -- $l && [ "$3 $5 $6" = "$G $y $G" ] && g="$g $d"; done; ' +
  'else f "[0-9]+ $G [0-9]+ $y $G "; g=$F; fi; D=; ';

/**
 * A login shell in its usual place with its name as its only argument, by the length that the kernel
 * has of them (proc(5), arg_start and arg_end): no program need be started to tell its path and words.
 */
const KNOWN_SHELL = "n=${L%)*}; x=; m=; case $n in bash|dash|fish|zsh) " +
  "for x in /bin/$n /usr/bin/$n; do [ $d/exe -ef $x ] && break; x=; done; read -r m <$d/cmdline; " +
  '[ "$m" = "-$n" ] && [ $A = $((${#m}+1)) ] || m=;; esac; ';

/** Of one process: who it runs as, what it waits for, and which of its descriptors are the terminal. */
const PROCESS = "d=/proc/$s; R=-; E=-; V=-; while read -r a b x z; do " +
  "case $a in Uid:) R=$b; E=$x;; VmExe:) V=$b;; esac; done <$d/status; " +
  "w=; read -r w <$d/wchan; q=; a=; read -r q a z <$d/syscall; " +
  // Of a program with threads, such as one in Go, any of them reads.
  "case $w in futex*) N=0; for m in $d/task/*; do N=$((N+1)); " +
  `[ $N -gt ${MAX_THREADS} ] && break; ` +
  "v=; read -r v <$m/wchan; case $v in wait_woken|n_tty_read*) w=$v; read -r q a z <$m/syscall; " +
  // One that draws waits for keys and for its own timers in one place.
  "break;; do_epoll_wait|ep_poll*) w=ep_poll; q=-; a=-;; esac; done;; esac; " +
  "case $a in 0x????????*) a=-1;; 0x*) a=$(($a));; *) a=-;; esac; " +
  "i=; for n in 0 $a; do m=u; if [ -e $d/fd/$n ]; then m=o; " +
  "{ [ $d/fd/$n -ef $t ] || [ $d/fd/$n -ef /dev/tty ]; } && m=t; fi; i=$i$m; done; " +
  "h=n; for n in $d/fd/*; do case ${n##*/} in ?) ;; *) [ -f $n ] && h=f;; esac; done; " +
  'case " $k " in *" $s "*) h=${h}k;; *) h=${h}n;; esac; ' +
  "W=-; while read -r m v; do case $m in wchar:) W=$v;; esac; done <$d/io; " +
  'r $s || continue; set -- $l; [ "$3 $5" = "$6 $y" ] || continue; ' +
  'A=$((1${47#"${47%?????}"}-1${46#"${46%?????}"})); ' +
  'o "p $s $2 $1 ${20} $R $E ${w:-0} ${q:-0} $a $i $h $W $V"; ' +
  'L=${L#*[(]}; o "c ${L%)*}"; ' + PRINT_INSTALLED + KNOWN_SHELL +
  // What a program's path holds must not pass as lines of ours.
  '[ "$x" ] || x=$(readlink $d/exe); set -f; set -- $x; set +f; o "x $*"; ' +
  '[ "$m" ] || m=$(tr "\\000-\\037" "\\011 " <$d/cmdline); o "a $m"; ';

/** Those of the group that have a child, by one more grep(1) where the kernel lists none. */
const FIND_PARENTS = 'j=; for s in $g; do j="$j|$s"; done; k=; [ "$j" ] || continue; ' +
  'if [ -r /proc/$$/task/$$/children ]; then for s in $g; do C $s; [ "$F" ] && k="$k $s"; done; ' +
  'else f "(${j#|}) "; for s in $F; do r $s && set -- $l && k="$k $2"; done; fi; ';

/**
 * The command, for an exec channel beside a shell, that tells who has the terminals of this
 * connection: the members of each foreground process group, what each waits for (proc(5)), and how
 * the terminal is set (stty(1)).
 *
 * Every line of the answer begins with `nonce`, so that what start-up files print is none of it. It
 * runs in any POSIX sh; without proc(5) it asks ps(1) as the BSDs and macOS have it. Its quotes mean
 * the same to POSIX shells, fish and csh.
 */
export function terminalReadersCommand(terminals: TerminalsOf, nonce: string): string {
  const find = "shell" in terminals ? `S=${terminals.shell}; ${FIND_LOGIN}` : FIND_LOGINS;
  const known = "known" in terminals ? terminals.known.join(" ") : "";
  return 'exec sh -c \'exec 2>/dev/null; PATH="$PATH:/usr/bin:/bin"; LC_ALL=C; export LC_ALL; echo; ' +
    `o() { printf "%.${MAX_ROW_BYTES}s\\n" "${nonce} $1"; }; ${READ_STAT}${FIND}${CHILDREN}` +
    `[ -r /proc/$$/stat ] || { ${bsdFunctions({ processes: MAX_PROCESSES })}Y="${known}"; ` +
    `${"shell" in terminals ? `D ${terminals.shell}` : "A"}; o e; exit; }; ${find}T=0; P=0; ` +
    `Y=" "; for X in ${known}; do r $X && set -- $l && Y="$Y$5 "; done; ` +
    'for X in $c; do r $X || continue; set -- $l; case "$Y $5" in *" $5 "*|*" 0") continue;; esac; ' +
    `T=$((T+1)); [ $T -gt ${MAX_TERMINALS} ] && break; ` +
    `y=$5; G=$6; H="$X $6 $3 \${20}"; R=-; ` +
    "while read -r a b z; do case $a in Uid:) R=$b;; esac; done </proc/$X/status; " +
    `H="$H $R"; for n in ${TERMINAL_DESCRIPTORS}; do t=/proc/$X/fd/$n; ` +
    "[ -c $t ] && { [ $t -ef /dev/null ] || break; }; done; " +
    `${FIND_GROUP}${FIND_PARENTS}` +
    `for s in $g; do P=$((P+1)); [ $P -gt ${MAX_PROCESSES} ] && exit; ${PROCESS}done; ` +
    // Behind the processes: what one of them waits for was set before it began to wait.
    'b=$(stty -a <$t); r $X && set -- $l && [ "$6" = "$G" ] || b=; ' +
    'set -f; set -- $b; set +f; o "t $H $*"; done; ' +
    "o e'";
}

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

/** Reads the answer to {@link terminalReadersCommand}; undefined unless it came whole. */
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

/** Asks a host: the answer as text, "" when there is none in time. */
export type AskHost = (command: string) => Promise<string>;

/** Asks the host who has terminals of this connection; undefined where it does not tell. */
export async function listTerminals(
  ask: AskHost,
  terminals: TerminalsOf,
): Promise<readonly TerminalListing[] | undefined> {
  const nonce = newNonce();
  const answer = await ask(terminalReadersCommand(terminals, nonce)).catch(() => "");
  return readTerminalListings(answer, nonce);
}
