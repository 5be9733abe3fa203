import assert from "node:assert/strict";
import * as z from "zod";
import { coerceArguments } from "../../src/mcp/coerced_arguments.ts";

const SHAPE = {
  text: z.string().min(1).optional(),
  name: z.string().default("main"),
  count: z.int().default(1),
  seconds: z.number().optional(),
  flag: z.boolean().optional(),
  mode: z.union([z.number(), z.string()]).optional(),
  names: z.array(z.string()).optional(),
  edits: z.array(z.strictObject({ old: z.string(), all: z.boolean().default(Boolean(0)) }))
    .default([]),
};

const CASES: readonly (readonly [given: unknown, taken: unknown])[] = [
  [{ text: 8088 }, { text: "8088" }],
  [{ text: -1, name: true }, { text: "-1", name: "true" }],
  [{ count: "20" }, { count: 20 }],
  [{ seconds: " 0.5 " }, { seconds: 0.5 }],
  [{ flag: "true" }, { flag: true }],
  [{ flag: "False" }, { flag: false }],
  [{ text: null, count: null, flag: null, edits: null }, {}],
  [{ names: [1, true, "x"] }, { names: ["1", "true", "x"] }],
  [{ names: ' ["a", 1]' }, { names: ["a", "1"] }],
  [{ edits: [{ old: 8088, all: "true" }] }, { edits: [{ old: "8088", all: true }] }],
  [{ edits: '[{"old": "a", "all": null}]' }, { edits: [{ old: "a" }] }],
  [{ edits: { old: 8088 } }, { edits: [{ old: "8088" }] }],
  [{ edits: '{"old": "a"}' }, { edits: [{ old: "a" }] }],
];

for (const [given, taken] of CASES) {
  Deno.test(`coerceArguments() takes ${JSON.stringify(given)} as meant`, () => {
    assert.deepEqual(coerceArguments(given, SHAPE), taken);
  });
}

const KEPT: readonly unknown[] = [
  { text: 1.1 },
  { text: 2 ** 53 },
  { name: ["a"], count: {} },
  { names: "a" },
  { names: "[a" },
  { names: '{"a": 1}' },
  { edits: '"a"' },
  { edits: [null, "a"] },
  { edits: [{ old: null }] },
  { count: "" },
  { count: "1e3" },
  { count: "0x10" },
  { count: "12 apples" },
  { seconds: "Infinity" },
  { flag: "yes" },
  { flag: 1 },
  { mode: "0644" },
  { mode: 420 },
  { unknown: "1" },
  { constructor: 1 },
  [1],
  "text",
  null,
];

for (const given of KEPT) {
  Deno.test(`coerceArguments() leaves ${JSON.stringify(given)} for the schema to judge`, () => {
    assert.deepEqual(coerceArguments(given, SHAPE), given);
  });
}
