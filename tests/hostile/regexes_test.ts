import assert from "node:assert/strict";
import { sourceFiles } from "../support/source_file.ts";
import { shortTimeOf } from "../config/timing.ts";
import { regexesOf } from "../support/regex_source.ts";
import { adversarialTexts } from "./adversarial_text.ts";

const SHORTEST = 12;
const SHORT = 1_000;
const MIDDLE = 10_000;
const LONG = 100_000;
/** Ten times the text may take thirty times as long; what is quadratic takes a hundred. */
const GROWTH = 30;
/** As many steps of a scan as 10,000 characters need, on a slow machine. */
const NOTABLE_MS = 2;
const SLOW_MS = 20;
/** An expression is slow each time; a busy machine is not. */
const AGAIN = [1, 2, 3, 4, 5];

Deno.test("every regular expression of src takes linear time on hostile text", () => {
  const slow: string[] = [];
  for (const { path } of sourceFiles("src")) {
    for (const { place, regex } of regexesOf(path).found) {
      const text = slowestText(regex);
      if (text !== undefined) slow.push(`${place} ${regex} on ${text}`);
    }
  }
  assert.deepEqual(slow, []);
});

/** Faults that stood in this program once, and what each takes. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  "exponential in quoted arguments":
    /\bsudo(?:\s+(?:-[AbE]+|-[AbE]*[Cgu]\s*(?:"[^"]*"|'[^']*'|\S+)|\w+=\S*))*\s+-S/,
  "quadratic in blanks": /^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/,
  "quadratic in blanks at the end": / {20,}$/,
  "cubic in blanks": /\s*[\r\n]+\s*$/,
  "exponential in nested quantifiers": /^(?:\w+\s?)+$/,
};

Deno.test("adversarialTexts() finds what takes more than linear time", () => {
  for (const [fault, regex] of Object.entries(FAULTS)) assert.ok(slowestText(regex), fault);
});

/** The beginning of a text that takes an expression more than linear time. */
function slowestText(regex: RegExp): string | undefined {
  for (const textOf of adversarialTexts(regex)) {
    let short = 0;
    for (let length = SHORTEST; length <= SHORT; length = Math.ceil(length * growthAfter(short))) {
      short = msOf(regex, textOf(length));
      const isSlow = (): boolean => msOf(regex, textOf(length)) > SLOW_MS;
      if (short > SLOW_MS && AGAIN.every(isSlow)) return shown(textOf(length));
    }
    if (msOf(regex, textOf(MIDDLE)) < NOTABLE_MS) continue;
    if (AGAIN.every(() => growsFast(regex, textOf, short))) return shown(textOf(MIDDLE));
  }
  return undefined;
}

/** Whether ten times the text takes far more than ten times as long. */
function growsFast(regex: RegExp, textOf: (length: number) => string, shortMs: number): boolean {
  const middle = msOf(regex, textOf(MIDDLE));
  const limitMs = GROWTH * middle;
  return middle > GROWTH * Math.max(shortMs, 0.02) ||
    msOf(regex, textOf(LONG), limitMs) > limitMs;
}

/**
 * How much longer the next text may be. Of exponential time the exponent grows with the length: from
 * 2^n steps of a nanosecond, n being nine for what no clock shows, it may come to 2^31, two seconds.
 */
function growthAfter(ms: number): number {
  return 31 / Math.max(9, Math.log2(ms * 1e6));
}

function shown(text: string): string {
  return `${JSON.stringify(text.slice(0, 30))} … ${JSON.stringify(text.slice(-3))}`;
}

/** The time of one search, tried again while it is over the limit. */
function msOf(regex: RegExp, text: string, limitMs = NOTABLE_MS): number {
  return shortTimeOf(() => void regex.test(text), { limitMs });
}
