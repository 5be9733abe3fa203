import {
  CWD,
  namesOf,
  OURS,
  printfFormats,
  printParts,
  promptFields,
  withNames,
} from "../frame.ts";
import { continued } from "../quoting.ts";

/** Stands for the nonce in the parts of a set-up line. */
const NONCE = "NONCE";

/** One line of set-up, with a continuation where it would become too long for a terminal. */
function line(nonce: string, parts: readonly string[]): string {
  // A failing word must not end it, under errexit or zsh's err_return.
  const named = (part: string): string => withNames(part, namesOf(nonce));
  const own = parts.map((part) => named(part).replaceAll(NONCE, nonce));
  return continued([" { ", ...own, "} || :"]);
}

// A pager would wait for a key in every second command; who wants one names it.
const EXPORTS = "\\export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat;";

/**
 * Marker R, before the prompt is set: a user may have made PS1 readonly. A chroot may have no devices,
 * and a redirection would make files of their names: only a device is written to. Start-up files may have
 * sent what is printed to a file.
 */
function reportReady(print: string): string {
  const ready = (sink: string): string =>
    `${print} '\\033]7717;'${NONCE}";R;${sink};$${OURS}n"'\\007'`;
  const isHere = [1, 2].map((n) => `\\test -t ${n} -o -p /dev/fd/${n}`).join("&&");
  const isElsewhere = `${isHere}||${OURS}n="$${OURS}n;elsewhere";`;
  return `${OURS}n=;\\test -c /dev/null||${OURS}n=none;${isElsewhere}case $- in *r*) ${
    ready("out")
  };; ` +
    `*) \\test -c /dev/tty && { ${ready("tty")} >/dev/tty; } 2>&- || ${ready("out")};; esac;`;
}

/** How a prompt's text is written. */
interface PromptStyle {
  readonly status: string;
  readonly cwd: string;
  readonly esc: string;
  readonly bel: string;
  /** The quote that the text stands in; the nonce stands outside. */
  readonly quote: "'" | "$'";
}

/** Prompt text, quoted: markers W and P. */
function prompt({ status, cwd, esc, bel, quote }: PromptStyle): string {
  const start = `${esc}]7717;'${NONCE}${quote};`;
  return `${quote}${start}W;\${${OURS}i-};${cwd}${bel}${start}P;${promptFields(status)};\\n${bel}'`;
}

/** Silent where a name is readonly. A restricted shell refuses to redirect to a file, not to close one. */
function setPrompt(value: string): string {
  return `${OURS}p=${value};{ \\typeset +x PS1 PS2; PS2=; PS1=$${OURS}p; } 2>&-;`;
}

/** posh(1) has no such options, and gives up the whole line over them. */
const EDITOR_OFF = "(\\command set +o emacs +o vi) 2>&- && \\command set +o emacs +o vi;";

/**
 * busybox ash with echo off reads lines by fgets(3) and takes EINTR for the end of input: a
 * background job that ends (SIGCHLD) would end the shell.
 */
const SURVIVE =
  "case $(\\readlink /proc/$$/exe 2>&-) in *busybox*) \\set -o ignoreeof 2>&-;; esac;";

/** Sets up dash, busybox ash, posh and whatever else is a plain POSIX shell. */
export function setUpPlain(nonce: string, otherPrompts = ""): string {
  const style = { status: "$?", cwd: CWD, esc: "\\033", bel: "\\007", quote: "'" } as const;
  return line(nonce, [
    `\\stty -echo 2>&-; ${EDITOR_OFF}`,
    SURVIVE,
    EXPORTS,
    `${printfFormats(NONCE)};`,
    reportReady("\\command printf"),
    `{ \\unset PS1 PS2${otherPrompts}; PS2=; PS1=$(\\command printf ${prompt(style)}); } 2>&-;`,
  ]);
}

/** Sets up yash, which has prompts in variables of its own. */
export function setUpYash(nonce: string): string {
  return setUpPlain(
    nonce,
    " PS1R PS1S YASH_PS1 YASH_PS2 YASH_PS1R YASH_PS1S PROMPT_COMMAND POST_PROMPT_WD",
  );
}

/**
 * Probe and set-up lines are taken out of the history of a bash that records them (ignorespace).
 * Whatever IFS and globbing are; an assignment to a readonly HISTCONTROL would give up the whole line.
 * They are the last ones; one look shows them all, as each is a process more on the host. The last line
 * is cut off by its length: `##*` would try each place of it, and takes 2 ms.
 */
const FORGET_BASH = 'case ":${HISTCONTROL-}:" in *:ignorespace:*|*:ignoreboth:*) ;; ' +
  '*) \\typeset HISTCONTROL="${HISTCONTROL:+$HISTCONTROL:}ignorespace"; ' +
  `${OURS}n=$'\\n'$(\\builtin history 9);while ${OURS}p=\${${OURS}n%$'\\n'*}; ` +
  `[[ \${${OURS}n:\${#${OURS}p}} =~ ^[[:space:]]*([0-9]+).*\\]7717\\; ]]; ` +
  `do \\builtin history -d "\${BASH_REMATCH[1]}" || break; ${OURS}n=$${OURS}p; done ;; esac;`;

/**
 * A user's own work before each prompt, such as direnv's hook, runs on, after the command's end was
 * reported: it reads nothing, since the next command may be typed by then, and a prompt that it sets
 * is ours again. A readonly PROMPT_COMMAND is left as it is.
 */
const KEEP_HOOKS_BASH = `case "\${PROMPT_COMMAND[*]-}" in ''|*${OURS}*) ;; ` +
  `*) \\builtin printf -v ${OURS}h '%s\\n' "\${PROMPT_COMMAND[@]}";\\unset PROMPT_COMMAND; ` +
  `\\typeset PROMPT_COMMAND='\\builtin eval "$${OURS}h" </dev/null;{ PS1=$${OURS}p; } 2>&-';; esac 2>&-;`;

/** Sets up bash. A trap on DEBUG stays: it may be what guards or audits this host. */
export function setUpBash(nonce: string): string {
  const style = { status: "$?", cwd: CWD, esc: "\\e", bel: "\\a", quote: "$'" } as const;
  return line(nonce, [
    "\\stty -echo; \\set +o emacs +o vi +H; \\unset PS0; \\shopt -s promptvars;",
    FORGET_BASH,
    EXPORTS,
    `${printfFormats(NONCE)};`,
    reportReady("\\builtin printf"),
    setPrompt(`'\\['${prompt(style)}'\\]'`),
    KEEP_HOOKS_BASH,
  ]);
}

/** The same for zsh: a list of its own from here on, and a file that never gets the old lines. */
const FORGET_ZSH = "[[ -o hist_ignore_space ]] || { \\setopt hist_ignore_space; " +
  'HISTORY_IGNORE="(${HISTORY_IGNORE:-}|*\\]7717;*)"; [[ -o restricted ]] || \\fc -p ${HISTFILE:+"$HISTFILE"}; };';

/**
 * As {@link KEEP_HOOKS_BASH} for a user's work before a prompt; work before a command would be given
 * our line. By `eval`, since one readonly name would give up the whole line.
 */
const KEEP_HOOKS_ZSH = [
  `case "$precmd_functions" in *${OURS}*) ;; *) ${OURS}f=($precmd_functions);; esac`,
  `(($+functions[precmd])) && { functions[${OURS}q]=$functions[precmd]; ${OURS}f=(${OURS}q $${OURS}f); }`,
  `precmd_functions=(); (($#${OURS}f)) && { ${OURS}h() { \\local ${OURS}x; ` +
  `for ${OURS}x in $${OURS}f; do (($+functions[$${OURS}x])) && $${OURS}x </dev/null; done; ` +
  `{ PS1=$${OURS}p; } 2>&-; }; precmd_functions=(${OURS}h); }`,
  "preexec_functions=()",
  "periodic_functions=()",
  "\\unset RPS1 RPROMPT",
].map((words) => `\\builtin eval '${words}';`).concat("\\unfunction -m precmd preexec periodic;");

/** {@link CWD} with the prompt's own `%` doubled; its backslash is one more inside `$'…'`. */
const ZSH_PROMPT_CWD = "${${${PWD-}##*[[:cntrl:]]*}//\\\\%/%%}";

/** Sets up zsh. */
export function setUpZsh(nonce: string): string {
  const style = { status: "%?", cwd: ZSH_PROMPT_CWD, esc: "\\e", bel: "\\a", quote: "$'" } as const;
  return line(nonce, [
    "\\stty -echo; \\unsetopt zle prompt_cr prompt_sp correct correct_all bang_hist; ",
    "\\setopt prompt_percent prompt_subst; ",
    FORGET_ZSH,
    ...KEEP_HOOKS_ZSH,
    EXPORTS,
    `${printfFormats(NONCE)};`,
    reportReady("\\builtin printf"),
    setPrompt(prompt(style)),
  ]);
}

/** ksh93 and mksh put the history number for each `!` of a prompt. */
function setUpKsh(
  nonce: string,
  { before, formats, print }: Readonly<Record<"before" | "formats" | "print", string>>,
): string {
  const style = { status: "$?;$-", cwd: CWD, esc: "\\e", bel: "\\a", quote: "$'" } as const;
  return line(nonce, [
    before,
    `\\stty -echo; \\set +o emacs +o vi; ${EXPORTS}`,
    `${formats};`,
    reportReady(print),
    setPrompt(prompt(style)),
  ]);
}

/**
 * Sets up ksh93, which records each line it reads and reopens its history when HISTFILE is set:
 * /dev/null gets our lines, the real file the commands. Marker Y tells the real one, unless it is
 * readonly.
 */
export function setUpKsh93(nonce: string): string {
  return setUpKsh(nonce, {
    before: "[[ ${HISTFILE-} != /dev/null && -c /dev/null ]] && (HISTFILE=/dev/null) 2>&- && " +
      `{ \\command printf '\\033]7717;'${NONCE}';Y;%s\\007' ` +
      '"${HISTFILE:-${HOME-}/.sh_history}"; HISTFILE=/dev/null; };',
    formats: printfFormats(NONCE),
    print: "\\command printf",
  });
}

/** Sets up mksh. */
export function setUpMksh(nonce: string): string {
  return setUpKsh(nonce, {
    ...{ before: "", formats: printParts(NONCE), print: "\\builtin print -n --" },
  });
}

/** Sets up fish 3 and 4: the reader stays on, so what it redraws lies outside C and D. */
export function setUpFish(nonce: string): string {
  const format = (fields: string): string => `'\\033]7717;'${nonce}';${fields}''\\007'`;
  return continued([
    " builtin functions -e fish_right_prompt fish_mode_prompt; function fish_title; end; ",
    "builtin set -g fish_greeting; builtin set -g fish_autosuggestion_enabled 0; builtin set -gx PAGER cat; ",
    "builtin set -gx GIT_PAGER cat; builtin set -gx MANPAGER cat; builtin set -gx SYSTEMD_PAGER cat; ",
    `builtin set -g ${OURS}i; builtin set -g ${OURS}c ${format("C;%s")}; `,
    `builtin set -g ${OURS}d ${format("W;%s;%s")}${format("D;%s;%s;\\n")}; `,
    `function fish_prompt; builtin set -l s $status; builtin printf ${format("W;%s;%s")}`,
    `${format("P;%s;%s;;%s;\\r\\n")} "$${OURS}i" "$PWD" "$${OURS}i" $fish_pid $s; end; `,
    `builtin printf ${format("R;%s;")} tty`,
  ]);
}
