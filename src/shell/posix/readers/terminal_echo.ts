import { resetWords } from "./terminal_keys.ts";

/**
 * How far a command may turn the terminal's echo off: `session`, by words of its own or by a function
 * that such words defined; `file`, by a program or a script that it runs, for as long as that runs.
 */
export type EchoChange = "none" | "file" | "session";

/** zsh's `read -s` clears ECHO and nothing else. */
const NAMES_ECHO = /\bstty\b|\bread\s[^\n;|&]{0,40}-[A-Za-z]{0,4}s/;

/** Stands before a command's first word. */
const BEFORE_COMMAND = "(?:^|[\\n;&|({]|=\\S{0,80}[ \\t]|" +
  "(?:^|[\\s;&|])(?:sudo|doas|exec|nohup|time|env|command|nice|then|do|else|if|while|until|source|\\.)[ \\t])" +
  "[ \\t]{0,8}";

/**
 * Paths that are none of those: the programs of the system go by their names, and one that asks for a
 * secret says so; line editors echo every line of an answer where the terminal echoes.
 */
const NOT_SO = "(?!\\d{1,20}\\/|\\/(?:usr\\/)?(?:local\\/)?s?bin\\/|" +
  "[\"'$\\w.~+{}\\/-]{0,80}\\/(?:i?python|node|irb|php|lua|ghci|gdb|psql|mysql|sqlite3)[\\d.]{0,6}(?:[\"'\\s;|&]|$))";

/** A file that is run by its path, or by the interpreter of its language. */
const RUNS_FILE = [
  new RegExp(`${BEFORE_COMMAND}${NOT_SO}["'$\\w.~+{}-]{0,80}\\/`),
  /\b(?:ba|da|z|k|mk|a|ya)?sh(?:93)?[ \t]{1,8}(?:-[abd-z]{1,8}[ \t]{1,8})?[^\s<|;&()-]/,
  /\b(?:python[\d.]{0,6}|perl|ruby|php|node|expect|tclsh|lua|java|make|source)[ \t]{1,8}(?:-\w{1,8}[ \t]{1,8})?[^\s<|;&()-]/,
];

/** A longer command brings its own script along, mostly. */
const LOOKED_AT_CHARS = 8_192;

/** How far a command may turn the echo off, by its words. */
export function echoChangeOf(command: string): EchoChange {
  if (NAMES_ECHO.test(command)) return "session";
  const words = command.slice(0, LOOKED_AT_CHARS);
  return RUNS_FILE.some((shape) => shape.test(words)) ? "file" : "none";
}

/** The echo that the caller's commands left: `-echo`, or nothing where they are to have it. */
const ECHO = "_mcp_ssh_e";

/**
 * Words of a frame that turn the echo on, which set-up turned off: only so does it show that a command
 * turns it off. `label` is a word's beginning that expands to nothing. Without ECHOCTL no `^C` shows.
 */
export function echoWhileRunning(label: string, quiet: string): string {
  return `{ \\command stty ${label}\${${ECHO}:-echo} -echoctl </dev/tty; } ${quiet}||\\:;`;
}

/** Words of a frame that turn the echo off again. */
export const RESET_ECHO = "\\command stty -echo echoctl </dev/tty||:;";

/** The same, where the caller's own command may have turned it off, and keys may have changed. */
export const RESET_KEYS_AND_ECHO = `${ECHO}=;` + resetWords(
  `*" icanon "*" -echo "*) ${ECHO}=-echo;; *) ${RESET_ECHO}; `,
);
