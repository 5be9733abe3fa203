import type { HostJudgement } from "./start_up_text.ts";

/**
 * The command, for an exec channel beside a shell that starts, that tells who reads on the terminals
 * of this connection: for each of its login shells the process id, the terminal's foreground process
 * group, whether it has a child in that group that may read, whether it holds a file open, its
 * program, and the settings of its terminal by stty(1).
 *
 * It reads proc(5), so it tells nothing elsewhere. Its quotes mean the same to POSIX shells, fish
 * and csh.
 */
export const LOGIN_READERS_COMMAND = "exec sh -c '" +
  "k=; c=; for d in /proc/[0-9]*; do { read -r l <$d/stat; } 2>/dev/null || continue; " +
  's=${d#/proc/}; set -- ${l##*) }; k="$k $2:$3:$s"; ' +
  'if [ $2 = $PPID ] && [ $5 != 0 ]; then c="$c $s:$6"; fi; done; ' +
  "echo; for x in $c; do s=${x%:*}; r=; t=; for f in /proc/$s/fd/*; do [ -f $f ] && r=file; " +
  "[ -c $f ] && case $(readlink $f) in /dev/null|/dev/tty) ;; *) t=$f;; esac; done; " +
  "b=alone; for e in $k; do case $e in $x:*) " +
  "[ /proc/${e##*:}/fd/0 -ef /dev/null ] || b=parent;; esac; done; " +
  "echo $s ${x#*:} $b ${r:-none} $(readlink /proc/$s/exe) " +
  "$(stty -a <$t); done 2>/dev/null'";

const ROW = /^(\d+) (-?\d+) (alone|parent) (file|none) (\S+) (.*)$/;
/** Shells without a line editor: at their prompt the terminal is cooked. */
const PLAIN = /\/(?:dash|posh|bsd-csh)$/;

/**
 * What the shells that start do on their terminals, by the answer to {@link LOGIN_READERS_COMMAND}:
 * a question unless all of them have prompted.
 *
 * A line editor takes the terminal raw and without echo; `read` of a start-up file leaves it cooked,
 * or echoing. dash and csh read as `read` does, and hold a start-up file open while they run it. A
 * cooked terminal without echo is of a shell that was prepared before.
 */
export function readLoginReaders(answer: string): HostJudgement {
  const starting = answer.split("\n").flatMap((line) => {
    const [, pid, group, children, file, program, settings = ""] = ROW.exec(line) ?? [];
    const isCooked = /(?:^|\s)icanon\b/.test(settings);
    const echoes = /(?:^|\s)echo\b/.test(settings);
    if (pid === undefined || (isCooked && !echoes)) return [];
    const reads = group === pid && children === "alone";
    const isPlain = isCooked && PLAIN.test(program!) && file === "none";
    return [reads && (isPlain || (!isCooked && !echoes)) ? "prompt" : "question"] as const;
  });
  if (starting.length === 0) return "unknown";
  return starting.every((reading) => reading === "prompt") ? "prompt" : "question";
}
