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

/**
 * Words of a frame that give the terminal its usual keys where a printable character is one: the next
 * line could not be typed.
 */
export const RESET_KEYS = resetWords("");

/**
 * The words of {@link RESET_KEYS} with `others` for a terminal whose keys are as usual: branches of a
 * `case` on its settings. Those of `line`, `min` and `time` are numbers; the only key whose name ends
 * like theirs is `erase`.
 */
export function resetWords(others: string): string {
  return "case $(\\command stty -a </dev/tty) in " +
    '*[!en]" = "[!^\\<]*|*"se = "[!^\\<]*|*" = <;"*|*" = ^;"*) ' +
    `\\command stty sane -echo </dev/tty||:;; ${others}esac;`;
}
