import type { Environment } from "../ssh_config/expand.ts";

const BLANK = " \t\n";
const OPERATORS = ";|&<>()`#";
const ESCAPED_IN_QUOTES = '"\\$`';

/**
 * The words of one simple shell command (sh(1)): quotes, backslashes and variables are read,
 * redirections of standard error dropped.
 *
 * Undefined for what only a shell can run: pipes, lists, substitutions, unset variables.
 */
export function shellWords(text: string, environment: Environment): readonly string[] | undefined {
  const scan = new Scan(text, environment);
  const words: string[] = [];
  for (;;) {
    scan.skipBlanks();
    if (scan.isAtEnd) return words;
    if (scan.skipErrorRedirection()) continue;
    const word = scan.takeWord();
    if (word === undefined) return undefined;
    words.push(word);
  }
}

class Scan {
  readonly #text: string;
  readonly #environment: Environment;
  #at = 0;

  constructor(text: string, environment: Environment) {
    this.#text = text;
    this.#environment = environment;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get #char(): string {
    return this.#text.charAt(this.#at);
  }

  skipBlanks(): void {
    while (!this.isAtEnd && BLANK.includes(this.#char)) this.#at++;
  }

  /** `2>file`, `2>>file`, `2>&1` and `2>&-`. */
  skipErrorRedirection(): boolean {
    const found = /^2>>?(?:&[0-9-]|[ \t]*[^\s;|&<>()`$"']+)/.exec(
      this.#text.slice(this.#at, this.#at + 1_024),
    );
    if (found === null) return false;
    this.#at += found[0].length;
    return true;
  }

  takeWord(): string | undefined {
    let word = "";
    while (!this.isAtEnd && !BLANK.includes(this.#char)) {
      const part = this.#takePart();
      if (part === undefined) return undefined;
      word += part;
    }
    return word;
  }

  #takePart(): string | undefined {
    const char = this.#char;
    if (char === "'") return this.#takeQuoted();
    if (char === '"') return this.#takeDoubleQuoted();
    if (char === "$") return this.#takeVariable();
    if (OPERATORS.includes(char)) return undefined;
    this.#at++;
    // A backslash of a Windows path stands before a letter.
    if (char !== "\\" || /[A-Za-z0-9]/.test(this.#char) || this.isAtEnd) return char;
    const escaped = this.#char;
    this.#at++;
    return escaped;
  }

  #takeQuoted(): string | undefined {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) return undefined;
    const part = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return part;
  }

  #takeDoubleQuoted(): string | undefined {
    let part = "";
    for (this.#at++; !this.isAtEnd;) {
      const char = this.#char;
      if (char === "`") return undefined;
      if (char === "$") {
        const value = this.#takeVariable();
        if (value === undefined) return undefined;
        part += value;
        continue;
      }
      this.#at++;
      if (char === '"') return part;
      const isEscape = char === "\\" && ESCAPED_IN_QUOTES.includes(this.#char);
      if (isEscape) part += this.#text.charAt(this.#at++);
      else part += char;
    }
    return undefined;
  }

  #takeVariable(): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 256);
    const found = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/.exec(rest);
    if (found === null) return undefined;
    this.#at += found[0].length;
    const name = found[1] ?? found[2] ?? "";
    // The operator's secrets are no part of a command line.
    if (name.startsWith("OVRD_") || name.startsWith("MCP_SSH_")) return undefined;
    return Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
  }
}
