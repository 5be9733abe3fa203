import assert from "node:assert/strict";
import { repeatedKey } from "../../src/guard/repeated_key.ts";

const TABLE: readonly (readonly [json: string, key: string | undefined])[] = [
  ["{}", undefined],
  [`{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 2}]}`, undefined],
  [`{"a": "a", "b": "a: ", "c": "\\"b\\": 1"}`, undefined],
  [`{"a": 1, "a": 2}`, "a"],
  [`{"a" : 1, "\\u0061"\n: 2}`, "a"],
  [`[{"x": [{"mode": "deny", "name": "n", "mode": "allow"}]}]`, "mode"],
  [`{"__proto__": 1, "__proto__": 2}`, "__proto__"],
  [`{"a\\"": 1, "a\\"": 2}`, 'a"'],
  [`{"a": {"b": 1}, "c": [], "a": {}}`, "a"],
];

for (const [json, key] of TABLE) {
  Deno.test(`repeatedKey() of ${json}`, () => {
    JSON.parse(json);
    assert.equal(repeatedKey(json), key);
  });
}
