import assert from "node:assert/strict";
import { type Found, MultiSearch } from "../../src/config/multi_search.ts";
import { Random } from "../support/random.ts";

function all(patterns: readonly string[], text: string): readonly Found[] {
  const found: Found[] = [];
  new MultiSearch(patterns).scan(text, (one) => void found.push(one) === undefined && false);
  return found;
}

Deno.test("MultiSearch.scan() finds every occurrence that indexOf finds", () => {
  const random = new Random(7);
  const word = (length: number): string =>
    Array.from({ length }, () => random.pick(["a", "b", "\u{e9}"])).join("");
  for (let round = 0; round < 200; round++) {
    const patterns = [
      ...new Set(Array.from({ length: 6 }, () => word(1 + random.below(5)))),
    ];
    const text = word(60);
    const expected = patterns.flatMap((pattern, index) => {
      const places: Found[] = [];
      for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
        places.push({ index, start: at, end: at + pattern.length });
      }
      return places;
    });
    const order = (a: Found, b: Found): number => a.end - b.end || a.start - b.start;
    assert.deepEqual([...all(patterns, text)].sort(order), expected.sort(order));
  }
});

Deno.test("MultiSearch.scan() looks at one occurrence for each unit, whatever the patterns share", () => {
  const patterns = Array.from({ length: 500 }, (_, n) => "a".repeat(n + 1));
  let taken = 0;
  new MultiSearch(patterns).scan("a".repeat(10_000), () => ++taken > 0);
  assert.equal(taken, 10_000);
});

Deno.test("MultiSearch finds no empty pattern", () => {
  assert.deepEqual(all(["", "b"], "abc"), [{ index: 1, start: 1, end: 2 }]);
});

Deno.test("MultiSearch.openEnd() counts what at the end may still become a pattern", () => {
  const search = new MultiSearch(["hunter2", "terra"]);
  const table: readonly (readonly [string, number])[] = [
    ["the hunt", 4],
    ["the hunter2", 0],
    ["hunter", 6],
    ["winter", 3],
    ["none", 0],
  ];
  for (const [text, length] of table) assert.equal(search.openEnd(text), length, text);
});
