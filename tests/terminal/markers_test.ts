import assert from "node:assert/strict";
import {
  buildMarker,
  MARKER_NUMBER,
  MarkerScanner,
  type Piece,
} from "../../src/terminal/markers.ts";

const OURS = "0123456789abcdef";
const FOREIGN = "ffffffffffffffff";

const TEXT_ONLY: readonly string[] = [
  "plain",
  "",
  "\x1b[31mred\x1b[0m",
  "\x1b]0;title\x07",
  "\x1b]133;D;0\x07",
  buildMarker(FOREIGN, "D", "0"),
  `\x1b]${MARKER_NUMBER};0123;D;0\x07`,
  `\x1b]${MARKER_NUMBER};${OURS.toUpperCase()};D;0\x07`,
  `\x1b]${MARKER_NUMBER};${OURS};d;0\x07`,
  `\x1b]${MARKER_NUMBER};${OURS};;0\x07`,
  `\x1b]${MARKER_NUMBER};${OURS};D;a\x1b[0m\x07`,
  `\x1b]${MARKER_NUMBER};${OURS};D;${"x".repeat(8193)}\x07`,
  `\x1b]${MARKER_NUMBER};${"0".repeat(33)};D\x07`,
  `\x1b]${MARKER_NUMBER}1;${OURS};D\x07`,
];

Deno.test("MarkerScanner leaves every other sequence in the text", () => {
  for (const text of TEXT_ONLY) assert.deepEqual(scan([text]), text === "" ? [] : [asText(text)]);
});

Deno.test("MarkerScanner yields markers in their place between texts", () => {
  const input = `a${buildMarker(OURS, "C")}b\n${buildMarker(OURS, "D", "0;/srv/a b")}$ `;
  assert.deepEqual(scan([input]), [
    asText("a"),
    { kind: "marker", nonce: OURS, letter: "C", fields: "" },
    asText("b\n"),
    { kind: "marker", nonce: OURS, letter: "D", fields: "0;/srv/a b" },
    asText("$ "),
  ]);
});

Deno.test("MarkerScanner keeps CR, LF and semicolons of fields raw, up to 8,192 units", () => {
  for (const fields of ["a\r\nb;;c", "x".repeat(8192), "ä😀", ""]) {
    const pieces = scan([`\x1b]${MARKER_NUMBER};${OURS};READY;${fields}\x1b\\`]);
    assert.deepEqual(pieces, [{ kind: "marker", nonce: OURS, letter: "READY", fields }]);
  }
});

Deno.test("MarkerScanner finds a marker inside what only looked like one", () => {
  const broken = `\x1b]${MARKER_NUMBER};${OURS};D;oops`;
  assert.deepEqual(scan([broken + buildMarker(OURS, "D", "1")]), [
    asText(broken),
    { kind: "marker", nonce: OURS, letter: "D", fields: "1" },
  ]);
});

Deno.test("MarkerScanner.feed() holds back no more than a possible marker", () => {
  const scanner = new MarkerScanner({ accepts: (nonce) => nonce === OURS });
  assert.deepEqual(scanner.feed("ab\x1b"), [asText("ab")]);
  assert.deepEqual(scanner.feed("[0mc"), [asText("\x1b[0mc")]);
  assert.deepEqual(scanner.feed(`\x1b]${MARKER_NUMBER};${FOREIGN};D`), [
    asText(`\x1b]${MARKER_NUMBER};${FOREIGN};D`),
  ]);
  assert.deepEqual(scanner.feed(`\x1b]${MARKER_NUMBER};${OURS};D;`), []);
  assert.equal(textOf(scanner.feed("x".repeat(8193))).length, 8193 + 7 + 16 + 3);
});

Deno.test("MarkerScanner.flush() gives up a held prefix once", () => {
  const scanner = new MarkerScanner({ accepts: () => true });
  assert.deepEqual(scanner.feed("a\x1b]77"), [asText("a")]);
  assert.deepEqual(scanner.flush(), [asText("\x1b]77")]);
  assert.deepEqual(scanner.flush(), []);
});

Deno.test("MarkerScanner yields the same pieces wherever the input is cut", () => {
  const input = `x\x1b${buildMarker(OURS, "C")}\x1b]77${TEXT_ONLY.slice(0, 11).join("")}` +
    `${buildMarker(OURS, "D", "0;ä\r\n")}\x1b]${MARKER_NUMBER};${OURS};E;1\x1b\\tail\x1b`;
  const whole = scan([input]);
  assert.equal(whole.filter((piece) => piece.kind === "marker").length, 3);
  for (let cut = 0; cut <= input.length; cut++) {
    assert.deepEqual(scan([input.slice(0, cut), input.slice(cut)]), whole);
  }
  assert.deepEqual(scan([...input]), whole);
});

function scan(chunks: readonly string[]): Piece[] {
  const scanner = new MarkerScanner({ accepts: (nonce) => nonce === OURS });
  return merged([...chunks.flatMap((chunk) => scanner.feed(chunk)), ...scanner.flush()]);
}

function merged(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece.kind === "text" && last?.kind === "text") {
      result[result.length - 1] = asText(last.text + piece.text);
    } else result.push(piece);
  }
  return result;
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.kind === "text" ? piece.text : "").join("");
}

function asText(text: string): Piece {
  return { kind: "text", text };
}
