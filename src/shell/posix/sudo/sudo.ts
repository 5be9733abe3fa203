import { namesElevator } from "./command_words.ts";
import { quoteFish, quoteWord } from "../quoting.ts";

/**
 * Whether a command that came with a sudo password has to be run as root as a whole.
 *
 * False when it names sudo, doas or su itself: then each of them is answered where it asks.
 */
export function needsWholeElevation(command: string): boolean {
  return !namesElevator(command);
}

/**
 * The command line that runs `command` as root, in the dialect of `shell`.
 *
 * `shell` is the kind of the shell that will read it ("bash", "zsh", "fish", …). A plain program
 * call is handed to sudo as it is, so that a sudoers(5) rule for that program alone applies; all
 * else goes as one word to the same kind of shell, so `a; b` elevates both. The shell starts in
 * the caller's directory; what the command changes in its own shell (`cd`, variables) ends with it.
 * doas(1) takes sudo's place where sudo is absent.
 */
export function elevate(command: string, shell: string): string {
  const call = isPlainCall(command)
    ? command.trim()
    : `${interpreter(shell)} -c ${quote(command, shell)}`;
  const sudoIsAbsent = "! command -v sudo >/dev/null 2>&1 && command -v doas >/dev/null 2>&1";
  return shell === "fish"
    ? `if ${sudoIsAbsent}; doas -- ${call}; else; sudo -- ${call}; end`
    : `if ${sudoIsAbsent}; then doas -- ${call}; else sudo -- ${call}; fi`;
}

const INTERPRETERS = new Set(["bash", "zsh", "ksh", "mksh", "dash", "yash", "fish"]);

function interpreter(shell: string): string {
  return INTERPRETERS.has(shell) ? shell : "sh";
}

function quote(text: string, shell: string): string {
  return shell === "fish" ? quoteFish(text) : quoteWord(text);
}

/** Names that only a shell can run: reserved words and built-ins without a program. */
const SHELL_ONLY = new Set(
  (". : alias and begin bg bind break builtin case cd command compgen complete continue coproc " +
    "declare dirs disown do done elif else enable end esac eval exec exit export fc fg fi for " +
    "function functions getopts hash help history if in jobs let local logout not or popd pushd " +
    "read readonly return select set shift shopt source string suspend switch then time times " +
    "trap type typeset ulimit umask unalias unset until wait while").split(" "),
);

const PLAIN_CALL = /^\s*([\w./+-]+)(?:[ \t]+[\w./:=,@%+-]+)*\s*$/;

function isPlainCall(command: string): boolean {
  const name = PLAIN_CALL.exec(command)?.[1];
  return name !== undefined && !command.trim().includes("\n") && !name.startsWith("-") &&
    !SHELL_ONLY.has(name);
}
