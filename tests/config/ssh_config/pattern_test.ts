import assert from "node:assert/strict";
import {
  matchHostname,
  matchPattern,
  matchPatternList,
} from "../../../src/config/ssh_config/pattern.ts";

const patterns: readonly (readonly [string, string, "fits" | "differs"])[] = [
  ["web", "web", "fits"],
  ["web", "Web", "differs"],
  ["web", "we", "differs"],
  ["web", "*", "fits"],
  ["", "*", "fits"],
  ["", "?", "differs"],
  ["web", "w?b", "fits"],
  ["web", "w*b", "fits"],
  ["web", "***b", "fits"],
  ["web1.example.com", "web*.example.*", "fits"],
  ["ab", "*?*?", "fits"],
  ["a", "*?*?", "differs"],
  ["a.b", "a?b", "fits"],
  ["a[b]", "a[b]", "fits"],
  ["aab", "*ab", "fits"],
];

for (const [text, pattern, expected] of patterns) {
  Deno.test(`matchPattern("${text}", "${pattern}") ${expected}`, () => {
    assert.equal(matchPattern(text, pattern) ? "fits" : "differs", expected);
  });
}

const lists: readonly (readonly [string, string, string])[] = [
  ["web", "db,web", "matched"],
  ["web", "*,!web", "refused"],
  ["web", "!web,*", "refused"],
  ["web", "!db", "unmatched"],
  ["web", "!db,*", "matched"],
  ["web", "", "unmatched"],
  ["web", "db, web", "unmatched"],
];

for (const [text, list, expected] of lists) {
  Deno.test(`matchPatternList("${text}", "${list}") is ${expected}`, () => {
    assert.equal(matchPatternList(text, list), expected);
  });
}

Deno.test("matchHostname() does not mind case", () => {
  assert.equal(matchHostname("Web.Example", "WEB.*"), "matched");
});
