import assert from "node:assert/strict";
import { readLoginReaders } from "../../../src/shell/posix/login_readers.ts";

const STTY = "speed 38400 baud; rows 50; columns 200; line = 0; intr = ^C; -parenb isig";
const EDITOR = `${STTY} -icanon iexten -echo echoe echok -echonl`;
const COOKED = `${STTY} icanon iexten echo echoe echok -echonl`;
const READ_N = `${STTY} -icanon iexten echo echoe echok -echonl`;
const PREPARED = `${STTY} icanon iexten -echo echoe echok -echonl`;

/** What one shell's row says: it alone in the foreground, without a file, unless told otherwise. */
function row(
  settings: string,
  other: Partial<Record<"rest" | "program" | "group", string>> = {},
): string {
  const { rest = "alone none", program = "/usr/bin/bash", group = "4711" } = other;
  return `4711 ${group} ${rest} ${program} ${settings}\n`;
}

const DASH = "/usr/bin/dash";

const READINGS: Readonly<Record<string, readonly string[]>> = {
  prompt: [
    row(EDITOR),
    row(COOKED, { program: DASH }),
    row(PREPARED) + row(EDITOR),
    row(EDITOR) + row(EDITOR, { program: "/usr/bin/fish" }),
  ],
  question: [
    row(COOKED),
    row(READ_N),
    row(EDITOR, { group: "4712" }),
    row(EDITOR, { rest: "parent none" }),
    row(COOKED, { program: DASH, rest: "alone file" }),
    row(EDITOR) + row(COOKED),
  ],
  unknown: ["", "sh: 1: cannot read", row(PREPARED), "4711 4711 alone none\n"],
};

Deno.test("readLoginReaders() tells a prompt from a question, or that it cannot", () => {
  for (const [reading, answers] of Object.entries(READINGS)) {
    for (const answer of answers) assert.equal(readLoginReaders(answer), reading, answer);
  }
});
