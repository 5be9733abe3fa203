/** Programs that ask for a password and then run something as another user. */
const ELEVATORS = new Set(["sudo", "sudoedit", "doas", "su", "pkexec", "run0"]);

/** Commands whose arguments hold another command, after options of their own. */
const CARRIERS = new Set(
  ("env xargs command exec builtin nohup nice ionice chrt taskset setsid stdbuf timeout time watch " +
    "find fd parallel script strace ltrace systemd-run systemd-inhibit unbuffer flock chronic ts " +
    "noglob nocorrect not and or").split(" "),
);

/** Commands whose arguments or here-document are themselves shell text. */
const SHELLS = new Set(
  "sh bash dash ash zsh ksh mksh yash fish busybox eval ssh script trap nsenter docker podman"
    .split(" "),
);

/** Reserved words after which the next word is a command again (POSIX XCU 2.4, bash, fish). */
const OPENERS = new Set(
  "if then else elif while until do ! { begin time coproc".split(" "),
);

interface HereDocument {
  readonly delimiter: string;
  readonly isCode: boolean;
}

/**
 * Whether a command line names sudo, doas, su or their like anywhere a command can stand.
 *
 * Quotes, comments, here-documents, substitutions, assignments (`A=1 sudo`), carriers (`xargs
 * sudo`, `find -exec sudo`) and shell text in an argument (`sh -c 'sudo …'`) are understood; a mere
 * argument (`echo sudo`, `man sudo`) does not count. It reads, never expands: a name that only a
 * variable, an alias or a script holds is not seen. The grammar is POSIX XCU 2.10 as far as it
 * matters here; fish reads the same.
 */
export function namesElevator(command: string): boolean {
  return new Reader(command).namesElevator();
}

class Reader {
  readonly #text: string;
  #at = 0;
  #found = false;
  #expectsCommand = true;
  #carries = false;
  #readsCode = false;
  #pending: HereDocument[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  namesElevator(): boolean {
    while (!this.#found && this.#at < this.#text.length) this.#step();
    return this.#found;
  }

  #step(): void {
    const char = this.#text[this.#at]!;
    if (char === "\n") this.#endLine();
    else if (" \t\r".includes(char)) this.#at++;
    else if (char === "#") this.#skipComment();
    else if (char === "<" || char === ">") this.#redirection();
    else if (";&|(){}".includes(char) && !this.#startsBrace(char)) this.#operator();
    else this.#word();
  }

  /** `{` opens a group as a word of its own; `{a,b}` is the beginning of a word. */
  #startsBrace(char: string): boolean {
    return char === "{" && /\S/.test(this.#text[this.#at + 1] ?? " ");
  }

  #operator(): void {
    this.#at++;
    this.#begin();
  }

  #begin(): void {
    this.#expectsCommand = true;
    this.#carries = false;
    this.#readsCode = false;
  }

  #endLine(): void {
    this.#at++;
    for (const here of this.#pending.splice(0)) this.#hereDocument(here);
    this.#begin();
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #redirection(): void {
    const match = /^(?:<<<|<<-?|<>|<&|>>|>&|>\||[<>])/.exec(
      this.#text.slice(this.#at, this.#at + 3),
    );
    const operator = match![0];
    this.#at += operator.length;
    if (this.#text[this.#at] === "(") return;
    while (" \t".includes(this.#text[this.#at] ?? "x")) this.#at++;
    if (this.#at >= this.#text.length || this.#text[this.#at] === "\n") return;
    const target = this.#readWord();
    const isHere = operator === "<<" || operator === "<<-";
    if (isHere) this.#pending.push({ delimiter: target, isCode: this.#readsCode });
    else if (operator === "<<<" && this.#readsCode) this.#nested(target);
  }

  #hereDocument(here: HereDocument): void {
    const from = this.#at;
    while (this.#at < this.#text.length) {
      const end = this.#text.indexOf("\n", this.#at);
      const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
      const body = this.#text.slice(from, this.#at);
      this.#at = end < 0 ? this.#text.length : end + 1;
      if (line.replace(/^\t+/, "") !== here.delimiter) continue;
      if (here.isCode) this.#nested(body);
      return;
    }
  }

  #word(): void {
    const from = this.#at;
    const word = this.#readWord();
    if (this.#at === from) this.#at++;
    const name = word.slice(word.lastIndexOf("/") + 1);
    if (this.#expectsCommand) this.#commandWord(word, name);
    else if (this.#carries && ELEVATORS.has(name)) this.#found = true;
    else if (this.#carries && SHELLS.has(name)) this.#readsCode = true;
    else if (this.#readsCode) this.#nested(word);
  }

  #commandWord(word: string, name: string): void {
    if (ELEVATORS.has(name)) this.#found = true;
    if (OPENERS.has(word) || /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/.test(word)) return;
    if (/^\d+$/.test(word) && "<>".includes(this.#text[this.#at] ?? " ")) return;
    this.#expectsCommand = false;
    this.#carries = CARRIERS.has(name);
    this.#readsCode = SHELLS.has(name);
  }

  #nested(text: string): void {
    if (namesElevator(text)) this.#found = true;
  }

  /** The word at the cursor with its quotes removed; substitutions in it are read as commands. */
  #readWord(): string {
    let word = "";
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      if (" \t\r\n;&|()<>".includes(char)) break;
      if (char === "}" && word === "") break;
      if (char === "'") word += this.#until("'");
      else if (char === '"') word += this.#doubleQuoted();
      else if (char === "\\") word += this.#escaped();
      else if (char === "`") this.#backticks();
      else if (char === "$") word += this.#dollar();
      else {
        word += char;
        this.#at++;
      }
    }
    return word;
  }

  #until(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1);
    const inner = this.#text.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return inner;
  }

  #escaped(): string {
    const char = this.#text[this.#at + 1] ?? "";
    this.#at += 2;
    return char === "\n" ? "" : char;
  }

  #doubleQuoted(): string {
    let word = "";
    this.#at++;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      const char = this.#text[this.#at]!;
      if (char === "\\") word += this.#escaped();
      else if (char === "`") this.#backticks();
      else if (char === "$") word += this.#dollar();
      else {
        word += char;
        this.#at++;
      }
    }
    this.#at++;
    return word;
  }

  #backticks(): void {
    this.#nested(this.#until("`"));
  }

  #dollar(): string {
    const next = this.#text[this.#at + 1];
    if (next === "(") return this.#substitution();
    if (next === "'") {
      this.#at++;
      return this.#until("'");
    }
    this.#at++;
    return "$";
  }

  /** `$(…)`: reads the inner text as commands, up to the parenthesis that closes it. */
  #substitution(): string {
    const from = this.#at + 2;
    let depth = 1;
    let quote = "";
    let at = from;
    for (; at < this.#text.length && depth > 0; at++) {
      const char = this.#text[at]!;
      if (char === "\\" && quote !== "'") at++;
      else if (quote !== "") quote = char === quote ? "" : quote;
      else if (char === "'" || char === '"') quote = char;
      else if (char === "(") depth++;
      else if (char === ")") depth--;
    }
    this.#at = at;
    this.#nested(this.#text.slice(from, depth > 0 ? at : at - 1));
    return "$()";
  }
}
