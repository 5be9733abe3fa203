import assert from "node:assert/strict";
import { countBeyondAscii, showExactly } from "../../src/guard/shown_exactly.ts";

const TABLE: readonly (readonly [text: string, shown: string])[] = [
  ["rm -rf /srv\nls 'a b'", "rm -rf /srv\nls 'a b'"],
  ["a\rb\tc\0\x1b[2K", "a\\u{d}b\\u{9}c\\u{0}\\u{1b}[2K"],
  ["\u202etxt.exe", "\\u{202e}txt.exe"],
  ["a\u200bb\ufe0f\u00a0c\u3000", "a\\u{200b}b\\u{fe0f}\\u{a0}c\\u{3000}"],
  ["\u2028\u2029\u0085", "\\u{2028}\\u{2029}\\u{85}"],
  ["\u{e0041}\ud800", "\\u{e0041}\\u{d800}"],
  ["\\u{202e}", "\\u{5c}u{202e}"],
  [`ls${" ".repeat(80)}; rm x`, "ls\\u{20}(×80); rm x"],
  [`ls${"\n".repeat(50)}rm x`, "ls\n\\u{a}(×49)\nrm x"],
  ["größe 你好", "größe 你好"],
];

for (const [text, shown] of TABLE) {
  Deno.test(`showExactly() of ${JSON.stringify(text)}`, () => {
    assert.equal(showExactly(text), shown);
  });
}

Deno.test("countBeyondAscii() counts letters that may look like others", () => {
  assert.equal(countBeyondAscii("rm /\u0430pp"), 1);
  assert.equal(countBeyondAscii("rm /app\u{1f600}"), 1);
});
