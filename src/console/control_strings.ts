/** Longer control strings are dropped. */
const LIMIT_CHARS = 4_096;

const ESC = "\x1b";
/** The bytes behind ESC that begin OSC, DCS, SOS, PM and APC (ECMA-48 §5.6). */
const KINDS = "]PX^_";

/**
 * A terminal's output without the control strings, such as titles, that hold a hidden value.
 *
 * A string that is not finished yet waits for its end.
 */
export class ControlStrings {
  readonly #hides: (text: string) => boolean;
  #open = "";
  #isTooLong = false;

  constructor(hides: (text: string) => boolean) {
    this.#hides = hides;
  }

  /** Takes the next output, and returns what may be shown by now. */
  feed(output: string): string {
    const raw = this.#open + output;
    this.#open = "";
    let shown = "";
    let at = 0;
    while (at < raw.length) {
      const start = this.#isTooLong ? at : stringStart(raw, at);
      shown += raw.slice(at, start);
      if (start === raw.length) break;
      const end = stringEnd(raw, this.#isTooLong ? start : start + 2);
      if (end === undefined) {
        this.#keep(raw.slice(start));
        break;
      }
      const text = raw.slice(start, end);
      if (!this.#isTooLong && !this.#hides(text)) shown += text;
      this.#isTooLong = false;
      at = end;
    }
    return shown;
  }

  #keep(open: string): void {
    this.#isTooLong ||= open.length > LIMIT_CHARS;
    this.#open = this.#isTooLong ? open.endsWith(ESC) ? ESC : "" : open;
  }
}

/** The place of the next control string, or of an ESC that may begin one; else the end. */
function stringStart(raw: string, from: number): number {
  for (let at = raw.indexOf(ESC, from); at >= 0; at = raw.indexOf(ESC, at + 1)) {
    const kind = raw[at + 1];
    if (kind === undefined || KINDS.includes(kind)) return at;
  }
  return raw.length;
}

/** The place behind the string: BEL or ST ends it, CAN, SUB or another escape cancels it. */
function stringEnd(raw: string, from: number): number | undefined {
  for (let at = from; at < raw.length; at++) {
    const character = raw[at]!;
    if ("\x07\x18\x1a".includes(character)) return at + 1;
    if (character !== ESC) continue;
    if (at + 1 === raw.length) return undefined;
    return raw[at + 1] === "\\" ? at + 2 : at;
  }
  return undefined;
}
