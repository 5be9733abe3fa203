import assert from "node:assert/strict";
import { AnsweredLine } from "../../../../src/shell/posix/output/answered_line.ts";

const CASES: readonly (readonly [why: string, typed: string, output: string, ended: boolean])[] = [
  ["a program that merely reads", "Ann\r", "hello Ann\r\n", Boolean(1)],
  ["output that begins as the answer does", "y\r", "yes, going on\r\n", Boolean(1)],
  ["Enter alone", "\r", "Second? ", Boolean(1)],
  ["a password, whose line the program ends", "secret\r", "\r\nroot\r\n", Boolean(0)],
  ["a line editor's echo", "1+1\r", "1+1\r\n2\r\n", Boolean(0)],
  ["the beginning of an echo", "1+1\r", "1", Boolean(0)],
  ["an echo in colour", "ls\r", "\x1b[1ml\x1b[0ms\r\n", Boolean(0)],
  ["a line that is repainted", "x\r", "\r\x1b[K>>> x", Boolean(0)],
  ["a key without Enter", "y", "yes", Boolean(0)],
];

for (const [why, typed, output, ended] of CASES) {
  Deno.test(`AnsweredLine ${ended ? "ends" : "leaves"} the line for ${why}`, () => {
    const line = new AnsweredLine();
    assert.equal(line.before("before"), "before");
    line.answer(typed, { echoedBy: "nobody", isBehindLine: Boolean(1) });
    assert.equal(line.before("\x1b[?2004l"), "\x1b[?2004l");
    assert.equal(line.before(output), ended ? `\r\n${output}` : output);
    assert.equal(line.before("later"), "later");
  });
}

/** Pieces of output behind an answer on a terminal that echoes, and what is left of them. */
const ECHOED: readonly (readonly [
  why: string,
  typed: string,
  pieces: readonly string[],
  behindLine: string,
  behindNone: string,
])[] = [
  ["an echo", "Ann\r", ["Ann\r\nhello"], "\r\nhello", "hello"],
  ["an echo in pieces", "Ann\r", ["A", "nn\r", "\nhello"], "\r\nhello", "hello"],
  ["a line editor's", "a;\r", ["a;\r\n\x1b[?2004l\rb"], "\r\n\x1b[?2004l\rb", "\x1b[?2004l\rb"],
  [
    "one in colour",
    "ab\r",
    ["\x1b[1ma\x1b[0m", "b\r\nc"],
    "\r\n\x1b[1m\x1b[0mc",
    "\x1b[1m\x1b[0mc",
  ],
  ["no echo", "Ann\r", ["hello Ann\r\n"], "\r\nhello Ann\r\n", "hello Ann\r\n"],
  ["what begins like one", "yes\r", ["ye", "llow"], "\r\nyellow", "yellow"],
  ["what only begins like one", "yes\r", ["ye"], "ye", "ye"],
  ["two lines", "a\nb\r", ["a\r\nb\r\nc"], "\r\nc", "c"],
  ["the first of two lines", "a\nb\r", ["a\r\nA\r\n"], "\r\nA\r\n", "A\r\n"],
  ["Enter alone", "\r", ["\r\nc"], "\r\nc", "\r\nc"],
];

for (const [why, typed, pieces, behindLine, behindNone] of ECHOED) {
  Deno.test(`AnsweredLine tells an echo: ${why}`, () => {
    for (const isBehindLine of [Boolean(1), Boolean(0)]) {
      const line = new AnsweredLine();
      line.answer(typed, { echoedBy: "terminal", isBehindLine });
      const left = pieces.map((piece) => line.before(piece)).join("") + line.release();
      assert.equal(left, isBehindLine ? behindLine : behindNone);
      assert.equal(line.before("later"), "later");
    }
  });
}
