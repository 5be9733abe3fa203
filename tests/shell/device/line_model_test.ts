import assert from "node:assert/strict";
import { LineModel } from "../../../src/shell/device/line_model.ts";
import { Random } from "../../support/random.ts";

const SIZE = { columns: 511, rows: 511 };

const TABLE: readonly (readonly [name: string, bytes: string, rows: readonly string[]])[] = [
  ["CR LF, and CR CR LF", "a\r\nb\r\r\nc", ["a", "b", "c"]],
  ["LF alone starts at the margin", "ab\ncd", ["ab", "cd"]],
  ["backspaces and a rewrite", "abc\b\bX", ["aXc"]],
  ["spaces wipe what they cover", "abcdef\r      \rxy", ["xy"]],
  ["spaces that are text stay", "abc   \r\nx", ["abc   ", "x"]],
  ["CSI K, 1 K and 2 K", "abc\b\b\x1b[K\r\nabc\b\b\x1b[1K\r\nabc\x1b[2K\rz", ["a", "  c", "z"]],
  ["CSI D, C and G", "abc\x1b[2DX\x1b[1CY\x1b[1GZ", ["ZXcY"]],
  ["CSI P and @", "abcd\x1b[3D\x1b[1P\x1b[1@X", ["aXcd"]],
  ["CSI J clears onto a fresh row", "old\x1b[2J\x1b[Hnew", ["old", "new"]],
  ["CSI A reaches rows that were not released", "one\r\ntwo\x1b[A\rX", ["Xne", "two"]],
  ["an address means the last row", "a\r\nb\r\n\x1b[24;1Hc\x1b[1;1Hd", ["a", "b", "d"]],
  ["NEL", "a\x1bEb", ["a", "b"]],
  ["NUL, BEL, colours and titles", "\0a\x07\x1b[1;31mb\x1b[0m\x1b]0;t\x07c", ["abc"]],
  ["the cursor far below stays on the last row", "a\r\n\x1b[9999B\r\r\rb", ["a", "b"]],
  ["tabs stay", "a\tb\r\n\tc", ["a\tb", "\tc"]],
];

for (const [name, bytes, rows] of TABLE) {
  Deno.test(`LineModel.feed() follows ${name}`, () => {
    assert.deepEqual(rowsOf(bytes), rows);
    for (let seed = 1; seed <= 50; seed++) {
      const model = new LineModel(SIZE);
      for (const piece of new Random(seed).cut(bytes, 4)) model.feed(piece);
      assert.deepEqual(model.visibleRows, rows);
    }
  });
}

Deno.test("LineModel.feed() answers what a terminal is asked", () => {
  const model = new LineModel(SIZE);
  assert.equal(model.feed("ab\x1b[6n"), "\x1b[1;3R");
  assert.equal(model.feed("\x1b[c\x1bZ\x1b[5n"), "\x1b[?1;2c\x1b[?1;2c\x1b[0n");
  assert.equal(model.feed("\x1b[999;999H\x1b[6n"), "\x1b[511;511R");
  assert.equal(model.feed("\r\x1b[9999C\x1b[6n"), "\x1b[511;511R");
});

Deno.test("LineModel.dropPager() takes a pager's words away, however they are wiped", () => {
  const wipes = [
    "\b".repeat(10) + " ".repeat(10) + "\b".repeat(10),
    "\r" + " ".repeat(10) + "\r",
    "\x1b[42D" + " ".repeat(42) + "\x1b[42D",
    "\r\x1b[K",
    "\x1b[2K\r",
    "\r",
  ];
  for (const wipe of wipes) {
    for (const next of ["  indented  ", "", "x"]) {
      // A lone CR with nothing behind it is how a pager is left standing.
      if (wipe === "\r" && next === "") continue;
      const model = new LineModel(SIZE);
      model.feed("a\r\n --More-- ");
      model.dropPager(10);
      model.feed(`${wipe}${next}\r\nb`);
      assert.deepEqual(linesOf(model), ["a", next, "b"], JSON.stringify([wipe, next]));
    }
  }
});

Deno.test("LineModel.dropPager() keeps what stands before a pager on its row", () => {
  const model = new LineModel(SIZE);
  model.feed("long line, --More-- ");
  model.dropPager(10);
  model.feed("\b".repeat(10) + " ".repeat(10) + "\b".repeat(10) + " goes on  \r\n");
  assert.equal(model.line(0).text, "long line, goes on  ");
});

Deno.test("LineModel.dropPager() drops the row of a pager that is left standing", () => {
  const model = new LineModel(SIZE);
  model.feed("a\r\n--More--");
  model.dropPager(8);
  model.feed("\r\nb");
  assert.deepEqual([0, 1, 2].map((row) => `${model.line(row).dropped}`), [
    "false",
    "true",
    "false",
  ]);
});

Deno.test("LineModel.dropPager() gives a line back that goes on behind it", () => {
  const model = new LineModel(SIZE);
  model.feed("--More--");
  model.dropPager(8);
  model.feed(" is printed between pages\r\n");
  assert.equal(model.line(0).text, "--More-- is printed between pages");
  assert.equal(model.falsePagers, 1);
});

Deno.test("LineModel.release() forgets rows and keeps their numbers", () => {
  const model = new LineModel(SIZE);
  model.feed("a\r\nb\r\nc");
  model.release(2);
  assert.deepEqual([model.firstRow, model.cursorRow, model.line(2).text], [2, 2, "c"]);
  assert.deepEqual(model.visibleRows, ["a", "b", "c"]);
});

Deno.test("LineModel.feed() bounds a line without an end", () => {
  const model = new LineModel(SIZE);
  for (let chunk = 0; chunk < 64; chunk++) model.feed("x".repeat(16_384));
  const lengths = linesOf(model).map((row) => row.length);
  assert.equal(lengths.reduce((sum, length) => sum + length, 0), 64 * 16_384);
  assert.ok(lengths.every((length) => length <= 65_536), lengths.join());
  assert.equal(model.line(0).end, "");
});

function rowsOf(bytes: string): readonly string[] {
  const model = new LineModel(SIZE);
  model.feed(bytes);
  return model.visibleRows;
}

function linesOf(model: LineModel): string[] {
  const rows: string[] = [];
  for (let row = model.firstRow; row <= model.cursorRow; row++) rows.push(model.line(row).text);
  return rows;
}

Deno.test("LineModel.cursorLine leaves out blanks behind the cursor, which pad a row", () => {
  for (
    const [bytes, line] of [
      ["FI-A#  \b", "FI-A# "],
      [`> x${" ".repeat(60)}\r> x`, "> x"],
      ["ab   ", "ab   "],
      ["abc\b\b", "abc"],
      ["ab  \r", "ab  "],
    ] as const
  ) {
    const model = new LineModel(SIZE);
    model.feed(bytes);
    assert.equal(model.cursorLine, line, JSON.stringify(bytes));
  }
});
