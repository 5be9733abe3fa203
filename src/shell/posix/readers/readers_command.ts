import { bsdFunctions } from "./bsd_processes.ts";
import { PRINT_INSTALLED } from "./program_text.ts";

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
/** Bytes of a line: a longer one, such as the words of a command, is cut. */
export const MAX_ROW_BYTES = 2_048;

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

/**
 * The login shells of this connection are children, on a terminal, of the process that ran this: or of
 * its parent, where the login shell did not exec this but waits for it.
 */
const FIND_LOGINS =
  "p=$PPID; for u in 1 2; do C $p; c=; for X in $F; do r $X || continue; set -- $l; " +
  '[ $5 = 0 ] || c="$c $X"; done; [ "$c" ] && break; r $p || break; set -- $l; p=$2; done; ';

/** A shell that is the child of the login shell (`tcsh` that started `sh`) has its terminal too. */
const FIND_LOGIN = "c=; p=$S; n=0; while [ $n -lt 20 ]; do n=$((n+1)); r $p || break; set -- $l; " +
  "[ $2 = $PPID ] && { c=$S; break; }; p=$2; done; ";

/** Process ids that a kernel hands out in a second at most; it starts again behind pid_max. */
const PIDS_A_SECOND = 15_000;
/** The shell reads so many files by itself in less time than grep(1) takes to start… */
const FEW_FILES = 96;
/** …and so many where the scheduler's groups leave only the terminal's own session to be read. */
const FEW_GROUPS = 512;

/**
 * `M`: the number behind the highest process id. A kernel gives no more of that file than one read(2),
 * which is a byte where `read` is dash's, so a shell that got a digit runs the file as a command: the
 * values that a kernel chooses itself are aliases that set it.
 */
const PID_MAX = "read -r M </proc/sys/kernel/pid_max; case $M in ?) M=; " +
  [15, 16, 17, 18, 19, 20, 21, 22].map((n) => `alias ${2 ** n}=M=${2 ** n}; `).join("") +
  ". /proc/sys/kernel/pid_max;; esac; ";

/**
 * The members of the foreground group. All processes on a terminal began after its login shell: of
 * one that is seconds old, only those with a higher id are looked at, as ids were not handed out anew:
 * the last one that was, the fifth word of loadavg, is higher. A session has its own scheduling group
 * (sched(7), autogroup), told in a file of 22 bytes: of the others' processes nothing else is read.
 */
const FIND_GROUP = "D=; u=0; m=; read -r m z </proc/uptime; M=; " + PID_MAX +
  "m=$((${m%.*}-${20%??}+1)); z=; read -r a a a a z </proc/loadavg; " +
  `if [ \${z:-0} -ge $X ] && [ $m -gt 0 ] && [ $((m*${PIDS_A_SECOND})) -lt \${M:-0} ]; then ` +
  'cd /proc && for d in [0-9]*; do [ $d -ge $X ] && D="$D $d" && u=$((u+1)); done; fi; ' +
  "A=; read -r A z </proc/$X/autogroup; " +
  `q=${FEW_FILES}; [ "$A" ] && q=${FEW_GROUPS}; if [ $u -gt 0 ] && [ $u -le $q ]; then g=; ` +
  'for d in $D; do a=; [ "$A" ] && read -r a z </proc/$d/autogroup; [ "$a" = "$A" ] || continue; ' +
  'r $d && set -- $l && [ "$3 $5 $6" = "$G $y $G" ] && g="$g $d"; done; ' +
  'else m=; for d in $D; do m="$m /proc/$d/stat"; done; D=$m; f "[0-9]+ $G [0-9]+ $y $G "; g=$F; fi; D=; ';

/**
 * A login shell in its usual place with its name as its only argument, by the length that the kernel
 * has of them (proc(5), arg_start and arg_end): no program need be started to tell its path and words.
 */
const KNOWN_SHELL = "n=${L%)*}; x=; m=; case $n in bash|dash|fish|zsh) " +
  "for x in /bin/$n /usr/bin/$n; do [ $d/exe -ef $x ] && break; x=; done; read -r m <$d/cmdline; " +
  '[ "$m" = "-$n" ] && [ $A = $((${#m}+1)) ] || m=;; esac; ';

/**
 * Of one process: who it runs as, what it waits for, and which of its descriptors are the terminal.
 * `read` takes a system call for each byte, so a file is left once it has told what is looked for.
 */
const PROCESS = "d=/proc/$s; R=-; E=-; V=-; while read -r a b x z; do " +
  "case $a in Uid:) R=$b; E=$x;; VmExe:) V=$b; break;; esac; done <$d/status; " +
  "w=; read -r w <$d/wchan; q=; a=; read -r q a z <$d/syscall; " +
  // Of a program with threads, such as one in Go, any of them reads.
  "e=; case $w in futex*) N=0; for m in $d/task/*; do N=$((N+1)); " +
  `[ $N -gt ${MAX_THREADS} ] && break; ` +
  "v=; read -r v <$m/wchan; case $v in wait_woken|n_tty_read*) w=$v; e=t; read -r q a z <$m/syscall; " +
  // One that draws waits for keys and for its own timers in one place.
  "break;; do_epoll_wait|ep_poll*) w=ep_poll; q=-; a=-;; esac; done;; esac; " +
  "case $a in 0x????????*) a=-1;; 0x*) a=$(($a));; *) a=-;; esac; " +
  "i=; for n in 0 $a; do m=u; if [ -e $d/fd/$n ]; then m=o; " +
  "{ [ $d/fd/$n -ef $t ] || [ $d/fd/$n -ef /dev/tty ]; } && m=t; fi; i=$i$m; done; " +
  "h=n; for n in $d/fd/*; do case ${n##*/} in ?) ;; *) [ -f $n ] && h=f;; esac; done; " +
  'case " $k " in *" $s "*) h=${h}k$e;; *) h=${h}n$e;; esac; ' +
  "W=-; while read -r m v; do case $m in wchar:) W=$v; break;; esac; done <$d/io; " +
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
 * The command line that has sh(1) run a script of one line in the place of a login shell. Without a quote,
 * a line feed or an exclamation mark inside, it means the same to POSIX shells, fish and csh.
 */
export function scriptCommand(script: string): string {
  return `exec sh -c '${script}'`;
}

/**
 * The script, for a channel beside a shell, that reports who has the terminals of this connection: the
 * members of each foreground process group, what each waits for (proc(5)), and how the terminal is
 * set (stty(1)).
 *
 * Every line of the answer begins with `nonce`, so that what start-up files print is none of it. It
 * runs in any POSIX sh; without proc(5) it asks ps(1) as the BSDs and macOS have it.
 */
export function terminalReadersScript(terminals: TerminalsOf, nonce: string): string {
  const find = "shell" in terminals ? `S=${terminals.shell}; ${FIND_LOGIN}` : FIND_LOGINS;
  const known = "known" in terminals ? terminals.known.join(" ") : "";
  return 'exec 2>/dev/null; PATH="$PATH:/usr/bin:/bin"; LC_ALL=C; export LC_ALL; echo; ' +
    `o() { printf "%.${MAX_ROW_BYTES}s\\n" "${nonce} $1"; }; ${READ_STAT}${FIND}${CHILDREN}` +
    `[ -r /proc/$$/stat ] || { ${bsdFunctions({ processes: MAX_PROCESSES })}Y="${known}"; ` +
    `${"shell" in terminals ? `D ${terminals.shell}` : "A"}; o e; exit; }; ${find}T=0; P=0; ` +
    `Y=" "; for X in ${known}; do r $X && set -- $l && Y="$Y$5 "; done; ` +
    'for X in $c; do r $X || continue; set -- $l; case "$Y $5" in *" $5 "*|*" 0") continue;; esac; ' +
    `T=$((T+1)); [ $T -gt ${MAX_TERMINALS} ] && break; ` +
    `y=$5; G=$6; H="$X $6 $3 \${20}"; R=-; ` +
    "while read -r a b z; do case $a in Uid:) R=$b; break;; esac; done </proc/$X/status; " +
    `H="$H $R"; for n in ${TERMINAL_DESCRIPTORS}; do t=/proc/$X/fd/$n; ` +
    "[ -c $t ] && { [ $t -ef /dev/null ] || break; }; done; " +
    `${FIND_GROUP}${FIND_PARENTS}` +
    `for s in $g; do P=$((P+1)); [ $P -gt ${MAX_PROCESSES} ] && exit; ${PROCESS}done; ` +
    // Behind the processes: what one of them waits for was set before it began to wait.
    'b=$(stty -a <$t); r $X && set -- $l && [ "$6" = "$G" ] || b=; ' +
    'set -f; set -- $b; set +f; o "t $H $*"; done; ' +
    "o e";
}
