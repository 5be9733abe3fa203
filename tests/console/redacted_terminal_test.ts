import assert from "node:assert/strict";
import { RedactedTerminal } from "../../src/console/redacted_terminal.ts";
import { Redactor } from "../../src/jobs/redactor.ts";
import { Secrets } from "../../src/jobs/secrets.ts";

const SECRET = "correct-horse-battery";
const MASK = "[redacted]***********";

function shown(chunks: readonly string[], secret = SECRET): string {
  const secrets = new Secrets();
  secrets.add(secret);
  const terminal = new RedactedTerminal(new Redactor(secrets));
  return chunks.map((chunk) => terminal.feed(chunk)).join("");
}

Deno.test("RedactedTerminal puts something as wide in the place of a secret", () => {
  assert.equal(shown([`a ${SECRET} b\r\n`]), `a ${MASK} b\r\n`);
  assert.equal(shown(["p\u6f22\u6f22swd."], "p\u6f22\u6f22swd"), "[redacte.");
});

Deno.test("RedactedTerminal finds a secret that is cut anywhere, or coloured in parts", () => {
  const line = `a ${SECRET} b\r\n`;
  for (let at = 0; at <= line.length; at++) {
    const text = shown([line.slice(0, at), line.slice(at)]);
    assert.ok(!text.includes("battery"), text);
    if (at > 6) assert.equal(text, `a ${MASK} b\r\n`);
  }
  const byOne = shown([...line]);
  assert.equal(byOne.length, line.length);
  assert.ok(!byOne.includes("horse"));
  const coloured = shown([`\x1b[31mcorrect\x1b[0m-\x1b]0;t\x07horse\x1b[2;1H-battery!\r\n`]);
  assert.ok(!/horse|battery/.test(coloured), coloured);
  assert.ok(coloured.includes("\x1b[2;1H"));
});

Deno.test("RedactedTerminal loses nothing of other output", () => {
  const text = "\x1b[1mcorr\x1b[0m\x1bPq#0\x1b\\ corre \x1b(B ok\x1b[K\r\n\u{1f600}\x1b";
  assert.equal(shown([...text].concat("[m\r\n")), `${text}[m\r\n`);
});

Deno.test("RedactedTerminal drops a control string that holds a secret, cut anywhere", () => {
  for (const [start, end] of [["\x1b]0;", "\x07"], ["\x1bP", "\x1b\\"], ["\x1b_", "\x1b\\"]]) {
    const text = `a${start}of ${SECRET}${end}b\r\n`;
    for (let at = 0; at <= text.length; at++) {
      assert.equal(shown([text.slice(0, at), text.slice(at)]), "ab\r\n");
    }
    assert.equal(shown([...`a${start}title${end}b\r\n`]), `a${start}title${end}b\r\n`);
    const long = `a${start}${"x".repeat(9_000)}${SECRET}${end}b\r\n`;
    assert.equal(shown(long.match(/.{1,700}[^]{0,2}/g)!), "ab\r\n");
  }
});
