import assert from "node:assert/strict";
import { PlainText } from "../../src/terminal/plain_text.ts";
import { readAll } from "../support/plain_text_reader.ts";

type Table = readonly (readonly [input: string, shown: string])[];

const LINES: Table = [
  ["", ""],
  ["a\r\nb\nc", "a\nb\nc"],
  ["\r\n\r\n", "\n\n"],
  ["a\r\r\n", "a\n"],
  ["trailing  \r\n", "trailing  \n"],
  ["a<1>b & <ctrl-c>\r\n", "a<1>b & <ctrl-c>\n"],
  ["a\tb\r\n", "a\tb\n"],
  ["\t\ta\t\r\n", "\t\ta\t\n"],
  ["a\0b\x07c\x7fd\x05\r\n", "abcd\n"],
  ["a\fb", "a\n b"],
  ["e\u0301 👩‍👩‍👧 ❤️ 日本\r\n", "e\u0301 👩‍👩‍👧 ❤️ 日本\n"],
  ["\u0301a\ufeffb\u200b\n", "\u0301a\ufeffb\u200b\n"],
  ["a\u0085b\u0084c", "a\nb\n c"],
];

const REWRITES: Table = [
  ["10%\r20%\r100%\r\n", "100%\n"],
  ["100%\r20%\n", "20%%\n"],
  ["abc\b\bX\n", "aXc\n"],
  ["abc\b \b\b \b\n", "a\n"],
  ["wiped by blanks\r               \rdone\n", "done\n"],
  ["a b\ra b\n", "a b\n"],
  ["foo \rfoo \n", "foo\n"],
  ["a\tb\rX\n", "X\tb\n"],
  ["a\tb\rXY\n", "XY      b\n"],
  ["a\tb\r\tX\n", "a\tX\n"],
  ["ab\r\tX\n", "ab      X\n"],
  ["\b\b\ba", "a"],
  ["日本\rab\n", "ab本\n"],
  ["日本\ra\n", "a 本\n"],
  ["ab本\b\b界\n", "ab界\n"],
  ["👍🏽x\b\b\bok\n", "okx\n"],
  ["e\u0301x\ry\n", "yx\n"],
  ["abe\b\u0301\n", "ab\u0301e\n"],
];

const ON_THE_LINE: Table = [
  ["abc\x1b[2Dx\n", "axc\n"],
  ["abc\r\x1b[Cx\n", "axc\n"],
  ["abc\x1b[2Gx\n", "axc\n"],
  ["abc\x1b[2`x\n", "axc\n"],
  ["abc\r\x1b[1ax\n", "axc\n"],
  ["a\x1b[3Cb\n", "a   b\n"],
  ["abc\r\x1b[K\n", "\n"],
  ["abc\x1b[D\x1b[K\n", "ab\n"],
  ["abc\x1b[D\x1b[1K\n", "\n"],
  ["abcd\x1b[3D\x1b[1K\n", "  cd\n"],
  ["abc\x1b[2Kd\n", "   d\n"],
  ["abc\x1b[2K\rd\n", "d\n"],
  ["abcd\r\x1b[2P\n", "cd\n"],
  ["abcd\r\x1b[2X\n", "  cd\n"],
  ["abcd\r\x1b[2@xy\n", "xyabcd\n"],
  ["abcd\r\x1b[4hxy\x1b[4lz\n", "xyzbcd\n"],
  ["ab\x1b[3b\n", "abbbb\n"],
  ["x\x1b[999999999Cy", `x${" ".repeat(198)}y`],
  ["a\x1b[Ib\x1b[2Zc", "c       b"],
];

const REMOVED: Table = [
  ["\x1b[1;31mred\x1b[0m \x1b[38:2::1:2:3mrgb\x1b[m\n", "red rgb\n"],
  ["\x1b[01;31m\x1b[Kmatch\x1b[m\x1b[K\n", "match\n"],
  ["\x1b]0;title\x07a\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\\n", "alink\n"],
  ["\x1b]52;c;aGk=\x07\x1b]133;A\x07a\n", "a\n"],
  ["\x1bP1$r0m\x1b\\a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d\n", "abcd\n"],
  ["\u009b31mred\u009b0m\u009d0;t\u009ca\u0090q\u009cb\n", "redab\n"],
  ["\x1b(B\x1b)0\x1b[?25l\x1b[?2004h\x1b=\x1b>\x1b#8\x1b[!p\x1b[>c\x1b[6na\n", "a\n"],
  ["\x1b(0lqk\x1b(B tq\n", "┌─┐ tq\n"],
  ["a\x1b[3\x18b\x1b[3\x1ac\n", "abc\n"],
  ["\x1b[3é\n", "é\n"],
  ["\x1b[3\nmb\n", "\nb\n"],
  ["a\x1b\x1b[31mb\n", "ab\n"],
  ["unfinished\x1b[3", "unfinished"],
  ["unfinished\x1b]0;tit", "unfinished"],
];

const ROWS: Table = [
  ["1\n2\n3\n\x1b[2A\x1b[2Ktwo\r\x1b[2Bend", "1\ntwo\n3\nend"],
  ["1\n2\n\x1b[9Atop\n", "top\n2\n"],
  ["1\n2\x1bMx\n", "1x\n2"],
  ["1\n2\n3\x1b[2Fx", "x\n2\n3"],
  ["1\n2\n3\n\x1b[3A\x1b[Jnew\n", "new\n"],
  ["1\n2\n3\n\x1b[2A\x1b[Mb", "1\nb\n"],
  ["1\n2\n3\n\x1b[2A\x1b[Lb\n", "1\nb\n2\n3\n"],
  ["1\n\x1b7x\n\x1b8y\n", "1\ny\n"],
  ["1\n\x1b[sx\x1b[uy\n", "1\ny\n"],
];

const SCREENS: Table = [
  ["old\n\x1b[H\x1b[2J\x1b[3Jnew\n", "old\nnew\n"],
  ["old\x1b[2J\x1b[Hnew\n", "old\nnew\n"],
  ["old\x1bcnew\n", "old\nnew\n"],
  ["\x1b[H\x1b[Ja\nb\n\x1b[HA\n\x1b[2;2HB\n", "A\nbB\n"],
  ["\x1b[H\x1b[2Ja\n\x1b[4;3Hd", "a\n\n\n  d"],
  ["a\n\x1b[?1049h\x1b[H\x1b[2Jscreen\r\nfull\x1b[?1049lb\n", "a\nb\n"],
  ["a\n\x1b[?1h\x1b=\x1b[H\x1b[2Jtop\r\nrows\x1b[?1l\x1b>\r\nb\n", "a\n\nb\n"],
  ["a\x1b[?1hb\x1b[?1l\x1b[50;1H\nc\n", "ab\nc\n"],
  ["a\x1b[?47hx\n\x1b[?47lb\x1b[?1047hy\x1b[?1047lc\n", "abc\n"],
  ["a\n\x1b7\x1b[50;1Hstatus\x1b8b\n", "a\nb\n"],
  ["\n\x1b7\x1b[0;49r\x1b8\x1b[1Aa\n\x1b7\x1b[50;0fbar\x1b8b\n", "a\nb\n"],
];

Deno.test("PlainText ends lines as a terminal does and keeps what is printed", () => check(LINES));
Deno.test("PlainText resolves CR, backspace and tab rewrites", () => check(REWRITES));
Deno.test("PlainText interprets the functions of the current line", () => check(ON_THE_LINE));
Deno.test("PlainText removes what shows nothing", () => check(REMOVED));
Deno.test("PlainText rewrites lines above the cursor", () => check(ROWS));
Deno.test("PlainText keeps history through clears and drops the alternate screen", () => {
  check(SCREENS);
});

Deno.test("PlainText.write() yields finished lines and the unfinished one", () => {
  const plain = new PlainText();
  assert.deepEqual(plain.write("a\r\nb"), { text: "a\n", line: "b", rewound: 0 });
  assert.deepEqual(plain.write("c\r"), { text: "", line: "bc", rewound: 0 });
  assert.deepEqual(plain.write("\n"), { text: "bc\n", line: "", rewound: 0 });
  assert.equal(plain.end(), "");
});

Deno.test("PlainText.write() takes back only lines that changed", () => {
  const plain = new PlainText();
  plain.write("1\r\n2\r\n3\r\n");
  assert.deepEqual(plain.write("\x1b[3A\x1b[3B"), { text: "", line: "", rewound: 0 });
  assert.deepEqual(plain.write("\x1b[2A\x1b[2KX"), { text: "X\n3\n", line: "", rewound: 2 });
  assert.equal(plain.cursorLine, "X");
  assert.deepEqual(plain.write("\r\n\n4"), { text: "", line: "4", rewound: 0 });
});

Deno.test("PlainText hands out the head of an overlong line early and loses none of it", () => {
  const plain = new PlainText();
  let handedOut = "";
  let longest = 0;
  for (let index = 0; index < 300; index++) {
    const { text, line } = plain.write(`${index},`.padEnd(1000, "x"));
    handedOut += text;
    longest = Math.max(longest, line.length);
  }
  const last = plain.write("\r\nnext\r\n");
  assert.ok(longest < 32_768, `${longest}`);
  assert.equal((handedOut + last.text).length, 300_000 + "\nnext\n".length);
  assert.match(handedOut, /^0,x+1,x+2,/);
  assert.deepEqual(plain.write("\x1b[5AX"), { text: "Xext\n", line: "", rewound: 1 });
});

Deno.test("PlainText keeps a long line whole in one chunk as in many, rewritten or not", () => {
  const long = Array.from(
    { length: 30_000 },
    (_, index) => String.fromCodePoint(0x1f600 + index % 80),
  );
  for (const end of ["\r\n", "\rrewritten\r\n", "\b\b\x1b[K\r\n"]) {
    const stream = "ab\r" + long.join("") + end;
    assert.equal(readAll(stream.match(/[^]{1,997}/g)!), readAll([stream]));
  }
  assert.equal(readAll([long.join("")]), long.join(""));
});

function check(table: Table): void {
  for (const [input, shown] of table) {
    assert.equal(readAll([input]), shown, JSON.stringify(input));
    assert.equal(readAll(input.split("")), shown, `${JSON.stringify(input)} unit by unit`);
  }
}
