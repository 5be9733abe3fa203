import assert from "node:assert/strict";
import { endOfWords } from "../../../../src/shell/posix/frame.ts";
import { RepeatedWords } from "../../../../src/shell/posix/output/repeated_words.ts";

const ID = "0123456789ab";
const BEFORE = `builtin eval \${_${ID}-} 'printf x' ${endOfWords(ID)}`;
const BEHIND = `\\: "\${_mcp_ssh_01abs:=$?}" ${ID}`;
const TOLD = `builtin printf "\${_mcp_ssh_01abd-}" ${ID} /usr ${ID} 0 himBs`;

Deno.test("our words go, and what stands in one line with them stays", () => {
  const cases: readonly (readonly [printed: string, output: string])[] = [
    ["out\n", "out\n"],
    [`${BEFORE}\nout\n${BEHIND}\n${TOLD}\n`, "out\n"],
    [`[${BEFORE}][printf x]1+1[${BEHIND}][${TOLD}]`, "[][printf x]1+1["],
    [`[${BEFORE}]one\n[${BEHIND}]`, "[]one\n["],
    [`[${BEFORE}][printf x]x[${BEFORE}]y[${BEHIND}]`, "[][printf x]x[]y["],
    [
      `_mcp_ssh_01abr ${ID} ${endOfWords(ID)}\nbuiltin return "\${_${ID}-3}${
        endOfWords(ID)
      }"\none\n`,
      "one\n",
    ],
    [`(exit "\${_${ID}-3}${endOfWords(ID)}"); echo $?3\n`, " echo $?3\n"],
    [`[builtin eval \${_${ID}-} 'one\n`, ""],
    [`1+1+ : 3 ${ID}\n`, "1+1"],
    [`one\n+zsh:1> : 0 ${ID}\n`, "one\n"],
    [`\x1b]0;${BEFORE}\x07out`, "out"],
  ];
  for (const [printed, output] of cases) {
    assert.equal(new RepeatedWords(ID).without(printed), output, printed);
  }
});

Deno.test("the line of our last words goes as a whole, in however many parts it comes", () => {
  const words = new RepeatedWords(ID);
  const parts = ["one", `+zsh:1> : 0 ${ID}`, " rest", "\nbehind\n"];
  assert.equal(parts.map((part) => words.without(part)).join(""), "onebehind\n");
});
