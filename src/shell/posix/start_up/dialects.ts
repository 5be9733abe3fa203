import { printfMarker } from "../../../terminal/nonce.ts";
import {
  type Frame,
  namesOf,
  OURS,
  posixFrame,
  printfWords,
  printWords,
  withNames,
} from "../frame.ts";
import { type ControlStyle, quoteFish, quotePosix, quoteWord } from "../quoting.ts";
import {
  setUpBash,
  setUpFish,
  setUpKsh93,
  setUpMksh,
  setUpPlain,
  setUpYash,
  setUpZsh,
} from "./set_up.ts";

/** A shell's answer to {@link probeLine}. */
export interface Identity {
  /** "bash", "zsh", "ksh93", "mksh", "yash", "fish", or the name a plain POSIX shell runs under. */
  readonly shellKind: string;
  /** Process id on the machine it runs on. */
  readonly pid: string;
  /** `$-`; holds "r" in a restricted shell. */
  readonly flags: string;
  readonly controlStyle: ControlStyle;
  /** `$SHELL`: the login shell's path as the account has it. */
  readonly loginShell: string;
  /**
   * Parent, terminal and start time of the process, as proc(5) has them where the shell runs; "" where
   * there is no proc(5). In two namespaces, or on two hosts, two shells may have one process id.
   */
  readonly process: string;
}

/** How one family of shells is spoken to; every line begins with a space and has no line end. */
export interface Dialect {
  /** Makes an interactive shell tell its ends: echo off, line editor off, prompt = marker P. */
  setup(nonce: string): string;
  /** One command with marker C before it, and W (cwd) and D (status; flags) behind it. */
  frame(frame: Frame): string;
}

/** Payload of marker H; an echo of the typed line has "%s" in its place. */
export const HEARD = "1";

/**
 * A line that every shell survives and that tells which one reads it.
 *
 * H: some shell printed. K: a POSIX shell, with its facts. F: fish. `eval` keeps what only one
 * family can parse from the others; `${X-}` is for shells under `set -u`. No part of it fails or names
 * what may be unset: that would end a shell under both `set -e` and `set -u`.
 */
export function probeLine(nonce: string, attempt = 1): string {
  const { print, plain, sink } = PROBE_WORDS[(attempt - 1) % PROBE_WORDS.length]!;
  const heard = printfMarker("%s", "H", "%s");
  const posix = printfMarker("%s", "K", "%s;%s;%s;%s;%s;%s;%s;%s;%s;%s");
  const fish = printfMarker("%s", "F", "%s");
  const stat = withNames(`${OURS}x`, namesOf(nonce));
  return ` ${print} '${heard}' ${nonce} ${HEARD}${sink}; ` +
    `${plain}eval '[ -r /proc/$$/stat ] && ${plain}read -r ${stat} </proc/$$/stat; ` +
    `${print} "${posix}" ${nonce} "\${BASH_VERSION-}" "\${ZSH_VERSION-}" "\${KSH_VERSION-}" ` +
    `"\${YASH_VERSION-}" "$$" "$-" "$0" $'\\''A'\\'' "\${SHELL-}" ` +
    `"\${${stat}-}"${sink}'; ` +
    `eval 'command -sq true && ${print} "${fish}" ${nonce} "$fish_pid"${sink} || true'`;
}

/**
 * The words of one probe after the other: some have a function named printf, and zsh takes `command`
 * for a program on the PATH; all words may be aliases, and standard output may go to a file.
 */
const PROBE_WORDS = [
  { print: "printf", plain: "", sink: "" },
  { print: "command printf", plain: "", sink: "" },
  { print: "\\printf", plain: "\\", sink: " >/dev/tty" },
] as const;

/**
 * A line that a shell answers with marker Q, and that harms nobody else as far as can be: to SQL
 * clients it is a comment, even inside a statement that is not finished; to Python, Node.js and most
 * other interpreters an error of syntax. No shell has a command named `--`.
 */
export function carefulLine(nonce: string): string {
  return ` -- || printf '${printfMarker(nonce, "Q", "%s")}' ${HEARD}`;
}

/** Has a shell inside another tell, by marker U, who it runs as and where. */
export function selfLine(shellKind: string, nonce: string): string {
  const format = printfMarker("%s", "U", "%s;%s");
  return shellKind === "fish"
    ? ` printf '${format}' ${nonce} (id -un 2>/dev/null; or echo) (uname -n 2>/dev/null; or echo)`
    : ` \\command printf '${format}' ${nonce} "$(\\id -un 2>&-)" "$(\\uname -n 2>&-)"`;
}

/** Replaces a shell that is neither POSIX nor fish by one that is, with its environment. */
export const fallbackLine =
  " exec sh -c 'case $(command -v bash) in ?*) exec bash;; esac; exec sh -i'";

/** The same where `exec` is not a word of the shell: a child of it. */
export const nestedFallbackLine = fallbackLine.replace("exec ", "");

const PID = /^\d+$/;

/** Reads marker K; undefined when it is not of the shape {@link probeLine} gives it. */
export function identify(fields: string): Identity | undefined {
  const parts = fields.split(";");
  if (parts.length < 9) return undefined;
  const [bash = "", zsh = "", ksh = "", yash = "", pid = "", flags = "", name = ""] = parts;
  const [sample, loginShell = "", ...stat] = parts.slice(7);
  if (!PID.test(pid)) return undefined;
  const shellKind = kindOf({ bash, zsh, ksh, yash, name });
  const controlStyle = sample === "A" ? "ansi-c" : "printf";
  return { shellKind, pid, flags, controlStyle, loginShell, process: processOf(stat.join(";")) };
}

/** From /proc/PID/stat, whose program name may hold anything: ppid, tty_nr and starttime. */
function processOf(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTime = fields[19];
  return startTime === undefined ? "" : `${fields[1]} ${fields[4]} ${startTime}`;
}

/** Reads marker F; undefined when it holds no process id. */
export function identifyFish(fields: string): Identity | undefined {
  if (!PID.test(fields)) return undefined;
  return {
    ...{ shellKind: "fish", pid: fields, flags: "", controlStyle: "ansi-c" },
    ...{ loginShell: "fish", process: "" },
  };
}

/** The dialect of a kind; plain POSIX for every kind without one of its own. */
export function dialectOf(shellKind: string): Dialect {
  return dialects[shellKind] ?? plain;
}

function kindOf(
  told: { bash: string; zsh: string; ksh: string; yash: string; name: string },
): string {
  if (told.bash !== "") return "bash";
  if (told.zsh !== "") return "zsh";
  if (told.yash !== "") return "yash";
  if (/MIRBSD|LEGACY/.test(told.ksh)) return "mksh";
  if (/AJM|93/.test(told.ksh)) return "ksh93";
  const name = told.name.replace(/^-/, "").replace(/^.*\//, "");
  return /^[\w.-]+$/.test(name) ? name : "sh";
}

/**
 * dash closes a standard stream for good when it cannot keep a copy of it while it is redirected
 * (`ulimit -n 4`), and would never print again. So two streams of no use are tried first, opened and
 * then redirected once more; no trace shows a `case`.
 */
const SPARE_STREAMS = "{ case x in esac 8<&0 9<&0; } 8<&0 9<&0&&";

/** dash, busybox ash, posh and whatever else is a plain POSIX shell. */
const plain: Dialect = {
  setup: setUpPlain,
  frame: (frame) =>
    posixFrame(frame, {
      ...printfWords("\\command"),
      eval: "\\eval",
      trace: "redirected",
      isPlain: true,
      guard: SPARE_STREAMS,
    }),
};

/**
 * bash's `set -o vi` inside `eval` makes that eval read its next commands from the terminal, our end
 * never being told; inside `.` it does not.
 */
function sparingEval(command: string): string {
  if (!/\bset\s[^\n;|&]{0,80}-o\s{0,8}(?:vi|emacs)\b/.test(command)) return command;
  return `\\builtin . <(\\builtin printf '%s\\n' ${quoteWord(command)})`;
}

/** A Python environment exports its prompt, which the next shell inside would show. */
const KEEP_PROMPT = "\\typeset +x PS1";

const bash: Dialect = {
  setup: setUpBash,
  frame: (frame) =>
    posixFrame({ ...frame, command: sparingEval(frame.command) }, {
      ...printfWords("\\builtin"),
      eval: "\\builtin eval",
      record: "\\builtin history -s -- ",
      afterEnd: KEEP_PROMPT,
      trace: "redirected",
    }),
};

const zsh: Dialect = {
  setup: setUpZsh,
  frame: (frame) =>
    posixFrame(frame, {
      ...printfWords("\\builtin"),
      eval: "\\builtin eval",
      record: "\\builtin print -sr -- ",
      afterEnd: KEEP_PROMPT,
      trace: "redirected",
      evalTakesJob: true,
    }),
};

/** ksh93's vi mode is brought down (SIGSEGV) by a terminal without echo: after a sourced .profile, too. */
const KSH_EDITOR_OFF = "\\set +o emacs +o gmacs +o vi";

const ksh93: Dialect = {
  setup: setUpKsh93,
  frame: (frame) => {
    const words = {
      ...{ ...printfWords("\\command"), eval: "\\eval", isKsh93: true },
      trace: "stubborn" as const,
    };
    const { historyFile, controlStyle } = frame;
    if (historyFile === undefined) return posixFrame(frame, { ...words, afterEnd: KSH_EDITOR_OFF });
    const record = `HISTFILE=${quotePosix(historyFile, controlStyle)};\\print -sr -- `;
    return posixFrame(frame, {
      ...words,
      record,
      afterEnd: `HISTFILE=/dev/null;${KSH_EDITOR_OFF}`,
    });
  },
};

/** mksh has no printf of its own: `print` saves two processes a command. */
const mksh: Dialect = {
  setup: setUpMksh,
  frame: (frame) =>
    posixFrame(frame, {
      ...printWords,
      ...{ eval: "\\eval", return: "\\builtin return" },
      record: "\\builtin print -sr -- ",
      trace: "stubborn",
    }),
};

const yash: Dialect = {
  setup: setUpYash,
  frame: (frame) =>
    posixFrame(frame, {
      ...printfWords("\\command"),
      eval: "\\eval",
      record: "\\history -s ",
      trace: "redirected",
      isPlain: true,
    }),
};

const fish: Dialect = { setup: setUpFish, frame: fishFrame };

/** As a POSIX frame, in fish's words. */
function fishFrame(frame: Frame): string {
  const { id, passwordNonce, previousStatus: status } = frame;
  const restored = status === 0
    ? ""
    : status === 1
    ? "builtin test 1 = 2;"
    : `command sh -c 'exit ${status}';`;
  const asks = passwordNonce === undefined
    ? ""
    : `builtin set -gx SUDO_PROMPT (printf '\\033]7717;%s;S\\007' ${passwordNonce});`;
  const asksAsBefore = passwordNonce === undefined ? "" : ";builtin set -e SUDO_PROMPT";
  return ` builtin set -g ${OURS}i ${id};${asks}builtin printf $${OURS}c ${id} >/dev/tty;` +
    `${restored}builtin eval ${quoteFish(frame.command)};` +
    `builtin printf $${OURS}d ${id} "$PWD" ${id} $status >/dev/tty${asksAsBefore}`;
}

const dialects: Readonly<Record<string, Dialect>> = { bash, zsh, ksh93, mksh, yash, fish };
