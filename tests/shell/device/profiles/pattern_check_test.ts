import assert from "node:assert/strict";
import {
  findPatternFault,
  PATTERN_BUDGET_MS,
} from "../../../../src/shell/device/profiles/pattern_check.ts";
import { BUILT_IN_PROFILES } from "../../../../src/shell/device/profiles/profile_table.ts";

const now = (): number => performance.now();

const SLOW = [
  "(a+)+b",
  "^(a|a)*b",
  "^(\\w+\\s?)+:",
  "^foo(?:[\\w-]+)+>",
  "^(?<host>(?:\\w|\\d)+)>",
  "\\w*\\w*\\w*\\w*\\w*#",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
  "^x(?:.*,)*y",
];

for (const source of SLOW) {
  Deno.test(`findPatternFault() refuses ${source} in time`, () => {
    const from = now();
    assert.match(findPatternFault(source, { now }) ?? "", /takes more than 10 ms/);
    assert.ok(now() - from < 5000);
  });
}

Deno.test("findPatternFault() refuses what is no pattern or too long", () => {
  assert.match(findPatternFault("a(", { now }) ?? "", /not a regular expression/);
  assert.match(findPatternFault("(?<a>x)(?<a>y)", { now }) ?? "", /not a regular expression/);
  assert.match(findPatternFault("x".repeat(1001), { now }) ?? "", /longer than 1000/);
});

Deno.test("findPatternFault() accepts every pattern of the built-in profiles", () => {
  assert.equal(PATTERN_BUDGET_MS, 10);
  const patterns = BUILT_IN_PROFILES.flatMap((profile) => [
    ...profile.prompts.map(({ match }) => match),
    ...profile.pagers.map(({ match }) => match),
    ...profile.login.map(({ match }) => match),
    ...profile.headers,
    ...profile.errors,
    ...profile.textInput,
    ...Object.values(profile.detect).filter((value) => value instanceof RegExp),
    ...Object.values(profile.enable ?? {}).filter((value) => value instanceof RegExp),
  ]);
  for (const { source, flags } of new Set(patterns)) {
    assert.equal(findPatternFault(source, { now, flags }), undefined, source);
  }
});
