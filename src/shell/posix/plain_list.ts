/** Words that no shell takes for anything but words: no quotes, expansions of files, or `$?`. */
const PLAIN_WORD = /^(?:[\w./:=@+,-]+|%[\w+%-]*|\$(?:[A-Za-z_]\w*|!))$/;

/** Words that begin another grammar, or change how the rest is read (zshmisc(1)). */
const RESERVED = new Set(
  ("if then else elif fi for foreach while until do done case esac select repeat function time " +
    "nocorrect noglob coproc end typeset declare local export readonly integer float").split(" "),
);

const LIMIT_CHARS = 500;

/** Whether a command is a list such as `sleep 9 & kill %1`: plain words and operators, on one line. */
export function isPlainList(command: string): boolean {
  if (command.length > LIMIT_CHARS || /[\n\r]/.test(command)) return false;
  // Operators stand at the odd places.
  const parts = command.split(/(&&|\|\||[&;|])/).map((part) => part.trim());
  if (parts.length > 1 && parts.at(-1) === "" && parts.at(-2) === "&") parts.splice(-2);
  return parts.every((part, index) => index % 2 === 1 || isPlainCommand(part));
}

function isPlainCommand(text: string): boolean {
  const words = text.split(/[ \t]+/);
  return words.every((word) => PLAIN_WORD.test(word)) && !RESERVED.has(words[0]!) &&
    !words[0]!.includes("=");
}
