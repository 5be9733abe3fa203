import { printfMarker } from "./nonce.ts";
import { type ControlStyle, quoteFish, quotePosix } from "./quoting.ts";

/** What a shell said of itself in answer to {@link probeLine}. */
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
}

/** What a command line is framed with. */
export interface Frame {
  readonly nonce: string;
  readonly command: string;
  /** `$?` that the command is to see, 0–255. */
  readonly previousStatus: number;
  /** `$-` as last told. */
  readonly flags: string;
  /** Redirection of markers: " >/dev/tty", or "" where the shell may not. */
  readonly sink: string;
  readonly controlStyle: ControlStyle;
  /** A command that carried a secret is not recorded. */
  readonly history: "record" | "omit";
  /** What history shows for it. */
  readonly recorded: string;
  /** Makes a marker of sudo's prompt while the command runs. */
  readonly passwordNonce?: string | undefined;
}

/** How one family of shells is spoken to; every line begins with a space and has no line end. */
export interface Dialect {
  /** Makes an interactive shell tell its ends: echo off, line editor off, prompt = marker P. */
  setup(nonce: string): string;
  /** One command with marker C before it, and W (cwd) and D (status; flags) behind it. */
  frame(frame: Frame): string;
}

/**
 * A line that every shell survives and that tells which one reads it.
 *
 * H: some shell printed. K: a POSIX shell, with its facts. F: fish. `eval` keeps what only one
 * family can parse from the others; `${X-}` is for shells under `set -u`.
 */
export function probeLine(nonce: string): string {
  const heard = printfMarker(nonce, "H");
  const posix = printfMarker(nonce, "K", "%s;%s;%s;%s;%s;%s;%s;%s;%s");
  const fish = printfMarker(nonce, "F", "%s");
  return ` printf '${heard}'; ` +
    `eval 'printf "${posix}" "\${BASH_VERSION-}" "\${ZSH_VERSION-}" "\${KSH_VERSION-}" ` +
    `"\${YASH_VERSION-}" "$$" "$-" "$0" $'\\''A'\\'' "\${SHELL-}"'; ` +
    `eval 'test -n "$FISH_VERSION" && printf "${fish}" "$fish_pid"'`;
}

/** Replaces a shell that is neither POSIX nor fish by one that is, with its environment. */
export const fallbackLine =
  " exec sh -c 'command -v bash >/dev/null 2>&1 && exec bash; exec sh -i'";

/** The same where `exec` is not a word of the shell: a child of it. */
export const nestedFallbackLine = fallbackLine.replace("exec ", "");

/** Reads marker K; undefined when it is not of the shape {@link probeLine} gives it. */
export function identify(fields: string): Identity | undefined {
  const parts = fields.split(";");
  if (parts.length < 9) return undefined;
  const [bash, zsh, ksh, yash, pid, flags, name, sample, loginShell] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const shellKind = kindOf({ bash, zsh, ksh, yash, name });
  const controlStyle = sample === "A" ? "ansi-c" : "printf";
  return { shellKind, pid, flags, controlStyle, loginShell };
}

/** Reads marker F. */
export function identifyFish(fields: string): Identity {
  return { shellKind: "fish", pid: fields, flags: "", controlStyle: "ansi-c", loginShell: "fish" };
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

// A pager would wait for a key in every second command; who wants one names it.
const EXPORTS = "export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat";

function told(nonce: string): string {
  const tty = printfMarker(nonce, "R", "tty");
  const out = printfMarker(nonce, "R", "out");
  return `case $- in *r*) printf '${out}' ;; ` +
    `*) { printf '${tty}' >/dev/tty; } 2>/dev/null || printf '${out}' ;; esac`;
}

/** W carries the cwd alone: a path may hold bytes that spoil a marker, and the status must not go with it. */
const ends = (nonce: string): string =>
  printfMarker(nonce, "W", "%s") + printfMarker(nonce, "D", "%s;%s\\n");

/** Prompt text with the status and the cwd as `expansions` say them; ESC and BEL as given. */
function prompt(
  nonce: string,
  expansions: { status: string; cwd: string; esc: string; bel: string },
): string {
  const { status, cwd, esc, bel } = expansions;
  return `${esc}]7717;${nonce};W;${cwd}${bel}${esc}]7717;${nonce};P;${status};\\n${bel}`;
}

interface PosixWords {
  /** Prints by format; not to be shadowed by a function or alias of the user's. */
  readonly printf: string;
  /** Adds `word` to the history. */
  readonly record?: (word: string) => string;
}

/** A POSIX frame: tell the start, restore `$?`, `eval` the command as one word, tell the end. */
function posixFrame(frame: Frame, words: PosixWords): string {
  const { nonce, sink } = frame;
  const word = quotePosix(frame.command, frame.controlStyle);
  const record = frame.history === "record" && words.record !== undefined
    ? `${words.record(quotePosix(frame.recorded, frame.controlStyle))};`
    : "";
  const begin = `${words.printf} '${printfMarker(nonce, "C")}'${sink};${record}`;
  const end = `${words.printf} '${ends(nonce)}' "\${PWD-}" "$?" "$-"${sink}`;
  return ` ${
    traced(frame, {
      begin: begin + askByMarker(frame),
      run: `${restore(frame)}eval ${word}`,
      end: end + askAsBefore(frame),
    })
  }`;
}

/** sudo(8) asks with a marker while the command runs. */
function askByMarker(frame: Frame): string {
  if (frame.passwordNonce === undefined) return "";
  const value = frame.controlStyle === "ansi-c"
    ? `$'${printfMarker(frame.passwordNonce, "S")}'`
    : `$(printf '${printfMarker(frame.passwordNonce, "S")}')`;
  return `export SUDO_PROMPT; SUDO_PROMPT=${value};`;
}

function askAsBefore(frame: Frame): string {
  return frame.passwordNonce === undefined ? "" : ";unset SUDO_PROMPT";
}

/** Keeps our own words out of what `set -x` prints, where the shell may redirect. */
function traced(frame: Frame, parts: { begin: string; run: string; end: string }): string {
  if (frame.sink === "") return `${parts.begin}${parts.run};${parts.end}`;
  const end = `{ ${parts.end}; } 2>/dev/null`;
  if (!frame.flags.includes("x")) return `${parts.begin}${parts.run};${end}`;
  const run = parts.run.replace(/^.*?eval /s, "eval 'set -x;'");
  return `{ set +x; } 2>/dev/null;${parts.begin}${run};${end}`;
}

/** Sets `$?`; exempt from errexit, and without a fork where the value is 0 or 1. */
function restore(frame: Frame): string {
  if (frame.previousStatus === 0) return "";
  if (frame.previousStatus === 1) return "! :;";
  return frame.flags.includes("e") ? "" : `(exit ${frame.previousStatus});`;
}

const editorOff = "command set +o emacs +o vi 2>/dev/null";

/** dash, busybox ash, posh and whatever else is a plain POSIX shell. */
const plain: Dialect = {
  setup: (nonce) =>
    ` stty -echo 2>/dev/null; ${editorOff}; ${EXPORTS}; unset PS1 PS2; PS2=; ` +
    `PS1=$(printf '${
      prompt(nonce, { status: "$?", cwd: "${PWD-}", esc: "\\033", bel: "\\007" })
    }'); ${told(nonce)}`,
  frame: (frame) => posixFrame(frame, { printf: "command printf" }),
};

/** Probe and set-up lines are taken out of the history of a bash that records them (ignorespace). */
const forgetBash = 'case ":${HISTCONTROL-}:" in *:ignorespace:*|*:ignoreboth:*) ;; ' +
  '*) HISTCONTROL="${HISTCONTROL:+$HISTCONTROL:}ignorespace"; ' +
  'while case "$(builtin history 1)" in *"]7717;"*) : ;; *) ! : ;; esac; ' +
  "do builtin history -d " +
  '"$(set -- $(HISTTIMEFORMAT= builtin history 1); echo $1)" || break; done ;; esac';

const bash: Dialect = {
  setup: (nonce) =>
    " stty -echo; set +o emacs +o vi +H; trap - DEBUG; unset PROMPT_COMMAND PS0; " +
    `shopt -s promptvars; ${forgetBash}; ${EXPORTS}; ` +
    `typeset +x PS1 PS2; PS2=; PS1='\\[${
      prompt(nonce, { status: "$?", cwd: "${PWD-}", esc: "\\e", bel: "\\a" })
    }\\]'; ${told(nonce)}`,
  frame: (frame) =>
    posixFrame(frame, {
      printf: "builtin printf",
      record: (word) => `builtin history -s -- ${word}`,
    }),
};

/** The same for zsh: a list of its own from here on, and a file that never gets the old lines. */
const forgetZsh = "[[ -o hist_ignore_space ]] || { setopt hist_ignore_space; " +
  'HISTORY_IGNORE="(${HISTORY_IGNORE:-}|*\\]7717;*)"; fc -p ${HISTFILE:+"$HISTFILE"}; }';

const zsh: Dialect = {
  setup: (nonce) =>
    " stty -echo; unsetopt zle prompt_cr prompt_sp correct correct_all bang_hist; " +
    `setopt prompt_percent; ${forgetZsh}; precmd_functions=() preexec_functions=(); ` +
    "unfunction precmd preexec 2>/dev/null; unset RPS1 RPROMPT; " +
    `${EXPORTS}; typeset +x PS1 PS2; PS2=; PS1=$'${
      prompt(nonce, { status: "%?", cwd: "%/", esc: "\\e", bel: "\\a" })
    }'; ${told(nonce)}`,
  frame: (frame) =>
    posixFrame(frame, {
      printf: "builtin printf",
      record: (word) => `builtin print -sr -- ${word}`,
    }),
};

/** ksh93 and mksh put the history number for each `!` of a prompt. */
function kshSetup(nonce: string): string {
  const shown = { status: "$?", cwd: "${PWD-}", esc: "\\e", bel: "\\a" };
  return ` stty -echo; set +o emacs +o vi; ${EXPORTS}; typeset +x PS1 PS2; PS2=; ` +
    `PS1=$'${prompt(nonce, shown)}'; ${told(nonce)}`;
}

const ksh93: Dialect = {
  setup: kshSetup,
  frame: (frame) => posixFrame(frame, { printf: "command printf" }),
};

/** mksh has no printf of its own: `print` saves two processes a command. */
const mksh: Dialect = {
  setup: (nonce) => kshSetup(nonce).replaceAll(/printf '(.*?)'/g, "print -n '$1'"),
  frame: (frame) => {
    const { nonce, sink } = frame;
    const record = frame.history === "record"
      ? `print -sr -- ${quotePosix(frame.recorded, "ansi-c")};`
      : "";
    const begin = `print -n '${printfMarker(nonce, "C")}'${sink};${record}`;
    const end =
      `print -nr -- $'\\e]7717;${nonce};W;'"\${PWD-}"$'\\a\\e]7717;${nonce};D;'"$?;$-"$'\\n\\a'${sink}`;
    return ` ${
      traced(frame, {
        begin: begin + askByMarker(frame),
        run: `${restore(frame)}eval ${quotePosix(frame.command, frame.controlStyle)}`,
        end: end + askAsBefore(frame),
      })
    }`;
  },
};

const yash: Dialect = {
  setup: (nonce) =>
    plain.setup(nonce).replace(
      "unset PS1 PS2;",
      "unset PS1 PS2 PS1R PS1S YASH_PS1 YASH_PS2 YASH_PS1R PROMPT_COMMAND POST_PROMPT_WD;",
    ),
  frame: (frame) =>
    posixFrame(frame, { printf: "command printf", record: (word) => `history -s ${word}` }),
};

/** fish 3 and 4: its reader stays on, so whatever it redraws lies outside C and D. */
const fish: Dialect = {
  setup: (nonce) =>
    " functions -e fish_right_prompt fish_mode_prompt; function fish_title; end; " +
    "set -g fish_greeting; set -g fish_autosuggestion_enabled 0; set -gx PAGER cat; set -gx GIT_PAGER cat; " +
    "set -gx MANPAGER cat; set -gx SYSTEMD_PAGER cat; " +
    `function fish_prompt; set -l s $status; printf '${printfMarker(nonce, "W", "%s")}${
      printfMarker(nonce, "P", "%s;\\r\\n")
    }' "$PWD" $s; end; printf '${printfMarker(nonce, "R", "tty")}'`,
  frame: (frame) => {
    const status = frame.previousStatus;
    const restored = status === 0
      ? ""
      : status === 1
      ? "builtin test 1 = 2;"
      : `command sh -c 'exit ${status}';`;
    return ` builtin printf '${printfMarker(frame.nonce, "C")}' >/dev/tty;${
      frame.passwordNonce === undefined
        ? ""
        : `set -gx SUDO_PROMPT (printf '${printfMarker(frame.passwordNonce, "S")}');`
    }` +
      `${restored}eval ${quoteFish(frame.command)};` +
      `builtin printf '${ends(frame.nonce)}' "$PWD" $status '' >/dev/tty${
        frame.passwordNonce === undefined ? "" : ";set -e SUDO_PROMPT"
      }`;
  },
};

const dialects: Readonly<Record<string, Dialect>> = { bash, zsh, ksh93, mksh, yash, fish };
