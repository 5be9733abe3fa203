import { endOfWords } from "../frame.ts";

/** A title or another string for the terminal (OSC, ECMA-48 §8.3.89). */
// deno-lint-ignore no-control-regex
const TERMINAL_STRING = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;

/** Our words behind a command up to its id: traced, with the status in them, or as they are typed. */
const LAST_WORDS = /\\?: (?:["']?(\d{1,3})["']?|"\$\{_mcp_ssh_[\da-f]{4}s:=\$\?\}") ["']?$/;

/** Our words before a command up to its id, within {@link FIRST_WORDS_CHARS}. */
const FIRST_WORDS =
  /(?:(?:\\?\w{1,8} )?\\?(?:eval|return) ["']?|\(exit ["']?|_mcp_ssh_[\da-f]{4}r |! \\?: )?(?:\$\{_)?$/;
const FIRST_WORDS_CHARS = 44;
/** The rest of such words behind {@link endOfWords}. */
const WORDS_END = /^["']?\)?;?/;

/**
 * Takes our own words out of a command's output, where a trace or a trap on DEBUG prints them: the
 * lines and titles that hold the command's id. What prints them may not end its line, and then output
 * stands behind the words before a command, and before the words behind it.
 */
export class RepeatedWords {
  readonly #id: string;
  /** Whether the words behind the command were seen, and the end of their line was not. */
  #isInLastWords = false;

  constructor(id: string) {
    this.#id = id;
  }

  /** Raw output without our words. */
  without(printed: string): string {
    const text = this.#isInLastWords ? this.#behindLine(printed) : printed;
    if (!text.includes(this.#id)) return text;
    const lines = this.#withoutFirstWords(
      text.replace(TERMINAL_STRING, (title) => title.includes(this.#id) ? "" : title),
    ).split(/(?<=\n)/);
    return lines.map((line) => line.includes(this.#id) ? this.#beforeLastWords(line) : line)
      .join("");
  }

  #behindLine(printed: string): string {
    const end = printed.indexOf("\n") + 1;
    if (end === 0) return "";
    this.#isInLastWords = false;
    return printed.slice(end);
  }

  /** Without what lies between an id and the next {@link endOfWords}: several words, or one. */
  #withoutFirstWords(text: string): string {
    const end = endOfWords(this.#id);
    const [first = "", ...others] = text.split(end);
    let kept = "";
    let part = first;
    for (const behind of others) {
      const at = part.lastIndexOf(this.#id);
      if (at >= 0) {
        const near = Math.max(0, at - FIRST_WORDS_CHARS);
        kept += part.slice(0, near + part.slice(near, at).search(FIRST_WORDS));
      }
      const rest = behind.replace(WORDS_END, "");
      const isWholeLine = (kept === "" || kept.endsWith("\n")) && /^\r?\n/.test(rest);
      part = isWholeLine ? rest.slice(rest.indexOf("\n") + 1) : rest;
    }
    return kept + part;
  }

  /**
   * `abc` of `abc+ : 3 ID`, in zsh of `abc+zsh:1> : 3 ID`. Under a PS4 without `+` its prefix stays,
   * rather than that output is lost.
   */
  #beforeLastWords(line: string): string {
    const words = LAST_WORDS.exec(line.slice(0, line.indexOf(this.#id)));
    if (words === null) return "";
    this.#isInLastWords = !line.endsWith("\n");
    let end = words[1] === undefined ? -1 : line.lastIndexOf("+", words.index);
    if (end < 0) return line.slice(0, words.index);
    while (line[end - 1] === "+") end--;
    return line.slice(0, end);
  }
}
