/** The private OSC number of our markers; no terminal and no shell integration uses it. */
export const MARKER_NUMBER = 7717;

/** A stretch of ordinary output, or one marker between two stretches. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | MarkerPiece;

/** One complete marker whose nonce was accepted. */
export interface MarkerPiece {
  readonly kind: "marker";
  readonly nonce: string;
  /** One capital letter, or a word of capitals and digits. */
  readonly letter: string;
  /** The text behind the letter, raw: the pty may have made CR LF of an LF. "" when absent. */
  readonly fields: string;
}

/** Options of {@link MarkerScanner}. */
export interface MarkerScannerOptions {
  /** Whether this nonce is one of ours; asked as soon as a nonce is complete. */
  readonly accepts: (nonce: string) => boolean;
}

const START = `\x1b]${MARKER_NUMBER};`;
const NONCE = "[0-9a-f]{16,32}";
const LETTER = "[A-Z][A-Z0-9]{0,31}";
const FIELDS = "[^\\x07\\x1b]{0,8192}";
const WHOLE = new RegExp(
  `${START.replace("]", "\\]")}(${NONCE});(${LETTER})(?:;(${FIELDS}))?(?:\\x07|\\x1b\\\\)`,
  "y",
);
const PREFIX = new RegExp(
  `${START.replace("]", "\\]")}(?:[0-9a-f]{0,32}|(${NONCE});(?:${LETTER}(?:;${FIELDS})?\\x1b?)?)$`,
  "y",
);

/**
 * Separates our markers from ordinary output, wherever the chunks are cut.
 *
 * A marker is `ESC ] 7717 ; nonce ; letter [ ; fields ] BEL`, or ended by `ESC \` (an OSC,
 * ECMA-48 §8.3.89, in the manner of the FinalTerm semantic prompts). `nonce` is 16 to 32 lower-case
 * hex digits, `fields` at most 8,192 UTF-16 units without ESC and BEL. A sequence of any other
 * shape, or with a nonce that is not accepted, is ordinary text. Held back between chunks is only
 * what can still become a marker: under 9 Ki units.
 */
export class MarkerScanner {
  readonly #accepts: (nonce: string) => boolean;
  #held = "";

  constructor(options: MarkerScannerOptions) {
    this.#accepts = options.accepts;
  }

  /** Takes decoded output; yields what is certain by now, in order, no two texts in a row. */
  feed(text: string): Piece[] {
    const input = this.#held === "" ? text : this.#held + text;
    const pieces: Piece[] = [];
    let done = 0;
    let from = 0;
    for (;;) {
      const start = input.indexOf(START, from);
      if (start < 0) {
        this.#settle(input, done, heldFrom(input, from), pieces);
        return pieces;
      }
      const marker = this.#markerAt(input, start);
      if (marker !== undefined) {
        pushText(pieces, input.slice(done, start));
        pieces.push(marker);
        done = from = WHOLE.lastIndex;
      } else if (this.#mayBecomeMarker(input, start)) {
        this.#settle(input, done, start, pieces);
        return pieces;
      } else from = start + 1;
    }
  }

  /** Gives up what is held back as a possible marker: the stream ended, or stays quiet. */
  flush(): Piece[] {
    const pieces: Piece[] = [];
    pushText(pieces, this.#held);
    this.#held = "";
    return pieces;
  }

  #settle(input: string, done: number, held: number, pieces: Piece[]): void {
    pushText(pieces, input.slice(done, held));
    this.#held = input.slice(held);
  }

  #markerAt(input: string, start: number): MarkerPiece | undefined {
    WHOLE.lastIndex = start;
    const match = WHOLE.exec(input);
    if (match === null || !this.#accepts(match[1]!)) return undefined;
    return { kind: "marker", nonce: match[1]!, letter: match[2]!, fields: match[3] ?? "" };
  }

  #mayBecomeMarker(input: string, start: number): boolean {
    PREFIX.lastIndex = start;
    const match = PREFIX.exec(input);
    return match !== null && (match[1] === undefined || this.#accepts(match[1]));
  }
}

/** The pieces of a terminal's raw output as it comes; `accepts` as in {@link MarkerScannerOptions}. */
export async function* readPieces(
  output: AsyncIterable<Uint8Array>,
  accepts: MarkerScannerOptions["accepts"],
): AsyncGenerator<readonly Piece[]> {
  const decoder = new TextDecoder();
  const scanner = new MarkerScanner({ accepts });
  for await (const chunk of output) yield scanner.feed(decoder.decode(chunk, { stream: true }));
  yield scanner.flush();
}

/** Writes a marker as {@link MarkerScanner} reads it. */
export function buildMarker(nonce: string, letter: string, fields?: string): string {
  return `${START}${nonce};${letter}${fields === undefined ? "" : `;${fields}`}\x07`;
}

/** Where the beginning of {@link START} stands at the very end, or the input's length. */
function heldFrom(input: string, from: number): number {
  const last = input.lastIndexOf("\x1b");
  const possible = last >= from && START.startsWith(input.slice(last, last + START.length));
  return possible && input.length - last < START.length ? last : input.length;
}

function pushText(pieces: Piece[], text: string): void {
  if (text !== "") pieces.push({ kind: "text", text });
}
