import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { encodeKeys } from "../../src/terminal/keys.ts";

const TYPED: readonly (readonly [keys: string, data: string])[] = [
  ["", ""],
  ["ls -l", "ls -l"],
  ["<ctrl-c>", "\x03"],
  ["<C-c><Ctrl+C><control-c>", "\x03\x03\x03"],
  ["<esc>:wq<enter>", "\x1b:wq\r"],
  ["<Escape><RETURN><cr><ret>", "\x1b\r\r\r"],
  ["<up><down><right><left><home><end>", "\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F"],
  ["<ctrl-left><shift-up><alt-down><ctrl-shift-end>", "\x1b[1;5D\x1b[1;2A\x1b[1;3B\x1b[1;6F"],
  ["<f1><f4><f5><f12>", "\x1bOP\x1bOS\x1b[15~\x1b[24~"],
  ["<shift-f1><ctrl-f5>", "\x1b[1;2P\x1b[15;5~"],
  ["<insert><delete><pageup><pagedown>", "\x1b[2~\x1b[3~\x1b[5~\x1b[6~"],
  ["<ins><del><PgUp><page-down><ctrl-delete>", "\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[3;5~"],
  ["<tab><shift-tab><backtab><alt-tab>", "\t\x1b[Z\x1b[Z\x1b\t"],
  ["<backspace><ctrl-backspace><alt-backspace>", "\x7f\b\x1b\x7f"],
  ["<space><ctrl-space><alt-space>", " \0\x1b "],
  ["<alt-x><alt-X><meta-shift-x><ctrl-alt-x>", "\x1bx\x1bX\x1bX\x1b\x18"],
  ["<ctrl-[><ctrl-\\><ctrl-]><ctrl-^><ctrl-_><ctrl-@><ctrl-?>", "\x1b\x1c\x1d\x1e\x1f\0\x7f"],
  ["<alt-->", "\x1b-"],
  ["<alt-é>", "\x1bé"],
  ["<shift-é><shift-enter><ctrl-enter>", "É\r\r"],
  ["<lt>b<gt>", "<b>"],
  ["<alt-lt>", "\x1b<"],
  ["a < b", "a < b"],
  ["a<b && c>d", "a<b && c>d"],
  ["cat <<EOF >x", "cat <<EOF >x"],
  ["<", "<"],
  ["<>", "<>"],
  ["<<esc>", "<\x1b"],
  ["one\ntwo\r\n", "one\rtwo\r"],
  ["ünï😀", "ünï😀"],
];

const UNKNOWN: readonly string[] = [
  "<1>",
  "<b>",
  "<foo>",
  "</div>",
  "<ctrl->",
  "<ctrl-é>",
  "<ctrl-foo>",
  "<shift-1>",
  "<f13>",
  "<enter",
];

Deno.test("encodeKeys() sends what an xterm keyboard sends", () => {
  for (const [keys, data] of TYPED) {
    assert.equal(encodeKeys(keys, { applicationCursorKeys: false }), data, keys);
  }
});

Deno.test("encodeKeys() sends SS3 for unmodified cursor keys in application mode", () => {
  const sent = encodeKeys("<up><home><ctrl-up><delete>", { applicationCursorKeys: true });
  assert.equal(sent, "\x1bOA\x1bOH\x1b[1;5A\x1b[3~");
});

Deno.test("encodeKeys() refuses an unknown key and lists the known ones", () => {
  for (const keys of UNKNOWN.slice(0, -1)) {
    const refused = (error: unknown): boolean =>
      error instanceof InputError && error.message.includes(keys) &&
      ["<enter>", "<pageup>", "<f12>", "<ctrl-c>", "<lt>"].every((each) =>
        error.advice.includes(each)
      );
    assert.throws(() => encodeKeys(keys, { applicationCursorKeys: false }), refused, keys);
  }
  assert.equal(encodeKeys(UNKNOWN.at(-1)!, { applicationCursorKeys: false }), "<enter");
});
