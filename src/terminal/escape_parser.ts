/** Receives the parts of a text, in order. */
export interface EscapeHandler {
  /** Graphic characters only. */
  print(text: string): void;
  /** A C0 control, DEL left out, or a C1 control that starts no sequence. */
  control(code: number): void;
  /** `ESC` with its intermediates and final byte, such as "7" or "(0". */
  escape(sequence: string): void;
  /** `CSI`: parameter and intermediate bytes as they came, and the final byte. */
  csi(parameters: string, final: string): void;
}

type State = "ground" | "escape" | "csi" | "osc" | "string";

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
// deno-lint-ignore no-control-regex
const OSC_END = /[\x07\x18\x1a\x1b\x9c]/g;
// deno-lint-ignore no-control-regex
const STRING_END = /[\x18\x1a\x1b\x9c]/g;
/** Longer sequences are no terminal's; they are read to their end and dropped. */
const SEQUENCE_LIMIT = 256;

const STRING_STARTS = "PX^_";

/**
 * Splits terminal output into text and control functions (ECMA-48, in the way of DEC's parser).
 *
 * Keeps its state across chunks. The content of OSC, DCS, APC, PM and SOS is dropped; any ESC ends
 * such a string, so that no string swallows the sequence behind it.
 */
export class EscapeParser {
  readonly #handler: EscapeHandler;
  #state: State = "ground";
  #collected = "";

  constructor(handler: EscapeHandler) {
    this.#handler = handler;
  }

  /** No sequence is open. */
  get isIdle(): boolean {
    return this.#state === "ground";
  }

  /** Takes the next stretch of output; it must not end inside a surrogate pair. */
  feed(text: string): void {
    let index = 0;
    while (index < text.length) {
      switch (this.#state) {
        case "ground":
          index = this.#ground(text, index);
          break;
        case "osc":
          index = this.#string(text, index, OSC_END);
          break;
        case "string":
          index = this.#string(text, index, STRING_END);
          break;
        case "escape":
          index = this.#sequence(text, index, this.#inEscape);
          break;
        case "csi":
          index = this.#sequence(text, index, this.#inCsi);
          break;
      }
    }
  }

  #ground(text: string, index: number): number {
    CONTROL.lastIndex = index;
    const end = CONTROL.exec(text)?.index ?? text.length;
    if (end > index) this.#handler.print(text.slice(index, end));
    if (end === text.length) return end;
    this.#control(text.charCodeAt(end));
    return end + 1;
  }

  #string(text: string, index: number, end: RegExp): number {
    end.lastIndex = index;
    const found = end.exec(text)?.index;
    if (found === undefined) return text.length;
    this.#enter(text.charCodeAt(found) === 0x1b ? "escape" : "ground");
    return found + 1;
  }

  /** One unit inside a sequence; controls act there too, and what cannot belong to it ends it. */
  #sequence(text: string, index: number, step: (character: string) => void): number {
    const code = text.charCodeAt(index);
    if (code >= 0xa0) {
      this.#enter("ground");
      return index;
    }
    if (code < 0x20 || code >= 0x7f) this.#control(code);
    else step.call(this, text[index]!);
    return index + 1;
  }

  #inEscape(character: string): void {
    if (character < "0") this.#collect(character);
    else if (this.#collected !== "") this.#finishEscape(character);
    else if (character === "[") this.#enter("csi");
    else if (character === "]") this.#enter("osc");
    else if (STRING_STARTS.includes(character)) this.#enter("string");
    else this.#finishEscape(character);
  }

  #finishEscape(character: string): void {
    const sequence = this.#collected + character;
    this.#enter("ground");
    this.#handler.escape(sequence);
  }

  #inCsi(character: string): void {
    if (character < "@") return this.#collect(character);
    const parameters = this.#collected;
    this.#enter("ground");
    if (parameters.length < SEQUENCE_LIMIT) this.#handler.csi(parameters, character);
  }

  #collect(character: string): void {
    if (this.#collected.length < SEQUENCE_LIMIT) this.#collected += character;
  }

  #enter(state: State): void {
    this.#state = state;
    this.#collected = "";
  }

  #control(code: number): void {
    if (code === 0x7f) return;
    if (code === 0x1b) this.#enter("escape");
    else if (code === 0x9b) this.#enter("csi");
    else if (code === 0x9d) this.#enter("osc");
    else if (code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f) {
      this.#enter("string");
    } else {
      if (code === 0x18 || code === 0x1a || code >= 0x80) this.#enter("ground");
      this.#handler.control(code);
    }
  }
}
