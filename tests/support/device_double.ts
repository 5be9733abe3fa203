import type { DoubleAnswer, DoubleFamily, DoubleState } from "./double_family.ts";

/** What a double acts on. */
export interface DoublePort {
  /** Sends bytes; they arrive in pieces, later. */
  emit(text: string): void;
  close(): void;
}

/** Options of one double. */
export interface DoubleOptions {
  readonly host: string;
  /** Bodies by the number that `show output N` asks for; lines without line ends. */
  readonly outputs?: readonly string[];
  /** Rows of a page. */
  readonly pageRows?: number;
  /** "stubborn": the set-up line is taken, and pages come all the same. */
  readonly paging?: "on" | "off" | "stubborn";
  /** A line that no command asked for. */
  readonly log?: { readonly text: string; readonly where: "middle" | "behind-prompt" };
}

type Phase =
  | { readonly kind: "query" | "doorstep" | "line" | "silent" | "closed" }
  | { readonly kind: "text"; readonly delimiter: string }
  | { readonly kind: "pager"; readonly rest: readonly string[] }
  | { readonly kind: "question"; readonly answer: DoubleAnswer }
  | { readonly kind: "secret"; readonly answer: DoubleAnswer; readonly tries: number };

/** A scripted device: keys in, bytes out, as the family does it. */
export class DeviceDouble {
  readonly family: DoubleFamily;
  readonly #port: DoublePort;
  readonly #options: DoubleOptions;
  #state: DoubleState;
  #phase: Phase = { kind: "line" };
  #line = "";
  #paging: "on" | "off" | "stubborn";
  #busy: "no" | "yes" = "yes";
  #waiting = "";
  /** Pages that a key was asked for. */
  pages = 0;
  /** Answers to questions for a secret, in order. */
  readonly secrets: string[] = [];
  /** Lines read as text. */
  readonly text: string[] = [];
  /** Lines that were typed, in order. */
  readonly typed: string[] = [];

  constructor(family: DoubleFamily, port: DoublePort, options: DoubleOptions) {
    this.family = family;
    this.#port = port;
    this.#options = options;
    this.#paging = options.paging ?? "on";
    this.#state = { host: options.host, level: family.firstLevel, mode: "" };
  }

  /** The login: greeting, questions, first prompt. */
  start(): void {
    const { query } = this.family;
    if (query === undefined) return this.#greet();
    this.#phase = { kind: "query" };
    this.#emit(query.ask);
  }

  /** All that was emitted has arrived: keys are read again. */
  idle(): void {
    this.#busy = "no";
    const keys = this.#waiting;
    this.#waiting = "";
    if (keys !== "") this.input(keys);
  }

  /** Keys as the far end gets them. */
  input(text: string): void {
    if (this.#phase.kind === "query") return this.#answerQuery(text);
    for (const [index, key] of [...text].entries()) {
      if (this.#phase.kind === "closed") return;
      if (this.#busy === "yes") return this.#hold([...text].slice(index).join(""));
      this.#key(key);
    }
  }

  #hold(keys: string): void {
    this.#waiting += keys;
    if (this.family.typeAhead === "echoed") this.#port.emit(keys.replaceAll("\r", "\r\n"));
  }

  #answerQuery(text: string): void {
    this.#waiting += text;
    if (!this.family.query!.answer.test(this.#waiting)) return;
    this.#waiting = "";
    this.#greet();
  }

  #greet(): void {
    const { doorstep, greeting } = this.family;
    this.#emit(greeting);
    if (doorstep === undefined) return this.#prompt();
    this.#phase = { kind: "doorstep" };
    this.#emit(doorstep.text);
  }

  #key(key: string): void {
    const phase = this.#phase;
    if (phase.kind === "line") return this.#lineKey(key);
    if (phase.kind === "text") return this.#textKey(key, phase.delimiter);
    if (phase.kind === "pager") return this.#pagerKey(key, phase.rest);
    if (phase.kind === "question") return this.#questionKey(key, phase.answer);
    if (phase.kind === "secret") return this.#secretKey(key, phase.answer, phase.tries);
    if (phase.kind === "doorstep" && this.family.doorstep!.keys.includes(key)) {
      this.#emit("\r\n");
      return this.#prompt();
    }
    if (phase.kind === "silent" && (this.family.stopKeys ?? "\x03\x1e").includes(key)) {
      this.#emit("^C" + this.family.newline);
      this.#prompt();
    }
  }

  #lineKey(key: string): void {
    if (key === "\r") return this.#submit();
    if (key === "\x03") {
      this.#emit(this.family.newline);
      return this.#prompt();
    }
    const rubsOut = key === "\x7f" || key === "\b";
    if (rubsOut && this.family.keys !== "no rub-out") return this.#rubOut();
    if (key === "?" && this.family.help !== undefined) return this.#help();
    if (key < " ") return;
    this.#line += key;
    if (this.family.keys !== "no echo") this.#echo(key);
  }

  #echo(key: string): void {
    const prompt = this.family.prompt(this.#state).line;
    if (this.family.echo === "plain") this.#port.emit(key);
    else if (this.family.echo === "padded") {
      const line = prompt + this.#line;
      this.#port.emit(`\r${line.padEnd(500)}\r${line}`);
    } else if (this.family.echo === "redraw") {
      this.#port.emit(`\r\x1b[K${prompt}${this.#line}\x1b[K`);
    } else {
      const column = prompt.length + this.#line.length;
      this.#port.emit(`\x1b[24;${column}H\x1b[?25h${key}\x1b[24;${column + 1}H\x1b[?25h`);
    }
  }

  #rubOut(): void {
    if (this.#line === "") return;
    this.#line = this.#line.slice(0, -1);
    if (this.family.echo === "redraw" || this.family.echo === "padded") {
      const { line } = this.family.prompt(this.#state);
      this.#port.emit(`\r\x1b[K${line}${this.#line}\x1b[K`);
    } else this.#port.emit("\b \b");
  }

  #help(): void {
    const { newline } = this.family;
    const help =
      `  version   System hardware and software status${newline}  clock     Display the clock`;
    const { line } = this.family.prompt(this.#state);
    this.#emit(`?${newline}${help}${newline}${newline}${line}${this.#line}`);
  }

  #submit(): void {
    const line = this.#line.trim();
    this.#line = "";
    this.typed.push(line);
    this.#emit(this.family.enterEcho ?? this.family.newline);
    if (line === "") return this.family.emptyLine === "close" ? this.#close() : this.#prompt();
    if (this.family.earlyPrompt === "drawn") {
      this.#emit(`${this.family.prompt(this.#state).line}\r\x1b[K\0\0\0`);
    }
    if (this.family.pagingOff.test(line)) {
      if (this.#paging === "on") this.#paging = "off";
      return this.#prompt();
    }
    const output = /^show output (\d+)$/.exec(line);
    if (output !== null) {
      return this.#page(this.#rowsOf(this.#options.outputs![Number(output[1])]!));
    }
    this.#answer(line);
  }

  #answer(line: string): void {
    for (const answer of this.family.answers) {
      const found = answer.match.exec(line);
      if (found === null) continue;
      return this.#perform(answer, found);
    }
    this.#emit(this.#lines(this.family.unknown(line)));
    this.#prompt();
  }

  #perform(answer: DoubleAnswer, found: RegExpExecArray): void {
    const { newline } = this.family;
    const before = this.#state;
    if (answer.become !== undefined) this.#state = { ...before, ...answer.become(found, before) };
    if (answer.body !== undefined) {
      const rows = this.#rowsOf(answer.body(found, before));
      const goesOn = answer.ask ?? answer.end ?? answer.reads;
      if (goesOn === undefined) return this.#page(rows);
      this.#emit(rows.map((row) => row + newline).join(""));
    }
    if (answer.end === "close") return this.#close();
    if (answer.reads === "text") {
      this.#phase = { kind: "text", delimiter: found[0].at(-1)! };
      return;
    }
    if (answer.end === "silent") this.#phase = { kind: "silent" };
    else if (answer.ask !== undefined) {
      this.#phase = { kind: "question", answer };
      this.#emit(answer.ask.text);
    } else if (answer.secret !== undefined) {
      this.#phase = { kind: "secret", answer, tries: 0 };
      this.#emit(answer.secret.user ?? answer.secret.text);
    } else this.#prompt();
  }

  #questionKey(key: string, answer: DoubleAnswer): void {
    const ends = key === "\r" || /\[confirm\]/.test(answer.ask!.text);
    if (!ends) {
      this.#line += key;
      return this.#port.emit(key);
    }
    const given = key === "\r" ? this.#line : key;
    this.#line = "";
    this.#emit(this.family.newline);
    if (answer.ask!.then(given) === "close") this.#close();
    else this.#prompt();
  }

  #textKey(key: string, delimiter: string): void {
    if (key !== "\r") {
      this.#line += key;
      return this.#port.emit(key);
    }
    const line = this.#line;
    this.#line = "";
    this.text.push(line);
    this.#emit(this.family.newline);
    if (line.includes(delimiter)) this.#prompt();
  }

  #secretKey(key: string, answer: DoubleAnswer, tries: number): void {
    if (key !== "\r") {
      if (key >= " ") this.#line += key;
      return;
    }
    const { newline } = this.family;
    const { value, text, failed, passed, user } = answer.secret!;
    const given = this.#line;
    this.#line = "";
    this.secrets.push(given);
    this.#emit(newline);
    if (user !== undefined && this.secrets.length === 1) return this.#emit(text);
    if (given === value && passed !== undefined) {
      this.#emit(passed + newline);
      return this.#prompt();
    }
    if (given === value) {
      this.#state = { ...this.#state, level: "privileged" };
      return this.#prompt();
    }
    if (tries < 2) {
      this.#phase = { kind: "secret", answer, tries: tries + 1 };
      return this.#emit(text);
    }
    this.#emit(failed + newline);
    this.#prompt();
  }

  #page(rows: readonly string[]): void {
    const { newline, pager } = this.family;
    const size = this.#options.pageRows ?? 5;
    if (this.#paging === "off" || rows.length <= size) {
      this.#emit(rows.map((row) => row + newline).join(""));
      return this.#prompt();
    }
    this.#emit(rows.slice(0, size).map((row) => row + newline).join("") + pager.text);
    this.pages++;
    this.#phase = { kind: "pager", rest: rows.slice(size) };
  }

  #pagerKey(key: string, rest: readonly string[]): void {
    const { pager } = this.family;
    if (key === pager.quitKey) {
      this.#emit(pager.wipe);
      return this.#prompt();
    }
    if (key !== " " && key !== "\r") return;
    this.#emit(pager.wipe);
    this.#page(rest);
  }

  #prompt(): void {
    const { newline } = this.family;
    const { line, header } = this.family.prompt(this.#state);
    const { log } = this.#options;
    this.#phase = { kind: "line" };
    this.#emit(header.replaceAll("\n", newline) + line);
    const shown = /^show output/.test(this.typed.at(-1) ?? "");
    if (shown && log?.where === "behind-prompt") this.#emit(`${newline}${log.text}${newline}`);
  }

  #rowsOf(text: string): string[] {
    const rows = text === "" ? [] : text.split("\n");
    const { log } = this.#options;
    if (log?.where === "middle" && rows.length > 2) rows.splice(rows.length >> 1, 0, log.text);
    return rows;
  }

  #lines(text: string): string {
    return text.split("\n").map((row) => row + this.family.newline).join("");
  }

  #close(): void {
    this.#phase = { kind: "closed" };
    this.#port.close();
  }

  #emit(text: string): void {
    if (text === "") return;
    this.#busy = "yes";
    this.#port.emit(text);
  }
}
