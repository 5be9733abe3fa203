/** Settings of `stty -a` that have a number and no key. */
const NUMBERS = ["line", "min", "time"];

/** Settings under which letters of one case arrive, or are shown, as those of the other. */
const FOLDS = ["iuclc", "olcuc", "xcase"];
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * The printable characters that do not become part of a typed line, such as `x` after `stty intr x`,
 * which acts on it. `settings` are the words of `stty -a`.
 */
export function printableKeys(settings: readonly string[]): string {
  const folded = settings.some((word) => FOLDS.includes(word)) ? CAPITALS : "";
  return folded + settings.map((name, index) => {
    if (settings[index + 1] !== "=" || NUMBERS.includes(name)) return "";
    const value = (settings[index + 2] ?? "").replace(/;$/, "");
    // The words are split at blanks, and a blank may be the key.
    return value === "" ? " " : value.length === 1 ? value : "";
  }).join("");
}

/** mksh keeps the keys that its line editor began with. */
const RESET = "stty sane; case ${KSH_VERSION-} in *MIRBSD*|*LEGACY*) set +o emacs +o vi;; esac; " +
  ": ']7717;'";

/** Lines that give a terminal its usual keys; shells that know no `$'…'` have no line editor. */
const RESETTING_LINES = [
  ` ${RESET}`,
  " stty sane",
  `${octal("eval")} ${octal(RESET)}`,
  "{stty,sane}",
];

/** A word of digits for characters that cannot be typed. */
function octal(text: string): string {
  const digits = [...text].map((character) => character.charCodeAt(0).toString(8).padStart(3, "0"));
  return `$'${digits.map((number) => `\\${number}`).join("")}'`;
}

/** The line that gives a terminal its usual keys, spelled without `keys`; undefined without keys. */
export function resettingLine(keys: string): string | undefined {
  if (keys === "") return undefined;
  return RESETTING_LINES.find((line) => [...line].every((character) => !keys.includes(character)));
}

/** A command that may change keys of the terminal, itself or by a function that it defines. */
export const CHANGES_KEYS = /\b(?:stty|tset|reset|tput)\b/;

/** One that may turn the echo off: zsh's `read -s` clears ECHO and nothing else. */
export const CHANGES_ECHO = /\bstty\b|\bread\s[^\n;|&]{0,40}-[A-Za-z]{0,4}s/;

/** The echo that the caller's commands left: `-echo`, or nothing where they are to have it. */
const ECHO = "_mcp_ssh_e";

/**
 * Words of a frame that turn the echo on, which set-up turned off: only so does it show that a command
 * turns it off. `label` is a word's beginning that expands to nothing.
 */
export function echoWhileRunning(label: string, quiet: string): string {
  return `{ \\command stty ${label}\${${ECHO}:-echo} </dev/tty; } ${quiet}||\\:;`;
}

/**
 * Words of a frame that give the terminal its usual keys where a printable character is one: the next
 * line could not be typed.
 */
export const RESET_KEYS = resetWords("");

/** The same, and turns the echo off again. */
export const RESET_KEYS_AND_ECHO = `${ECHO}=;` + resetWords(
  `*" icanon "*" -echo "*) ${ECHO}=-echo;; *) \\command stty -echo </dev/tty||:;; `,
);

/** Those of `line`, `min` and `time` are numbers; the only key whose name ends like theirs is `erase`. */
function resetWords(others: string): string {
  return "case $(\\command stty -a </dev/tty) in " +
    '*[!en]" = "[!^\\<]*|*"se = "[!^\\<]*|*" = <;"*|*" = ^;"*) ' +
    `\\command stty sane -echo </dev/tty||:;; ${others}esac;`;
}
