import assert from "node:assert/strict";
import { quoteFish, quotePosix, quoteWord } from "../../../src/shell/posix/quoting.ts";
import { mustRun } from "../../support/command.ts";

const CONTROLS = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join("") + "\x7f";

const TEXTS: Readonly<Record<string, string>> = {
  "nothing": "",
  "a word": "word",
  "quotes": `'"\`'''"\\'`,
  "what shells expand": "$HOME ${x} $(id) `id` ~ * ? [a-z] {a,b} !! !x ^a^b # ; & | < > \\ \\\\",
  "blanks": "  a   b  ",
  "lines": "a\nb\n\n  c\n",
  "a last backslash": "echo a \\",
  "backslash and line feed": "a\\\nb",
  "every control character": `a${CONTROLS}b${CONTROLS.split("").join("x")}c`,
  "controls between quotes": "'\x03'\x1b'\t'\n'",
  "other scripts": "é ü 日本語 😀 👨‍👩‍👧 e\u0301 \u202e \u00a0 \ufeff",
  "a long line": `${"0123456789abcdef".repeat(1_000)}'"$`,
  "a long line of other scripts": "é日😀".repeat(2_000),
  "many lines": Array.from({ length: 500 }, (_, i) => `line ${i} 'x' "y"`).join("\n"),
  "a long run of quotes": "'".repeat(3_000),
  "a long run of controls": "\x01\t".repeat(1_500),
};

const encoder = new TextEncoder();

function longestLine(word: string): number {
  return Math.max(...word.split("\n").map((line) => encoder.encode(line).length));
}

function controlsIn(word: string): string {
  return [...word].filter((character) => character < " " || character === "\x7f").join("");
}

// A trailing line feed would be lost in a command substitution; an end mark keeps it.
async function readBy(argv: readonly [string, ...string[]], script: string): Promise<string> {
  return (await mustRun(argv, { stdin: script })).slice(0, -1);
}

for (const [what, text] of Object.entries(TEXTS)) {
  Deno.test(`quotePosix() stands for ${what} in shells with $'…'`, async () => {
    const word = quotePosix(text, "ansi-c");
    for (const shell of ["bash", "zsh", "ksh93", "mksh", "zsh -o rcquotes"]) {
      const [program = "", ...args] = shell.split(" ");
      assert.equal(await readBy([program, ...args], `printf '%s.' ${word}\n`), text, shell);
    }
    assert.deepEqual(controlsIn(word).replaceAll("\n", ""), "");
  });

  Deno.test(`quotePosix() stands for ${what} in a plain POSIX shell`, async () => {
    const word = quotePosix(text, "printf");
    assert.equal(await readBy(["dash"], `printf '%s.' ${word}\n`), text);
    assert.deepEqual(controlsIn(word).replaceAll(/[\t\n]/g, ""), "");
  });

  Deno.test(`quotePosix() keeps the lines of ${what} below a terminal's limit`, () => {
    assert.ok(longestLine(quotePosix(text, "ansi-c")) <= 1_000);
    assert.ok(longestLine(quotePosix(text, "printf")) <= 1_000);
  });

  Deno.test(`quoteFish() stands for ${what} in fish`, async () => {
    const word = quoteFish(text);
    assert.equal(await readBy(["fish", "--no-config"], `printf '%s.' ${word}\n`), text);
    assert.equal(controlsIn(word), "");
  });

  Deno.test(`quoteWord() stands for ${what} in one argument of sh`, async () => {
    const word = quoteWord(text);
    assert.equal((await mustRun(["sh", "-c", `printf '%s.' ${word}`])).slice(0, -1), text);
  });
}
