import assert from "node:assert/strict";
import { splitArguments, takeWord } from "../../../src/config/ssh_config/words.ts";

const splits: readonly (readonly [string, readonly string[] | undefined])[] = [
  ["a b\tc", ["a", "b", "c"]],
  ['"a b" c', ["a b", "c"]],
  ["'a b' c", ["a b", "c"]],
  ['a"b c"d', ["ab cd"]],
  ['""', [""]],
  ["a\\ b", ["a b"]],
  ["a\\\\b", ["a\\b"]],
  ["a\\nb", ["a\\nb"]],
  ["'a\\'b'", ["a'b"]],
  ['"a\\ b"', ["a\\ b"]],
  ["a # b", ["a"]],
  ["a#b", ["a#b"]],
  ['"#a"', ["#a"]],
  ["# a", []],
  ["", []],
  ['a "b', undefined],
  ["a 'b", undefined],
];

for (const [text, expected] of splits) {
  Deno.test(`splitArguments(${JSON.stringify(text)}) is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(splitArguments(text), expected);
  });
}

const firsts: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ["Port 22", "Port", "22"],
  ["Port=22", "Port", "22"],
  ["Port = 22", "Port", "22"],
  ["Port ==22", "Port", "=22"],
  ["Port\t22 23", "Port", "22 23"],
  ['"Port" 22', "Port", "22"],
  ['P"or t" 22', "Por t", "22"],
  [" Port 22", "", "Port 22"],
  ["Port", "Port", undefined],
  ['"Port 22', undefined, undefined],
];

for (const [text, word, rest] of firsts) {
  Deno.test(`takeWord(${JSON.stringify(text)}) takes ${JSON.stringify(word)}`, () => {
    assert.deepEqual(takeWord(text), { word, rest });
  });
}
