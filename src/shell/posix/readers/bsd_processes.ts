import type { TerminalProcess, Wait } from "./terminal_readers.ts";

/** Keywords that ps(1) of FreeBSD and of macOS have in common; the last two may hold blanks. */
const KEYWORDS = "pid ppid stat ruid uid wchan lstart ucomm".split(" ");

function columns(keywords: readonly string[]): string {
  return keywords.map((keyword) => `-o ${keyword}=`).join(" ");
}

/**
 * Functions in sh(1) for a host without proc(5): `D` reports one login shell's terminal, `A` those of
 * the connection. `o` prints a row, and `Y` holds the login shells that are known.
 *
 * Rows `b` are ps(1)'s own, and rows `w` the words of each command; the rest is read here.
 */
export function bsdFunctions(limits: { readonly processes: number }): string {
  const rows = (kind: string, keywords: readonly string[]): string =>
    `ps -ww -t $y ${columns(keywords)} | head -n ${limits.processes} | ` +
    `while read -r m; do o "${kind} $m"; done; `;
  return 'D() { X=$1; d=$(ps -o lstart= -p $X); set -- $d; d="$1_$2_$3_$4_$5"; ' +
    `set -- $(ps ${columns(["tty", "tpgid", "pgid", "ruid"])} -p $X); ` +
    '[ $# = 4 ] && [ -c "/dev/$1" ] || return; y=$1; H="$X $2 $3 $d $4"; ' +
    rows("b", KEYWORDS) + rows("w", ["pid", "command"]) +
    'b=$(stty -a <"/dev/$y"); set -f; set -- $b; set +f; o "t $H $*"; }; ' +
    `A() { ps -ax ${columns(["pid", "ppid", "tty"])} | while read -r a b z; do ` +
    '[ "$b" = $PPID ] && case " $Y " in *" $a "*) ;; *) D $a;; esac; done; }; ';
}

/** Kernel words for a wait, as FreeBSD has them; macOS prints an address. */
const WAITS: Readonly<Record<string, Wait | "sleeps">> = {
  ttyin: "reads",
  select: "polls",
  kqread: "polls",
  nanslp: "sleeps",
  wait: "elsewhere",
  piperd: "elsewhere",
  pipewr: "elsewhere",
  accept: "elsewhere",
  sbwait: "elsewhere",
  pause: "elsewhere",
  ttyout: "elsewhere",
};

/** Words and places of a row `b`; lstart(5 words) begins with the day of the week. */
const DAYS = new Set("Mon Tue Wed Thu Fri Sat Sun".split(" "));

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly stat: string;
  readonly realUid: number;
  readonly effectiveUid: number;
  readonly wchan: string;
  readonly start: string;
  readonly command: string;
}

function readRow(text: string): Row | undefined {
  const words = text.split(" ").filter((word) => word !== "");
  const day = words.findIndex((word, index) => index > 4 && DAYS.has(word));
  const [pid, parent, , realUid, effectiveUid] = words.slice(0, 5).map(Number);
  if (day < 0 || [pid, parent, realUid, effectiveUid].some((value) => !(value! >= 0))) {
    return undefined;
  }
  return {
    ...{ pid: pid!, parent: parent!, realUid: realUid!, effectiveUid: effectiveUid! },
    stat: words[2]!,
    wchan: words.slice(5, day).join(" "),
    start: words.slice(day, day + 5).join("_"),
    command: words.slice(day + 5).join(" "),
  };
}

/**
 * The foreground processes of a terminal from the rows `b` and `w` of ps(1), by the `+` of their state.
 *
 * Descriptors do not show there: a wait that is not known stands for one that may be for the terminal,
 * and for another user's process, such as sudo(8), for one that nothing is known of.
 */
export function bsdProcesses(
  rows: readonly string[],
  words: readonly string[],
  { isRaw, shellUid }: { readonly isRaw: boolean; readonly shellUid: number | undefined },
): readonly TerminalProcess[] {
  const all = rows.flatMap((row) => readRow(row) ?? []);
  const parents = new Set(all.map(({ parent }) => parent));
  return all.filter(({ stat }) => stat.includes("+")).map((row) => {
    const isOwn = row.effectiveUid === shellUid && row.realUid === shellUid;
    const text = words.map((word) => word.trimStart()).find((word) =>
      word.startsWith(`${row.pid} `)
    );
    return {
      ...{ pid: row.pid, parent: row.parent, start: row.start },
      ...{ realUid: row.realUid, effectiveUid: row.effectiveUid },
      wait: waitOf(row, { isRaw, unknown: isOwn ? "polls" : "unknown" }),
      inputIsTerminal: undefined,
      ...{ readsOwnDescriptor: false, readsInThread: false },
      hasChild: parents.has(row.pid),
      isInstalled: false,
      holdsFile: false,
      ...{ name: row.command, command: row.command },
      arguments: text?.split(" ").filter((word) => word !== "").slice(2),
    };
  });
}

/** `I` is a sleep of more than 20 seconds. */
function waitOf(
  { stat, wchan }: Row,
  { isRaw, unknown }: { readonly isRaw: boolean; readonly unknown: "polls" | "unknown" },
): Wait {
  if (!/^[SI]/.test(stat)) return "elsewhere";
  const wait = Object.hasOwn(WAITS, wchan) ? WAITS[wchan]! : unknown;
  // A program that draws may look for keys without ever waiting for one.
  if (wait === "sleeps") return isRaw ? unknown : "elsewhere";
  return wait;
}
