import { printfMarker } from "../../terminal/nonce.ts";
import { CWD, endFormat, type Frame, posixFrame, printfWords, PROMPT_STATUS } from "./frame.ts";
import { type ControlStyle, quoteFish, quotePosix, quoteWord } from "./quoting.ts";

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

/** How one family of shells is spoken to; every line begins with a space and has no line end. */
export interface Dialect {
  /** Makes an interactive shell tell its ends: echo off, line editor off, prompt = marker P. */
  setup(nonce: string): string;
  /** One command with marker C before it, and W (cwd) and D (status; flags) behind it. */
  frame(frame: Frame): string;
}

/** What marker H says; the line itself, echoed with its escapes undone, says "%s". */
export const HEARD = "1";

/**
 * A line that every shell survives and that tells which one reads it.
 *
 * H: some shell printed. K: a POSIX shell, with its facts. F: fish. `eval` keeps what only one
 * family can parse from the others; `${X-}` is for shells under `set -u`. No part of it fails or names
 * what may be unset: that would end a shell under both `set -e` and `set -u`.
 */
export function probeLine(nonce: string): string {
  const heard = printfMarker(nonce, "H", "%s");
  const posix = printfMarker(nonce, "K", "%s;%s;%s;%s;%s;%s;%s;%s;%s");
  const fish = printfMarker(nonce, "F", "%s");
  return ` printf '${heard}' ${HEARD}; ` +
    `eval 'printf "${posix}" "\${BASH_VERSION-}" "\${ZSH_VERSION-}" "\${KSH_VERSION-}" ` +
    `"\${YASH_VERSION-}" "$$" "$-" "$0" $'\\''A'\\'' "\${SHELL-}"'; ` +
    `eval 'command -sq true && printf "${fish}" "$fish_pid" || true'`;
}

/** Replaces a shell that is neither POSIX nor fish by one that is, with its environment. */
export const fallbackLine =
  " exec sh -c 'command -v bash >/dev/null 2>&1 && exec bash; exec sh -i'";

/** The same where `exec` is not a word of the shell: a child of it. */
export const nestedFallbackLine = fallbackLine.replace("exec ", "");

const PID = /^\d+$/;

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
  if (!PID.test(pid)) return undefined;
  const shellKind = kindOf({ bash, zsh, ksh, yash, name });
  const controlStyle = sample === "A" ? "ansi-c" : "printf";
  return { shellKind, pid, flags, controlStyle, loginShell };
}

/** Reads marker F; undefined when it holds no process id. */
export function identifyFish(fields: string): Identity | undefined {
  if (!PID.test(fields)) return undefined;
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
const EXPORTS = "\\export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat";

/** Marker R, before the prompt is set: a user may have made PS1 readonly. */
function told(nonce: string, print: string): string {
  const tty = printfMarker(nonce, "R", "tty");
  const out = printfMarker(nonce, "R", "out");
  return `case $- in *r*) ${print} '${out}' ;; ` +
    `*) { ${print} '${tty}' >/dev/tty; } 2>/dev/null || ${print} '${out}' ;; esac`;
}

/** Prompt text with the status and the cwd as `expansions` say them; ESC and BEL as given. */
function prompt(
  nonce: string,
  expansions: { status: string; cwd: string; esc: string; bel: string },
): string {
  const { status, cwd, esc, bel } = expansions;
  return `${esc}]7717;${nonce};W;${cwd}${bel}${esc}]7717;${nonce};P;${status};\\n${bel}`;
}

/** A set-up line that no failing word of it ends, under errexit or zsh's err_return. */
function unfailing(words: string): string {
  return ` { ${words}; } || :`;
}

/** Silent where a name is readonly. A restricted shell refuses to redirect to a file, not to close one. */
function setPrompt(value: string): string {
  return `{ \\typeset +x PS1 PS2; PS2=; PS1=${value}; } 2>&-`;
}

/** posh(1) has no such options, and gives up the whole line over them. */
const editorOff = "(\\command set +o emacs +o vi) 2>/dev/null && \\command set +o emacs +o vi";

/**
 * busybox ash with echo off reads lines by fgets(3) and takes EINTR for the end of input: a
 * background job that ends (SIGCHLD) would end the shell.
 */
const survive =
  "case $(\\readlink /proc/$$/exe 2>/dev/null) in *busybox*) \\set -o ignoreeof;; esac 2>/dev/null";

/** dash, busybox ash, posh and whatever else is a plain POSIX shell. */
const plain: Dialect = {
  setup: (nonce) =>
    unfailing(
      `\\stty -echo 2>/dev/null; ${editorOff}; ${survive}; ${EXPORTS}; ` +
        `${told(nonce, "\\command printf")}; { \\unset PS1 PS2; PS2=; PS1=$(\\command printf '${
          prompt(nonce, { status: "$?", cwd: CWD, esc: "\\033", bel: "\\007" })
        }'); } 2>/dev/null`,
    ),
  frame: (frame) =>
    posixFrame(frame, { ...printfWords("\\command"), eval: "\\eval", trace: "redirected" }),
};

/**
 * Probe and set-up lines are taken out of the history of a bash that records them (ignorespace).
 * Whatever IFS and globbing are; an assignment to a readonly HISTCONTROL would give up the whole line.
 */
const forgetBash = 'case ":${HISTCONTROL-}:" in *:ignorespace:*|*:ignoreboth:*) ;; ' +
  '*) \\typeset HISTCONTROL="${HISTCONTROL:+$HISTCONTROL:}ignorespace"; ' +
  "while [[ $(\\builtin history 1) =~ ^\\ *([0-9]+).*\\]7717\\; ]]; " +
  'do \\builtin history -d "${BASH_REMATCH[1]}" || break; done ;; esac';

/**
 * bash's `set -o vi` inside `eval` makes that eval read its next commands from the terminal, our end
 * never being told; inside `.` it does not.
 */
function sparingEval(command: string): string {
  if (!/\bset\s[^\n;|&]*-o\s*(?:vi|emacs)\b/.test(command)) return command;
  return `\\builtin . <(\\builtin printf '%s\\n' ${quoteWord(command)})`;
}

const bash: Dialect = {
  setup: (nonce) =>
    unfailing(
      "\\stty -echo; \\set +o emacs +o vi +H; \\trap - DEBUG; \\unset PROMPT_COMMAND PS0; " +
        `\\shopt -s promptvars; ${forgetBash}; ${EXPORTS}; ${told(nonce, "\\builtin printf")}; ` +
        setPrompt(
          `'\\[${prompt(nonce, { status: "$?", cwd: CWD, esc: "\\e", bel: "\\a" })}\\]'`,
        ),
    ),
  frame: (frame) =>
    posixFrame({ ...frame, command: sparingEval(frame.command) }, {
      ...printfWords("\\builtin"),
      eval: "\\builtin eval",
      record: "\\builtin history -s -- ",
      trace: "redirected",
    }),
};

/** The same for zsh: a list of its own from here on, and a file that never gets the old lines. */
const forgetZsh = "[[ -o hist_ignore_space ]] || { \\setopt hist_ignore_space; " +
  'HISTORY_IGNORE="(${HISTORY_IGNORE:-}|*\\]7717;*)"; [[ -o restricted ]] || \\fc -p ${HISTFILE:+"$HISTFILE"}; }';

/** What runs around each prompt; by `eval`, since one readonly name would give up the whole line. */
const unhookZsh = ["precmd", "preexec", "periodic"]
  .map((hook) => `\\builtin eval '${hook}_functions=()'`).join(";") +
  ";\\unfunction -m precmd preexec periodic;\\builtin eval '\\unset RPS1 RPROMPT'";

/** {@link CWD} with the prompt's own `%` doubled; its backslash is one more inside `$'…'`. */
const ZSH_PROMPT_CWD = "${${${PWD-}##*[[:cntrl:]]*}//\\\\%/%%}";

const zsh: Dialect = {
  setup: (nonce) =>
    unfailing(
      "\\stty -echo; \\unsetopt zle prompt_cr prompt_sp correct correct_all bang_hist; " +
        `\\setopt prompt_percent prompt_subst; ${forgetZsh}; ${unhookZsh}; ` +
        `${EXPORTS}; ${told(nonce, "\\builtin printf")}; ` +
        setPrompt(
          `$'${prompt(nonce, { status: "%?", cwd: ZSH_PROMPT_CWD, esc: "\\e", bel: "\\a" })}'`,
        ),
    ),
  frame: (frame) =>
    posixFrame(frame, {
      ...printfWords("\\builtin"),
      eval: "\\builtin eval",
      record: "\\builtin print -sr -- ",
      trace: "redirected",
    }),
};

/** ksh93 and mksh put the history number for each `!` of a prompt. */
function kshSetup(nonce: string, print: string, before = ""): string {
  const shown = { status: `${PROMPT_STATUS};$-`, cwd: CWD, esc: "\\e", bel: "\\a" };
  return unfailing(
    `${before}\\stty -echo; \\set +o emacs +o vi; ${EXPORTS}; ${told(nonce, print)}; ` +
      setPrompt(`$'${prompt(nonce, shown)}'`),
  );
}

/** ksh93's vi mode is brought down (SIGSEGV) by a terminal without echo: after a sourced .profile, too. */
const kshEditorOff = "\\set +o emacs +o gmacs +o vi";

/**
 * ksh93 records each line it reads, and reopens its history when HISTFILE is set: /dev/null gets our
 * lines, the real file the commands. Marker Y tells the real one, unless it is readonly.
 */
const ksh93: Dialect = {
  setup: (nonce) =>
    kshSetup(
      nonce,
      "\\command printf",
      "[[ ${HISTFILE-} != /dev/null ]] && (HISTFILE=/dev/null) 2>/dev/null && " +
        `{ \\command printf '${printfMarker(nonce, "Y", "%s")}' ` +
        '"${HISTFILE:-${HOME-}/.sh_history}"; HISTFILE=/dev/null; }; ',
    ),
  frame: (frame) => {
    const words = { ...printfWords("\\command"), eval: "\\eval", trace: "stubborn" } as const;
    const { historyFile, controlStyle } = frame;
    if (historyFile === undefined) return posixFrame(frame, { ...words, afterEnd: kshEditorOff });
    const record = `HISTFILE=${quotePosix(historyFile, controlStyle)};\\print -sr -- `;
    return posixFrame(frame, { ...words, record, afterEnd: `HISTFILE=/dev/null;${kshEditorOff}` });
  },
};

/** mksh has no printf of its own: `print` saves two processes a command. */
const mksh: Dialect = {
  setup: (nonce) => kshSetup(nonce, "\\builtin print -n"),
  frame: (frame) =>
    posixFrame(frame, {
      tellBegin: (nonce) => `\\builtin print -n '${printfMarker(nonce, "C")}'`,
      tellEnd: (nonce) =>
        `\\builtin print -nr -- $'\\e]7717;${nonce};W;'"${CWD}"` +
        `$'\\a\\e]7717;${nonce};D;'"$?;$-"$'\\n\\a'`,
      eval: "\\eval",
      record: "\\builtin print -sr -- ",
      trace: "stubborn",
    }),
};

const yash: Dialect = {
  setup: (nonce) =>
    plain.setup(nonce).replace(
      "\\unset PS1 PS2;",
      "\\unset PS1 PS2 PS1R PS1S YASH_PS1 YASH_PS2 YASH_PS1R YASH_PS1S PROMPT_COMMAND POST_PROMPT_WD;",
    ),
  frame: (frame) =>
    posixFrame(frame, {
      ...printfWords("\\command"),
      eval: "\\eval",
      record: "\\history -s ",
      trace: "redirected",
    }),
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
      `builtin printf '${endFormat(frame.nonce)}' "$PWD" $status '' >/dev/tty${
        frame.passwordNonce === undefined ? "" : ";set -e SUDO_PROMPT"
      }`;
  },
};

const dialects: Readonly<Record<string, Dialect>> = { bash, zsh, ksh93, mksh, yash, fish };
