import type { CommandEvent } from "../shell.ts";
import { EchoFilter } from "./echo.ts";
import { ErrorFinder } from "./error_finder.ts";
import type { LineModel, ModelLine } from "./line_model.ts";
import type { LinePattern } from "./profiles/line_pattern.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import type { LearnedPrompt, Prompt } from "./prompt.ts";
import type { DeviceView } from "./device_state.ts";
import { splitTail, type Tail } from "./tail.ts";

/** Finished rows that are looked at again when judging. */
const LOOK_BACK_ROWS = 64;
const STRAY_KEYS_LIMIT = 16;
/** Pagers that are remembered. */
const PAGE_LIMIT = 64;
/** A pager behind text stands within so many characters of the line's end. */
const LINE_END = 80;

/**
 * The output of one typed line so far: its echo, its rows, and those that were handed out.
 *
 * Reads the line model from the row that the line was typed on.
 */
export class LineOutput {
  readonly typed: string;
  readonly #model: LineModel;
  readonly #profile: DeviceProfile;
  readonly #echo: EchoFilter;
  readonly #errors: ErrorFinder;
  readonly #typedRow: number;
  readonly #before: string;
  readonly #helpRest: string | undefined;
  #nextRow: number;
  #answerRows = 0;
  #held: ModelLine[] = [];
  #recent: string[] = [];
  #line = "";
  #chars = 0;
  #strayKeys = "";
  #falsePagers: number;
  #pagerKey = "";

  /** Prompts that more output followed. */
  falsePrompts = 0;
  /** Prompts that an Enter of ours will still bring. */
  owedPrompts = 0;
  /** Strangers' prompts that did not answer Enter. */
  readonly rejected = new Set<string>();
  /** Pagers of this shell with the rows before them: the next one is probably alike. */
  readonly #pages: Set<string>;
  #lastPagerRow: number;

  /** Whether the far end reads commands or free text. */
  input: "commands" | "text" = "commands";
  /** The pager was left before the end of the output. */
  cut = false;
  /** Rows that an empty line puts above the prompt. */
  readonly headerRows: number;
  /** Spaces typed to test the prompt, not seen yet. */
  fenceSpaces = 0;
  #answeredPager = "";

  /** `how`: whether the line ends with Enter, or with a "?" that acts at once. */
  constructor(
    model: LineModel,
    typed: string,
    options: {
      readonly profile: DeviceProfile;
      readonly how: "enter" | "help";
      readonly pages?: Set<string>;
      readonly headerRows?: number;
    },
  ) {
    this.#pages = options.pages ?? new Set();
    this.headerRows = options.headerRows ?? 0;
    this.#lastPagerRow = model.cursorRow;
    this.#model = model;
    this.#profile = options.profile;
    this.typed = typed;
    this.#typedRow = model.cursorRow;
    this.#nextRow = model.cursorRow;
    this.#before = model.cursorLine;
    // The "?" itself is not always echoed, and never stands in the line drawn again.
    const echoed = options.how === "help" ? typed.slice(0, -1).trimEnd() : typed;
    this.#falsePagers = model.falsePagers;
    this.#echo = new EchoFilter(this.#before, echoed);
    this.#errors = new ErrorFinder(options.profile);
    this.#helpRest = options.how === "help" ? typed.slice(0, -1) : undefined;
  }

  /** A line feed came behind the echo's row: only then can a prompt be the next one. */
  get isAnchored(): boolean {
    return this.#model.cursorRow > this.#typedRow;
  }

  /** The line stands behind the prompt, and nothing happened to it. */
  get isUntouched(): boolean {
    return !this.isAnchored && this.#model.cursorLine === this.#before + this.typed;
  }

  /** Characters handed out. */
  get chars(): number {
    return this.#chars;
  }

  /** First error line of the device's own. */
  get error(): string | undefined {
    return this.#errors.found;
  }

  /** Keys typed by the driver that may appear behind the prompt. */
  get straySpaces(): number {
    return this.#strayKeys.length + this.fenceSpaces;
  }

  /** The text behind the prompt was rubbed out. */
  forgetStrayKeys(): void {
    this.#strayKeys = "";
    this.fenceSpaces = 0;
  }

  /** The rows to be judged. */
  view({ isFenced }: { readonly isFenced: boolean }): DeviceView {
    const isKnownPage = (): boolean => this.#pages.has(this.#page);
    return {
      isFenced,
      line: this.#model.cursorLine,
      cursorIsLast: this.#model.cursorIsLast,
      rowsAbove: this.#recent,
      echoIncomplete: this.#echo.isIncomplete,
      falsePrompts: this.falsePrompts,
      // Asked for where the line ends in a pager, which few do.
      get isKnownPage(): boolean {
        return isKnownPage();
      },
      strayKeys: this.#strayKeys + " ".repeat(this.fenceSpaces),
      ...(this.#helpRest === undefined ? {} : { helpRest: this.#helpRest }),
      owedPrompts: this.owedPrompts,
      ...(this.#profile.earlyPrompt === undefined
        ? {}
        : { earlyPrompt: this.#profile.earlyPrompt }),
      typed: this.typed,
      input: this.input,
    };
  }

  /** Takes the rows that were finished since; `end`: the row that no output reaches. */
  collect(end = this.#model.cursorRow): void {
    for (; this.#nextRow < end; this.#nextRow++) {
      const line = this.#model.line(this.#nextRow);
      if (line.dropped || this.#echo.takes(line.text) || this.#isRedrawnPrompt(line)) continue;
      this.#answerRows++;
      this.#held.push(line);
      this.#errors.take(line.text);
      this.#recent.push(line.text);
    }
    this.#recent = this.#recent.slice(-LOOK_BACK_ROWS);
    if (this.#model.falsePagers > this.#falsePagers) this.#noteFalsePager();
    this.#model.release(this.#nextRow);
  }

  /** Hands out what is surely output; `line`: the unfinished line, as far as it is output too. */
  progress(line: string, learned: LearnedPrompt): CommandEvent | undefined {
    let { body } = this.#split(learned, "coming");
    while (body > 0 && this.#isFiller(this.#held[body - 1]!)) body--;
    const text = this.#handOut(body);
    if (text === "" && line === this.#line) return undefined;
    this.#line = line;
    return { kind: "output", text, line };
  }

  /** Hands out the rest above the prompt. */
  finish(learned: LearnedPrompt): { readonly event?: CommandEvent; readonly tail: Tail } {
    const tail = this.#split(learned, "ended");
    const text = this.#handOut(tail.body);
    this.#held = [];
    if (text === "" && this.#line === "") return { tail };
    this.#line = "";
    return { event: { kind: "output", text, line: "" }, tail };
  }

  /** The row that ended with the prompt holds output before it, which had no line end. */
  takeGlued(row: number, head: string): void {
    this.#nextRow = Math.max(this.#nextRow, row + 1);
    this.#held.push({ text: head, end: "", dropped: false });
    this.forgetStrayKeys();
  }

  /** Hands out everything, the unfinished line too: the far end is gone. */
  finishLost(): CommandEvent | undefined {
    const rest = this.isAnchored ? this.#model.cursorLine : "";
    const text = this.#handOut(this.#held.length);
    return text === "" && rest === this.#line ? undefined : { kind: "output", text, line: rest };
  }

  /** The pager on the cursor's line is answered; it must change before it counts again. */
  notePagerAnswer(key: string): void {
    this.#answeredPager = this.#place();
    if (this.#pages.size < PAGE_LIMIT) this.#pages.add(this.#page);
    this.#lastPagerRow = this.#model.cursorRow;
    this.#pagerKey = key;
  }

  /** The key that answered it is still to be read, at the prompt. */
  #noteFalsePager(): void {
    this.#falsePagers = this.#model.falsePagers;
    this.#strayKeys = (this.#strayKeys + this.#pagerKey).slice(0, STRAY_KEYS_LIMIT);
  }

  /** The cursor's line still shows the pager that was answered: a NUL may follow it. */
  get isPagerAnswered(): boolean {
    return this.#answeredPager === this.#place();
  }

  /** The pager's words, whatever page or share they name, and how many rows came since the last. */
  get #page(): string {
    const words = this.#model.cursorLine.slice(-LINE_END).replace(/\d+/g, "0");
    return `${this.#model.cursorRow - this.#lastPagerRow} ${words}`;
  }

  #place(): string {
    return `${this.#model.cursorRow} ${this.#model.cursorLine.trimEnd()}`;
  }

  /** Takes back the rows at the end that only filled the screen below the output. */
  dropFiller(filler: LinePattern): void {
    while (this.#held.length > 0 && filler.test(this.#held.at(-1)!.text)) this.#held.pop();
  }

  #split(learned: LearnedPrompt, when: "coming" | "ended"): Tail {
    const rows = this.#held.map(({ text }) => text);
    return splitTail(rows, learned, { profile: this.#profile, when });
  }

  #isFiller({ text }: ModelLine): boolean {
    return this.#profile.pagers.some(({ filler }) => filler?.test(text));
  }

  #handOut(count: number): string {
    const text = this.#held.splice(0, count).map((row) => row.text + row.end).join("");
    this.#chars += text.length;
    return text;
  }

  /** Families that draw their prompt again before the output leave it above. */
  #isRedrawnPrompt({ text }: ModelLine): boolean {
    return this.#profile.earlyPrompt !== undefined && this.#answerRows === 0 &&
      text !== "" && text.trimEnd() === this.#before.trimEnd();
  }
}

/** The mode after a line, by the prompt's header where that names one. */
export function modeOf(prompt: Prompt, tail: Tail): string {
  return tail.mode === undefined || tail.mode === "" ? prompt.mode : tail.mode;
}
