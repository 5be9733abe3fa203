import assert from "node:assert/strict";
import { BoundedText } from "../../src/jobs/bounded_text.ts";
import { type FoundText, searchText, searchWords } from "../../src/jobs/text_search.ts";

interface Search {
  readonly offset?: number;
  readonly context?: number;
  readonly maxMatches?: number;
  readonly maxChars?: number;
}

function search(text: string, match: string, options: Search = {}): FoundText {
  const output = new BoundedText();
  const end = text.lastIndexOf("\n") + 1;
  output.append({ text: text.slice(0, end), line: text.slice(end) });
  const bounds = { offset: 0, context: 0, maxMatches: 20, maxChars: 20_000 };
  return searchText(output, { ...bounds, ...options, words: searchWords(match) });
}

Deno.test("searchText() finds literal words in any case, with the offset of each line", () => {
  const { text, matches, shown, rest } = search("one\ntwo ERROR\nthree\nwarn: 2", "error|WARN:");
  assert.equal(text, "4:two ERROR\n--\n20:warn: 2\n");
  assert.deepEqual({ matches, shown, rest }, { matches: 2, shown: 2, rest: undefined });
});

Deno.test("searchText() takes no character of a word for a pattern", () => {
  assert.equal(search("a.c\nabc\n", "a.c").text, "0:a.c\n");
  assert.equal(search("(x\nx\n", "(x").text, "0:(x\n");
});

Deno.test("searchText() shows context once, and separates groups that do not touch", () => {
  const text = "a\nb\nX1\nX2\nc\nd\ne\nf\nX3\n";
  assert.equal(
    search(text, "x", { context: 1 }).text,
    "2-b\n4:X1\n7:X2\n10-c\n--\n16-f\n18:X3\n",
  );
});

Deno.test("searchText() counts all matches, and names the first that is not shown", () => {
  const found = search("x1\nx2\nx3\n", "x", { maxMatches: 2, context: 2 });
  assert.equal(found.text, "0:x1\n3:x2\n");
  assert.deepEqual([found.matches, found.shown, found.rest], [3, 2, 6]);
  const rest = search("x1\nx2\nx3\n", "x", { offset: 6 });
  assert.equal(rest.text, "6:x3\n");
});

Deno.test("searchText() keeps to the characters of a reply, and shows one match at least", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `match ${i} ${"y".repeat(90)}\n`).join("");
  const found = search(lines, "match", { maxMatches: 1_000, maxChars: 1_000 });
  assert.ok(found.text.length <= 1_100 && found.shown > 5);
  assert.equal(search(lines, "match", { maxChars: 0 }).shown, 1);
});

Deno.test("searchText() names the offset that shows the first match, also in or behind long lines", () => {
  assert.equal(search("a\nb\nneedle\n", "needle", { context: 1 }).from, 2);
  assert.equal(search(`${"x".repeat(9_000)}needle\n`, "needle").from, 8_875);
  assert.equal(search(`${"x".repeat(9_000)}\nneedle\n`, "needle", { context: 1 }).from, 8_876);
  assert.equal(search("a\n", "needle").from, undefined);
});

Deno.test("searchText() cuts a long line around its match, and cuts no character in two", () => {
  const text = `${"😀".repeat(2_000)}needle${"😀".repeat(2_000)}`;
  const found = search(text, "needle");
  assert.ok(found.text.includes("needle") && found.text.length < 600);
  assert.ok(found.text.isWellFormed());
});

Deno.test("searchText() finds what pieces of the kept text cut in two", () => {
  const line = `${"x".repeat(65_530)}needle\n`;
  const found = search(line.repeat(3), "needle");
  assert.equal(found.matches, 3);
  assert.equal(found.rest, undefined);
});

Deno.test("searchText() searches head and end where the middle was dropped", () => {
  const output = new BoundedText(10_000);
  for (let i = 0; i < 3_000; i++) output.append({ text: `line ${i}\n`, line: "" });
  const bounds = { offset: 0, context: 0, maxMatches: 20, maxChars: 20_000 };
  const words = searchWords("line 3|line 2999");
  const found = searchText(output, { ...bounds, words });
  assert.match(found.text, /^21:line 3$/m);
  assert.match(found.text, /^\d+:line 2999$/m);
});

Deno.test("searchWords() leaves out empty words", () => {
  assert.deepEqual(searchWords("|a|| B |"), ["a", " b "]);
  assert.deepEqual(searchWords(" | |"), []);
});

Deno.test("BoundedText.lastLinesStart() counts an unfinished line", () => {
  const text = new BoundedText();
  text.append({ text: "one\ntwo\n", line: "thr" });
  assert.deepEqual([1, 2, 3, 9].map((count) => text.lastLinesStart(count)), [8, 4, 0, 0]);
});
