import assert from "node:assert/strict";
import { hasMoreMembers } from "../../../src/serve/http/json_members.ts";

const LIMIT = 100;
const many = Array.from({ length: LIMIT + 1 }, (_, n) => n);

for (
  const [name, value, isMore] of [
    ["a list", many, true],
    ["an object", Object.fromEntries(many.map((n) => [`k${n}`, n])), true],
    ["lists in lists", many.reduce<unknown>((inner) => [inner], 0), true],
    ["a text", { command: ",[{".repeat(LIMIT) }, false],
    ["a text with quotes and backslashes", { command: '\\",[{\\\\'.repeat(LIMIT) }, false],
    ["a list behind such a text", ['\\"\\', many], true],
    ["a short message", { a: [1, 2, 3] }, false],
  ] as const
) {
  Deno.test(`hasMoreMembers() counts those of ${name}`, () => {
    assert.equal(hasMoreMembers(JSON.stringify(value), LIMIT), isMore);
  });
}
