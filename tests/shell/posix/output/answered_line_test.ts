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
    line.answer(typed);
    assert.equal(line.before("\x1b[?2004l"), "\x1b[?2004l");
    assert.equal(line.before(output), ended ? `\r\n${output}` : output);
    assert.equal(line.before("later"), "later");
  });
}

Deno.test("AnsweredLine drops the echo of a terminal that has one", () => {
  const line = new AnsweredLine();
  line.answer("Ann\r", "terminal");
  assert.equal(line.before("Ann\r\nhello Ann\r\n"), "\r\nhello Ann\r\n");
  line.answer("Bob\r", "terminal");
  assert.equal(line.before("hello Bob\r\n"), "\r\nhello Bob\r\n");
});
