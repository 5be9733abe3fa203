import assert from "node:assert/strict";
import {
  findPatternFault,
  LinePattern,
  PATTERN_LINE_LIMIT,
} from "../../../../src/shell/device/profiles/line_pattern.ts";
import { FAMILY_FILES } from "../../../support/family_files.ts";

/** Patterns that take a backtracking matcher exponential time on the line below. */
const HARD = [
  "(a+)+b",
  "^(a|a)*b",
  "^(\\w+\\s?)+:",
  "^(?<host>(?:\\w|\\d)+)>",
  "\\w*\\w*\\w*\\w*\\w*\\w*\\w*\\w*#",
  "(x+x+)+y",
];

for (const source of HARD) {
  Deno.test(`LinePattern.test() decides ${source} on a line of full length`, () => {
    const pattern = new LinePattern(source, "text");
    for (const letter of ["a", "x", "1", " "]) {
      assert.ok(!pattern.test(letter.repeat(PATTERN_LINE_LIMIT)));
    }
  });
}

Deno.test("LinePattern matches whole lines, ends of lines, and parts of them", () => {
  assert.ok(new LinePattern("a|b", "line").test("b"));
  assert.ok(!new LinePattern("a|b", "line").test("ab"));
  assert.deepEqual(new LinePattern("--More--", "end").exec("x --More--"), {
    index: 2,
    groups: {},
  });
  assert.ok(!new LinePattern("--More--", "end").test("--More-- x"));
  assert.ok(new LinePattern("(?i)^error", "text").test("ERROR: no"));
  const { groups } = new LinePattern("(?<host>\\w+)(?:\\((?<mode>\\w+)\\))?#", "line").exec("r1#")!;
  assert.deepEqual([groups.host, groups.mode], ["r1", undefined]);
});

Deno.test("LinePattern.test() matches no line beyond the limit", () => {
  assert.ok(!new LinePattern("x*", "line").test("x".repeat(PATTERN_LINE_LIMIT + 1)));
});

Deno.test("findPatternFault() refuses what cannot be matched in linear time, or is too long", () => {
  for (const source of ["a(", "(?!a)b", "(?<=a)b", "(a)\\1", "(?<a>x)(?<a>y)"]) {
    assert.match(
      findPatternFault(source) ?? "",
      /not a regular expression of RE2's syntax/,
      source,
    );
  }
  assert.match(findPatternFault("x".repeat(1001)) ?? "", /longer than 1000/);
  assert.match(findPatternFault("(?:a{1000}){1000}") ?? "", /repeat/);
});

Deno.test("findPatternFault() accepts every pattern of the built-in files", () => {
  for (const { path, patterns } of FAMILY_FILES) {
    for (const source of patterns) {
      assert.equal(findPatternFault(source), undefined, `${path}: ${source}`);
    }
  }
});
