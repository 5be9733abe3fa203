import { concatenated } from "../../bytes.ts";
import type { OutputRange } from "../../detached/detached_jobs.ts";
import type { OutputHole, OutputPiece } from "../../detached/record.ts";
import type { TextSlice } from "../../jobs/bounded_text.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import { PlainText } from "../../terminal/plain_text.ts";

/** Which output a reply is to carry, in bytes. */
export interface WantedOutput {
  /** A negative one counts from the end. */
  readonly offset: number;
  readonly maxBytes: number;
  readonly redactor: Redactor;
}

/** The known facts of the whole output. */
export interface OutputFacts {
  readonly totalBytes: number;
  /** The ranges that are gone for good, in order. */
  readonly holes: readonly OutputHole[];
  /** More may come, so that an unfinished character at the end is left for later. */
  readonly goesOn: boolean;
}

/** How a part may end: at a line, before an unfinished character, or as it is. */
type TextEnd = "cut" | "open" | "last";

/** The longest character in UTF-8. */
const CHARACTER_BYTES = 4;
/** A page ends at a line's end where one is near. */
const LINE_BYTES = 8 * 1024;
const LF = 0x0a;
/** The end of a text that only makes sense with its continuation. */
// deno-lint-ignore no-control-regex
const UNFINISHED = /(?:\x1b(?:\[[\d;:?]{0,32})?|\r)$/;

/** The range to read for it, with its surroundings as far as a secret reaches. */
export function rangeFor({ offset, maxBytes, redactor }: WantedOutput): OutputRange {
  const margin = redactor.reach * CHARACTER_BYTES;
  const first = Math.ceil(maxBytes / 2);
  const last = maxBytes - first;
  if (offset < 0) {
    return { offset: offset - margin, first: first + 2 * margin, last: last + margin };
  }
  const from = Math.max(0, offset - margin);
  return { offset: from, first: offset - from + first + margin, last: last + margin };
}

/**
 * The output as text, longer one as its beginning and its end; all offsets and counts are bytes.
 *
 * A part ends at a character's end, and at a line's where one is near, so that the next reading goes
 * on with neither a broken character nor half of a terminal's escape sequence.
 */
export class DurableOutput {
  readonly #pieces: readonly OutputPiece[];
  readonly #options: WantedOutput & OutputFacts;

  constructor(pieces: readonly OutputPiece[], options: WantedOutput & OutputFacts) {
    this.#pieces = joined(pieces);
    this.#options = options;
  }

  slice(): TextSlice {
    const { offset: asked, maxBytes, totalBytes: total, goesOn } = this.#options;
    const offset = Math.min(total, asked < 0 ? Math.max(0, total + asked) : asked);
    const lastKind = goesOn ? "open" : "last";
    if (total - offset <= maxBytes) return this.#whole(offset, lastKind);
    const first = Math.ceil(maxBytes / 2);
    const head = this.#text(offset, offset + first, "cut");
    const from = Math.max(head.end, this.#characterStart(total - (maxBytes - first)));
    const tail = this.#text(from, total, lastKind);
    const missing = this.#gone(head.end, from);
    return {
      offset,
      nextOffset: tail.end,
      head: head.text,
      tail: tail.text,
      gapOffset: head.end,
      omittedChars: from - head.end - missing,
      missingChars: missing + this.#gone(offset, head.end) + this.#gone(from, total),
    };
  }

  /** All from an offset on, in two parts where some of it is gone. */
  #whole(offset: number, kind: TextEnd): TextSlice {
    const { totalBytes: total, holes } = this.#options;
    const hole = holes.find(({ to }) => to > offset);
    const head = this.#text(offset, hole?.from ?? total, hole === undefined ? kind : "last");
    const tail = hole === undefined
      ? { text: "", end: head.end }
      : this.#text(hole.to, total, kind);
    return {
      offset,
      nextOffset: tail.end,
      head: head.text,
      tail: tail.text,
      gapOffset: head.end,
      omittedChars: 0,
      missingChars: this.#gone(offset, total),
    };
  }

  /** Kept output of a range as text, and where it ends. */
  #text(
    from: number,
    to: number,
    kind: TextEnd,
  ): { readonly text: string; readonly end: number } {
    const bytes = concatenated(this.#within(from, to).map((part) => part.bytes));
    const kept = bytes.subarray(0, endOf(bytes, kind));
    const end = Math.max(from, to - (bytes.length - kept.length));
    return { text: this.#redacted(from, end, plain(kept)), end };
  }

  #gone(from: number, to: number): number {
    return this.#options.holes.reduce(
      (sum, hole) => sum + Math.max(0, Math.min(to, hole.to) - Math.max(from, hole.from)),
      0,
    );
  }

  /** A secret that is cut by the part's ends is hidden as far as it lies inside. */
  #redacted(from: number, to: number, text: string): string {
    const { redactor } = this.#options;
    if (redactor.reach === 0) return text;
    const margin = redactor.reach * CHARACTER_BYTES;
    const around = (start: number, end: number): string =>
      plain(concatenated(this.#within(start, end).map(({ bytes }) => bytes)));
    return redactor.applyWithin(around(from - margin, from), text, around(to, to + margin));
  }

  #within(from: number, to: number): readonly OutputPiece[] {
    return this.#pieces.flatMap(({ offset, bytes }) => {
      const start = Math.max(from, offset);
      const end = Math.min(to, offset + bytes.length);
      if (end <= start) return [];
      return [{ offset: start, bytes: bytes.subarray(start - offset, end - offset) }];
    });
  }

  #characterStart(at: number): number {
    const [part] = this.#within(at, at + CHARACTER_BYTES);
    let skip = 0;
    if (part?.offset === at) { while (isContinuation(part.bytes[skip])) skip++; }
    return at + skip;
  }
}

function joined(pieces: readonly OutputPiece[]): readonly OutputPiece[] {
  const runs: { offset: number; chunks: Uint8Array[]; end: number }[] = [];
  for (const { offset, bytes } of pieces) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === offset) {
      last.chunks.push(bytes);
      last.end += bytes.length;
    } else runs.push({ offset, chunks: [bytes], end: offset + bytes.length });
  }
  return runs.map(({ offset, chunks }) => ({ offset, bytes: concatenated(chunks) }));
}

function endOf(bytes: Uint8Array, kind: TextEnd): number {
  if (kind === "last") return bytes.length;
  if (kind === "cut") {
    const line = bytes.lastIndexOf(LF) + 1;
    if (line > 0 && bytes.length - line < LINE_BYTES) return line;
  }
  const end = characterEnd(bytes);
  const held = UNFINISHED.exec(
    new TextDecoder("latin1").decode(bytes.subarray(Math.max(0, end - 36), end)),
  );
  return end - (held?.[0].length ?? 0);
}

/** Where the last whole character ends. */
function characterEnd(bytes: Uint8Array): number {
  let lead = bytes.length - 1;
  while (lead >= 0 && bytes.length - lead < CHARACTER_BYTES && isContinuation(bytes[lead])) lead--;
  const first = bytes[lead];
  const size = first === undefined
    ? 1
    : first >= 0xf0
    ? 4
    : first >= 0xe0
    ? 3
    : first >= 0xc0
    ? 2
    : 1;
  return lead + size > bytes.length ? lead : bytes.length;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function plain(bytes: Uint8Array): string {
  const text = new PlainText();
  const { text: lines } = text.write(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  return lines + text.end();
}
