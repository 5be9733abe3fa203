import assert from "node:assert/strict";
import { withoutPrompts } from "../../../src/mcp/command/typed_lines.ts";

const CASES: readonly (readonly [prompt: string, typed: string, text: string, shown: string])[] = [
  [">>> ", "def f(x):\n  return x+1\n\nf(3)", "... ... >>> 4\n>>> ", "4\n>>> "],
  [
    "sqlite> ",
    "create table t(\n a);\nselect 1;",
    "   ...> \nsqlite> \n1\nsqlite> ",
    "1\nsqlite> ",
  ],
  ["shop=# ", "select 1\n;", "shop-# 1\nshop=# ", "1\nshop=# "],
  ["mysql> ", "select 1\n;", "    -> 1\nmysql> ", "1\nmysql> "],
  ["> ", "f(\n1)", "... 1\n> ", "1\n> "],
  ["(Pdb) ", "n\np x", "(Pdb) 3\n(Pdb) ", "3\n(Pdb) "],
  // No more of them than lines: the rest is output.
  [">>> ", "a()\nb()", ">>> >>> >>> kept\n>>> ", ">>> kept\n>>> "],
  [">>> ", "print('... x')", "... x\n>>> ", "... x\n>>> "],
  ["Name: ", "a\nb", "... x\n> y\n", "... x\n> y\n"],
  ["", "1+1", "\n2\n", "2\n"],
  ["", "1+1\n2+2", "\n\n2\n4\n", "2\n4\n"],
  ["", "", "\n2\n", "\n2\n"],
  ["", "x", "\n", ""],
];

Deno.test("withoutPrompts() leaves out what a program prints for each typed line", () => {
  for (const [prompt, typed, text, shown] of CASES) {
    const found = withoutPrompts(text, { prompt, lines: typed.split("\n"), isEnded: false });
    assert.equal(found, shown, JSON.stringify([prompt, typed]));
  }
});

Deno.test("withoutPrompts() keeps an empty line of the output behind an answered question", () => {
  const typed = { prompt: "Name: ", lines: ["Ann"], isEnded: true };
  assert.equal(withoutPrompts("\ndone\n", typed), "\ndone\n");
});
