import type { HiddenPlace } from "../config/conceal.ts";
import type { Redactor } from "../jobs/redactor.ts";
import { textWidth } from "../terminal/cell_width.ts";
import { ControlStrings } from "./control_strings.ts";

const ESC = 0x1b;
const BEL = 0x07;

/** A run of graphic characters: where it begins among those, and in the output. */
interface Run {
  readonly from: number;
  readonly place: number;
}

/** The graphic characters of a stretch of output, and where they are in it. */
class Graphic {
  readonly #runs: readonly Run[];
  readonly text: string;

  constructor(text: string, runs: readonly Run[]) {
    this.text = text;
    this.#runs = runs;
  }

  /** The place in the output of one of the characters; undefined behind the last. */
  place(index: number): number | undefined {
    if (index >= this.text.length) return undefined;
    let low = 0;
    let high = this.#runs.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#runs[middle]!.from <= index) low = middle;
      else high = middle;
    }
    const run = this.#runs[low]!;
    return run.place + index - run.from;
  }
}

/**
 * A terminal's output without hidden values, each of which becomes something as wide as it was, so
 * that what programs draw stays in its place.
 *
 * Control functions between the characters of a value do not matter, and a control string that holds
 * one is dropped. The end of the output waits
 * where it may be the beginning of a secret.
 */
export class RedactedTerminal {
  readonly #redactor: Redactor;
  readonly #strings: ControlStrings;
  #waiting = "";
  /** The characters before that, as many as a value can have. */
  #before = "";

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
    this.#strings = new ControlStrings((text) => redactor.places(text).length > 0);
  }

  /** Takes the next output, and returns what can be shown by now. */
  feed(output: string): string {
    const { reach } = this.#redactor;
    const raw = this.#waiting + this.#strings.feed(output);
    this.#waiting = "";
    if (reach === 0) return raw;
    const graphic = graphicOf(raw);
    const known = this.#before + graphic.text;
    const open = this.#redactor.openEnd(known.slice(known.lastIndexOf("\n") + 1));
    const shownChars = Math.max(0, graphic.text.length - open);
    const cut = open === 0 ? raw.length : graphic.place(shownChars) ?? raw.length;
    this.#waiting = raw.slice(cut);
    const offset = this.#before.length;
    const places = this.#redactor.places(known);
    this.#before = known.slice(0, offset + shownChars).slice(-reach);
    return masked(raw.slice(0, cut), graphic, { places, offset });
  }
}

function masked(
  raw: string,
  graphic: Graphic,
  { places, offset }: { readonly places: readonly HiddenPlace[]; readonly offset: number },
): string {
  let shown = "";
  let at = 0;
  for (const { start, end, shownAs } of places) {
    let used = Math.max(0, offset - start);
    for (let index = Math.max(start, offset); index < end; index++) {
      const place = graphic.place(index - offset);
      if (place === undefined || place >= raw.length) break;
      const character = raw[place]!;
      const isLow = (character.charCodeAt(0) & 0xfc00) === 0xdc00;
      const width = isLow || character === "\n" ? 0 : Math.max(1, textWidth(character));
      const mask = shownAs.slice(used, used + width).padEnd(width, "*");
      used += width;
      shown += raw.slice(at, place) + (character === "\n" ? "\n" : mask);
      at = place + 1;
    }
  }
  return shown + raw.slice(at);
}

/** Scans output for control functions (ECMA-48 §5.3, §5.4, §5.6); one that is cut is one to its end. */
function graphicOf(raw: string): Graphic {
  const runs: Run[] = [];
  let text = "";
  let at = 0;
  while (at < raw.length) {
    const end = graphicEnd(raw, at);
    if (end > at) {
      runs.push({ from: text.length, place: at });
      text += raw.slice(at, end);
    }
    at = raw.charCodeAt(end) === ESC ? behindEscape(raw, end + 1) : end + 1;
  }
  return new Graphic(text, runs);
}

/** The end of the graphic characters that begin there; a line feed counts as one. */
function graphicEnd(raw: string, at: number): number {
  for (let end = at; end < raw.length; end++) {
    const code = raw.charCodeAt(end);
    if (code < 0x20 ? code !== 0x0a : code === 0x7f) return end;
  }
  return raw.length;
}

function behindEscape(raw: string, at: number): number {
  const kind = raw[at];
  if (kind === "[") {
    let end = at + 1;
    while (end < raw.length && !isBetween(raw.charCodeAt(end), 0x40, 0x7e)) end++;
    return end + 1;
  }
  if (kind !== undefined && "]PX^_".includes(kind)) {
    let end = at + 1;
    while (end < raw.length && raw.charCodeAt(end) !== BEL && raw.charCodeAt(end) !== ESC) end++;
    return raw.charCodeAt(end) === BEL ? end + 1 : end;
  }
  let end = at;
  while (end < raw.length && isBetween(raw.charCodeAt(end), 0x20, 0x2f)) end++;
  return end + 1;
}

function isBetween(code: number, from: number, to: number): boolean {
  return code >= from && code <= to;
}
