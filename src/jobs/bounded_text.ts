import { ReadMarks } from "./read_marks.ts";
import { TextChunks } from "./text_chunks.ts";

/** A job keeps this much of its output: the first tenth and the last nine tenths. */
export const JOB_TEXT_LIMIT_CHARS = 10 * 1024 * 1024;

/** How much text is split into lines at a time. */
const LINES_STEP_CHARS = 65_536;

/** Output of a command since the last update, from the terminal layer. */
export interface TextUpdate {
  /** Finished lines that were shown and are taken back, counted from the last one. */
  readonly rewound?: number | undefined;
  /** Finished lines, each with its LF. */
  readonly text: string;
  /** The unfinished line after them. */
  readonly line: string;
}

/** A part of the text, cut to fit a reply. Offsets count UTF-16 units of the whole text. */
export interface TextSlice {
  /** Where this part begins; differs from what was asked when that was rewritten. */
  readonly offset: number;
  /** Where the next reading goes on. */
  readonly nextOffset: number;
  readonly head: string;
  /** The text after the gap; "" where there is no gap. */
  readonly tail: string;
  /** First character left out between head and tail. */
  readonly gapOffset: number;
  /** Left out between head and tail, and still readable. */
  readonly omittedChars: number;
  /** Missing between head and tail for good. */
  readonly missingChars: number;
}

/** One line of the kept text, without its LF. */
export interface TextLine {
  /** Offset of its first character, in UTF-16 units. */
  readonly offset: number;
  readonly text: string;
}

/** Where to read from, and how much; what is longer keeps its beginning and its end. */
export interface ReadOptions {
  readonly offset: number;
  readonly maxChars: number;
}

/** The kept parts of a text: the tail begins at an offset of the whole. */
export interface KeptText {
  readonly head: string;
  readonly tailStart: number;
  readonly tail: string;
}

/** The output of one job under absolute offsets, its middle dropped when it grows too long. */
export class BoundedText {
  readonly #marks = new ReadMarks();
  readonly #text = new TextChunks();
  #head: string | undefined;
  #line = "";
  #limitChars: number;

  constructor(limitChars: number = JOB_TEXT_LIMIT_CHARS) {
    this.#limitChars = limitChars;
  }

  /** A text of which only the head and what stands from `tailStart` on was kept. */
  static restored({ head, tailStart, tail }: KeptText): BoundedText {
    const text = new BoundedText();
    if (tailStart > head.length) {
      text.#head = head;
      text.#text.startAt(tailStart);
    } else {
      text.#text.append(head);
    }
    text.#text.append(tail);
    return text;
  }

  /** The first and last characters that are still here, and where the last ones begin. */
  ends(headChars: number, tailChars: number): KeptText {
    const total = this.totalChars;
    const head = this.between(0, Math.min(headChars, total));
    const wanted = this.between(Math.max(head.length, total - tailChars), total);
    return { head, tailStart: total - wanted.length, tail: wanted };
  }

  /** Characters printed so far, the unfinished line included. */
  get totalChars(): number {
    return this.#text.end + this.#line.length;
  }

  /** Characters gone for good. */
  get droppedChars(): number {
    return this.#text.start - this.#headEnd;
  }

  get keptChars(): number {
    return this.totalChars - this.droppedChars;
  }

  /** Whether the last line is not finished: it may become a question. */
  get hasOpenLine(): boolean {
    return this.#line.trim() !== "";
  }

  /** The last line with something in it, finished or not. */
  get lastLine(): string {
    if (this.#line.trim() !== "") return this.#line;
    const lines = this.#text.slice(this.#text.end - 4096, this.#text.end).trimEnd().split("\n");
    return lines.at(-1) ?? "";
  }

  /** Where the last `count` lines begin; an unfinished one counts. */
  lastLinesStart(count: number): number {
    const finished = this.#line === "" ? count : count - 1;
    return finished <= 0
      ? (count <= 0 ? this.totalChars : this.#text.end)
      : this.#text.lineStart(finished);
  }

  /** The kept lines from an offset on; a line that the dropped middle cuts is two. */
  *lines(from: number): Generator<TextLine> {
    if (from < this.#headEnd) yield* this.#linesOf(from, this.#headEnd);
    yield* this.#linesOf(Math.max(from, this.#text.start), this.totalChars);
  }

  /** The text kept from an offset on; two parts where the middle was dropped. */
  *stretches(from: number): Generator<TextLine> {
    if (from < this.#headEnd) yield { offset: from, text: this.#slice(from, this.#headEnd) };
    const rest = Math.max(from, this.#headEnd, this.#text.start);
    yield { offset: rest, text: this.#slice(rest, this.totalChars) };
  }

  /** Where to read on behind `offset`, without the end of the line that a reader has seen. */
  behindLineEnd(offset: number): number {
    const isEnd = offset > 0 && this.#marks.restart(offset) === offset &&
      this.#at(offset) === "\n" && this.#at(offset - 1) !== "\n";
    return isEnd ? offset + 1 : offset;
  }

  /** Returns where the text changed: what stands before is as it was. */
  append(update: TextUpdate): number {
    const end = this.totalChars;
    const before = this.#line;
    if (update.rewound) this.#takeBack(update.rewound);
    const lineStart = this.#text.end;
    this.#append(update);
    const isLonger = !update.rewound && this.#isContinued(lineStart, before);
    return isLonger ? end : lineStart;
  }

  #isContinued(lineStart: number, before: string): boolean {
    return before === "" || this.#slice(lineStart, lineStart + before.length) === before;
  }

  #append(update: TextUpdate): void {
    this.#marks.rewritten(this.#text.end, this.#line, beginning(update, this.#line.length));
    this.#text.append(update.text);
    this.#line = update.line;
    this.#trim();
  }

  /** Keeps at most `limitChars` from now on. */
  shrink(limitChars: number): void {
    this.#limitChars = limitChars;
    if (this.#head !== undefined) this.#head = cutEnd(this.#head, this.#headLimit);
    this.#trim();
  }

  /** The offset after all that is here, remembered as given to a reader. */
  position(): number {
    this.#marks.told(this.totalChars);
    return this.totalChars;
  }

  /** Reads from an offset to the end, cut to `maxChars`; never inside a surrogate pair. */
  read(options: ReadOptions): TextSlice {
    const asked = Math.min(this.#marks.restart(options.offset), this.totalChars);
    const inGap = asked >= this.#headEnd && asked < this.#text.start;
    const offset = inGap ? this.#text.start : asked;
    const slice = this.#ends(offset, options.maxChars);
    this.#marks.told(slice.nextOffset);
    return inGap ? behindGap(slice, asked) : slice;
  }

  /** The characters between two offsets, as far as they are kept; changes no marks. */
  between(from: number, to: number): string {
    return from < to ? this.#slice(Math.max(0, from), to) : "";
  }

  get #headLimit(): number {
    return Math.floor(this.#limitChars / 10);
  }

  get #headEnd(): number {
    return this.#head?.length ?? 0;
  }

  *#linesOf(from: number, to: number): Generator<TextLine> {
    let offset = from;
    let begun = "";
    for (let at = from; at < to; at += LINES_STEP_CHARS) {
      const parts = this.#slice(at, Math.min(at + LINES_STEP_CHARS, to)).split("\n");
      const last = parts.pop()!;
      for (const part of parts) {
        const text = begun + part;
        yield { offset, text };
        offset += text.length + 1;
        begun = "";
      }
      begun += last;
    }
    if (begun !== "") yield { offset, text: begun };
  }

  #ends(offset: number, maxChars: number): TextSlice {
    const missing = offset < this.#headEnd ? this.droppedChars : 0;
    const available = this.totalChars - offset - missing;
    const whole = { offset, nextOffset: this.totalChars, missingChars: missing };
    if (available <= maxChars) {
      const gapOffset = missing > 0 ? this.#headEnd : this.totalChars;
      const head = this.#slice(offset, gapOffset);
      const tail = missing > 0 ? this.#slice(this.#text.start, this.totalChars) : "";
      return { ...whole, head, tail, gapOffset, omittedChars: 0 };
    }
    const headStop = missing > 0 ? this.#headEnd : this.totalChars;
    const tailStart = missing > 0 ? this.#text.start : offset;
    const head = this.#cutHead(offset, Math.min(offset + Math.floor(maxChars / 2), headStop));
    const tail = this.#cutTail(Math.max(this.totalChars - Math.ceil(maxChars / 2), tailStart));
    const omittedChars = available - head.length - tail.length;
    return { ...whole, head, tail, gapOffset: offset + head.length, omittedChars };
  }

  /** Ends after a line where one ends in the last quarter. */
  #cutHead(from: number, to: number): string {
    const text = this.#slice(from, Math.min(to, this.totalChars));
    if (from + text.length >= this.totalChars || this.#at(to - 1) === "\n") return text;
    const lineEnd = text.lastIndexOf("\n") + 1;
    return lineEnd > text.length * 0.75 ? text.slice(0, lineEnd) : cutEnd(text, text.length);
  }

  /** Begins with a line where one begins in the first quarter. */
  #cutTail(from: number): string {
    const text = this.#slice(from, this.totalChars);
    if (this.#at(from - 1) === "\n") return text;
    const lineStart = text.indexOf("\n") + 1;
    if (lineStart > 0 && lineStart < text.length * 0.25) return text.slice(lineStart);
    return isLowSurrogate(text.charCodeAt(0)) ? text.slice(1) : text;
  }

  #at(offset: number): string {
    return this.#slice(offset, offset + 1);
  }

  #slice(from: number, to: number): string {
    const head = this.#head?.slice(from, Math.max(from, to)) ?? "";
    const line = this.#line.slice(
      Math.max(0, from - this.#text.end),
      Math.max(0, to - this.#text.end),
    );
    return head + this.#text.slice(from, to) + line;
  }

  #takeBack(lines: number): void {
    const from = this.#text.lineStart(lines);
    this.#marks.takenBack(from);
    this.#text.cutBack(from);
    this.#line = "";
  }

  #trim(): void {
    if (this.keptChars <= this.#limitChars) return;
    this.#head ??= cutEnd(this.#text.slice(0, this.#headLimit), this.#headLimit);
    this.#text.dropBefore(this.totalChars - (this.#limitChars - this.#head.length));
  }
}

/** A part that was asked for from `asked` on, where nothing is kept. */
function behindGap(slice: TextSlice, asked: number): TextSlice {
  const missingChars = slice.missingChars + slice.offset - asked;
  if (slice.tail !== "") {
    const omittedChars = slice.omittedChars + slice.head.length;
    return {
      ...slice,
      offset: asked,
      head: "",
      gapOffset: slice.offset,
      omittedChars,
      missingChars,
    };
  }
  return { ...slice, offset: asked, gapOffset: asked, head: "", tail: slice.head, missingChars };
}

function beginning(update: TextUpdate, length: number): string {
  return update.text.length >= length ? update.text : update.text + update.line;
}

/** At most `length` units, not ending in half of a surrogate pair. */
function cutEnd(text: string, length: number): string {
  const isHalf = isHighSurrogate(text.charCodeAt(length - 1));
  return text.slice(0, isHalf ? length - 1 : length);
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}
