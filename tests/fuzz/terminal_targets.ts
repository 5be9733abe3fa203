import assert from "node:assert/strict";
import { buildMarker, MarkerScanner, type Piece } from "../../src/terminal/markers.ts";
import { Screen } from "../../src/terminal/screen.ts";
import { makeVisible } from "../../src/terminal/visible.ts";
import type { Random } from "../support/random.ts";
import { readAll } from "../support/plain_text_reader.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const OURS = "0123456789abcdef0123456789abcdef";
const FRAGMENTS: readonly string[] = [
  "\x1b",
  "\x1b]",
  "\x1b]7717;",
  `\x1b]7717;${OURS};`,
  buildMarker(OURS, "D", "0"),
  buildMarker("f".repeat(32), "D", "0"),
  "\x07",
  "\x1b\\",
  "\x1b[",
  "\x1b[2J",
  "\x1b[H",
  "\x1b[A",
  "\x1b[999B",
  "\x1b[10;20H",
  "\x1b[K",
  "\x1b[1K",
  "\x1b[P",
  "\x1b[3@",
  "\x1b[2L",
  "\x1b[M",
  "\x1b[5;10r",
  "\x1b[?1049h",
  "\x1b[?1049l",
  "\x1b[99999999999b",
  "\x1b7",
  "\x1b8",
  "\x1bM",
  "\x1bc",
  "\x1b(0",
  "\x1b(B",
  "\x1bP",
  "\x1b_",
  "\u009b",
  "\u009d",
  "\r",
  "\n",
  "\r\n",
  "\b",
  "\t",
  "\v",
  "\0",
  "wide 漢字",
  "\u00e9",
  "😀",
  "a line of text",
  "x".repeat(300),
  "8".repeat(40),
  ";",
];

function terminalText(random: Random): string {
  return Array.from(
    { length: random.below(60) },
    () => random.onceIn(6) ? character(random) : random.pick(FRAGMENTS),
  ).join("");
}

/** Any up to U+011F but the soft hyphen, which is a mark without width: the tables of tests have those. */
function character(random: Random): string {
  return String.fromCharCode(random.below(0x120)).replace("\u00ad", "-");
}

function cut(text: string, random: Random): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + random.below(random.onceIn(2) ? 3 : 40);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** Markers come out the same, and all else unchanged, wherever the output is cut. */
export const markers: FuzzTarget = {
  name: "markers",
  attempt: (random) => {
    const text = terminalText(random);
    const whole = scan([text]);
    assert.deepEqual(scan(cut(text, random)), whole);
    const rest = whole.map((piece) => piece.kind === "text" ? piece.text : "").join("");
    assert.ok(rest.length <= text.length);
    if (!text.includes(OURS)) assert.equal(rest, text);
  },
  [Symbol.asyncDispose]: async () => {},
};

function scan(chunks: readonly string[]): Piece[] {
  const scanner = new MarkerScanner({ accepts: (nonce) => nonce === OURS });
  const pieces = [...chunks.flatMap((chunk) => scanner.feed(chunk)), ...scanner.flush()];
  return pieces.reduce<Piece[]>((merged, piece) => {
    const last = merged.at(-1);
    if (piece.kind !== "text" || last?.kind !== "text") return [...merged, piece];
    return [...merged.slice(0, -1), { kind: "text", text: last.text + piece.text }];
  }, []);
}

/** Plain text comes out the same wherever the output is cut, and holds nothing that acts or hides. */
export const plainText: FuzzTarget = {
  name: "plain-text",
  attempt: (random) => {
    const text = terminalText(random);
    const whole = readAll([text]);
    assert.equal(readAll(cut(text, random)), whole);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(makeVisible(whole).text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/);
    assert.ok(makeVisible(whole).text.isWellFormed());
  },
  [Symbol.asyncDispose]: async () => {},
};

/** The screen takes anything and answers queries only. */
export const screen: FuzzTarget = {
  name: "screen",
  attempt: async (random) => {
    const text = terminalText(random);
    using seen = new Screen({ columns: 80, rows: 24, onReply: () => {} });
    for (const chunk of cut(text, random)) seen.feed(chunk);
    const { rows, cursor } = await seen.snapshot();
    assert.equal(rows.length, 24);
    assert.ok(cursor.row >= 0 && cursor.row < 24 && cursor.column >= 0 && cursor.column <= 80);
  },
  [Symbol.asyncDispose]: async () => {},
};
