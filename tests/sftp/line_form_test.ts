import assert from "node:assert/strict";
import { changedForm, lineForm, oddForm } from "../../src/sftp/line_form.ts";

const ODD: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "a\n": [],
  "a": ["no newline at the end"],
  "a\nb": ["no newline at the end"],
  "a\r\n": ["line ends are CRLF"],
  "a\r\nb\n": ["line ends are mixed, CRLF and LF"],
  "a\rb\r": ["line ends are CR"],
  "a\rb": ["line ends are CR", "no newline at the end"],
  "\ufeffa\n": ["begins with a byte order mark"],
};

Deno.test("oddForm() names what differs from lines that end in LF", () => {
  for (const [text, odd] of Object.entries(ODD)) {
    assert.deepEqual([text, oddForm(lineForm(text), "whole")], [text, odd]);
  }
});

const CHANGES: readonly (readonly [before: string, after: string, changes: readonly string[]])[] = [
  ["", "a", []],
  ["a", "b", []],
  ["a", "b\n", ["there is a newline at the end now"]],
  ["a\n", "b", ["the newline at the end is gone"]],
  ["a\n", "", ["the newline at the end is gone"]],
  ["a\rb\r", "a\nb\n", ["line ends were CR and are LF now"]],
  ["a\r\nb", "a\nb\n", ["line ends were CRLF and are LF now", "there is a newline at the end now"]],
  ["\ufeffa\n", "a\n", ["the byte order mark is gone"]],
];

Deno.test("changedForm() names what a write changed", () => {
  for (const [before, after, changes] of CHANGES) {
    const found = changedForm(lineForm(before), lineForm(after));
    assert.deepEqual([before, after, found], [before, after, changes]);
  }
});
