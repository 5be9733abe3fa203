import assert from "node:assert/strict";
import { WholeLines } from "../../../src/mcp/stdio/whole_lines.ts";

function texts(lines: WholeLines, ...chunks: string[]): (string | undefined)[] {
  return chunks.map((chunk) => {
    const taken = lines.take(new TextEncoder().encode(chunk));
    return taken && new TextDecoder().decode(taken);
  });
}

Deno.test("WholeLines.take() gives nothing but whole lines, however they are cut", () => {
  assert.deepEqual(
    texts(new WholeLines(100), "one", " and", " half\ntw", "o\nthree\n", "\n", "rest"),
    [undefined, undefined, "one and half\n", "two\nthree\n", "\n", undefined],
  );
});

Deno.test("WholeLines.take() refuses an endless line", () => {
  assert.throws(() => texts(new WholeLines(5), "123", "456"), /longer than 5 bytes/);
});
