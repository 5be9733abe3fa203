import assert from "node:assert/strict";
import { makeVisible } from "../../src/terminal/visible.ts";

const UNCHANGED: readonly string[] = [
  "",
  "plain\ttext\r\n",
  "a<1>b",
  "שלום عربي \u200f",
  "👩‍👩‍👧‍👦 ❤️ ❤️‍🔥 👍🏽 1️⃣ 🏳️‍🌈 🇩🇪",
  "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
  "می\u200cخواهم क्\u200dष",
  "\ufeffbom, zero\u200bwidth, word\u2060joiner",
  "葛\u{e0100}",
];

const ESCAPED: readonly (readonly [text: string, shown: string, count: number])[] = [
  ["a\u202eb\u202c", "a\\u{202e}b\\u{202c}", 2],
  ["\u2066x\u2069", "\\u{2066}x\\u{2069}", 2],
  ["\u{e0041}\u{e0042}", "\\u{e0041}\\u{e0042}", 2],
  ["🏴\u{e0067}\u{e0068}", "🏴\\u{e0067}\\u{e0068}", 2],
  ["x\u200b\u200c\u200bx", "x\u200b\\u{200c}\\u{200b}x", 2],
  ["😀\ufe0f\ufe01\u{e0101}", "😀\ufe0f\\u{fe01}\\u{e0101}", 2],
  ["\x1b[31m\x07\u009b", "\\u{1b}[31m\\u{7}\\u{9b}", 3],
  ["\ufff9a\u206a", "\\u{fff9}a\\u{206a}", 2],
];

Deno.test("makeVisible() leaves text, emoji and joined scripts as they are", () => {
  for (const text of UNCHANGED) assert.deepEqual(makeVisible(text), { text, count: 0 });
});

Deno.test("makeVisible() escapes what hides or reorders text, and counts it", () => {
  for (const [text, shown, count] of ESCAPED) {
    assert.deepEqual(makeVisible(text), { text: shown, count });
  }
});

Deno.test("makeVisible() replaces lone surrogates", () => {
  assert.deepEqual(makeVisible("a\ud800b\udc00"), { text: "a\ufffdb\ufffd", count: 0 });
});
