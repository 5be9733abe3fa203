import assert from "node:assert/strict";
import { printableKeys, resettingLine } from "../../../../src/shell/posix/readers/terminal_keys.ts";

const LISTED =
  "speed 38400 baud; rows 24; columns 80; line = 0; intr = ^C; quit = ^\\; erase = ^?; " +
  "kill = ^U; eof = ^D; eol = <undef>; eol2 = M-^?; susp = ^Z; min = 1; time = 0; -parenb cs8";

Deno.test("printableKeys() finds the characters that cannot be typed, and no numbers", () => {
  assert.equal(printableKeys(LISTED.split(" ")), "");
  const odd = LISTED.replace("^C", "x").replace("^?;", "^;").replace("<undef>", "<")
    .replace("^U", ";").replace("^Z", " ").split(/ +/);
  assert.equal(printableKeys(odd), "x^;< ");
});

Deno.test("resettingLine() has none of the keys", () => {
  assert.equal(resettingLine(""), undefined);
  for (const keys of ["x", "e", "stay", "7'\"$", " "]) {
    const line = resettingLine(keys)!;
    assert.ok([...keys].every((key) => !line.includes(key)), line);
  }
  assert.equal(resettingLine("e1 "), undefined);
});
