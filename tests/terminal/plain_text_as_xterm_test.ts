import assert from "node:assert/strict";
import { emulatedText, trimmed } from "../support/emulated_text.ts";
import { readAll } from "../support/plain_text_reader.ts";
import { Random } from "../support/random.ts";

const RECORDINGS = new URL("../fixtures/terminal/", import.meta.url);
/** Wide, so that xterm wraps nothing either. */
const WIDE = { columns: 1000, rows: 50 };

/** What programs write to a terminal that is full of older lines. */
const TOKENS: readonly string[] = [
  ...["word", "a", "x y", "   ", " ", "本", "lqk", "\t", "\0", "\r", "\r", "\b", "\r\n", "\r\n"],
  ...["\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[2P", "\x1b[3X", "\x1b[2@", "\x1b[M"],
  ...["\x1b[3D", "\x1b[2C", "\x1b[9G", "\x1b[G", "\x1b[5a", "\x1b[4`", "\x1b[I", "\x1b[Z"],
  ...["\x1b[A", "\x1b[3A", "\x1b[B", "\x1b[2B", "\x1b[2F", "\x1b[E", "\x1bM", "\x1bD", "\x1bE"],
  ...["\x1b[31m", "\x1b[0m", "\x1b]0;t\x07", "\x1b[?25l", "\x1b(0", "\x1b(B", "\x0b", "z\x1b[3b"],
  ...["\x1b[4h", "\x1b[4l", "\x1b7word\x1b[3A x\x1b8", "\x1b[?1049hx\r\ny\x1b[?1049l"],
];
/** What xterm and plain text agree to differ on, for which only the cuts must not matter. */
const MORE_TOKENS: readonly string[] = [
  ...[
    "\x1b[H",
    "\x1b[2J",
    "\x1b[3;5H",
    "\x1b[9d",
    "\x1b[2;8r",
    "\x1b7",
    "\x1b8",
    "\x1b[L",
    "\x1b[1J",
  ],
  ...[
    "\n",
    "\f",
    "e\u0301",
    "👩‍👩‍👧",
    "❤️",
    "👍🏽",
    "\x07",
    "\u009b2K",
    "\u0085",
    "\x1b",
    "\x1b[",
    "\x1b]",
  ],
  ...["\x1bP", "\x18", "\x0e", "\x1b)0", "\x1bc", "\x1b[?1049h", "\x1b[?1049l", "é", "\x7f", "%"],
  "y".repeat(5_000),
];

for (const { name } of Deno.readDirSync(RECORDINGS)) {
  if (!name.endsWith(".raw")) continue;
  Deno.test(`PlainText shows the ${name} recording as xterm does`, async () => {
    const stream = Deno.readTextFileSync(new URL(name, RECORDINGS));
    const shown = readAll([stream], WIDE);
    assert.equal(trimmed(shown), await emulatedText(stream, WIDE));
    assert.equal(readAll(new Random(1).cut(stream, 100), WIDE), shown);
  });
}

Deno.test("PlainText shows what xterm shows for any mix of functions", async () => {
  const size = { columns: 200, rows: 40 };
  const before = Array.from({ length: 60 }, (_, index) => `line ${index}\r\n`).join("");
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed);
    const stream = before + mix(random, TOKENS, 40);
    assert.equal(trimmed(readAll([stream], size)), await emulatedText(stream, size), told(stream));
  }
});

Deno.test("PlainText yields the same text wherever the stream is cut", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed);
    const stream = mix(random, [...TOKENS, ...TOKENS, ...MORE_TOKENS], 80);
    const size = { rows: random.pick([2, 5, 50]) };
    const shown = readAll([stream], size);
    assert.equal(readAll(random.cut(stream, 5), size), shown, told(stream));
    assert.equal(readAll(random.cut(stream, 5000), size), shown, told(stream));
  }
});

function mix(random: Random, tokens: readonly string[], length: number): string {
  return Array.from({ length: 1 + random.below(length) }, () => random.pick(tokens)).join("");
}

function told(stream: string): string {
  return JSON.stringify(stream.slice(-400));
}
