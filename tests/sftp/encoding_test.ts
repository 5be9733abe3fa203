import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { fileEncoding } from "../../src/sftp/encoding.ts";

const bytes256 = Uint8Array.from({ length: 256 }, (_, index) => index);

Deno.test("fileEncoding() writes back what it read, byte for byte", () => {
  for (const name of ["base64", "hex", "latin1", "ISO-8859-1", "windows-1252", "koi8-r"]) {
    const encoding = fileEncoding(name);
    const { text, usedBytes, invalidCount } = encoding.decode(bytes256, { hasMore: false });
    assert.deepEqual([usedBytes, invalidCount], [256, 0], name);
    assert.deepEqual(encoding.encode(text), bytes256, name);
  }
  const text = "\ufeffaé日🙂\r\n\0";
  for (const name of ["utf-8", "UTF8", "utf-16le", "utf-16be", "utf_16"]) {
    const encoding = fileEncoding(name);
    assert.equal(encoding.decode(encoding.encode(text), { hasMore: false }).text, text, name);
  }
});

Deno.test("fileEncoding() keeps the beginning of a character for the next range", () => {
  const table: readonly (readonly [name: string, hex: string, used: number])[] = [
    ["utf-8", "61", 1],
    ["utf-8", "61c3", 1],
    ["utf-8", "61e697", 1],
    ["utf-8", "f09f99", 0],
    ["utf-8", "f09f9982", 4],
    ["utf-8", "61ff", 2],
    ["utf-8", "6180", 2],
    ["utf-8", "c0", 1],
    ["utf-16le", "610062", 2],
    ["utf-16le", "61003dd8", 2],
    ["utf-16be", "0061d83d", 2],
    ["latin1", "c3", 1],
  ];
  for (const [name, hex, used] of table) {
    const bytes = Uint8Array.fromHex(hex);
    assert.equal(fileEncoding(name).decode(bytes, { hasMore: true }).usedBytes, used, hex);
    const whole = fileEncoding(name).decode(bytes, { hasMore: false });
    assert.equal(whole.usedBytes, bytes.length, hex);
  }
});

Deno.test("fileEncoding() counts what is not of the encoding, and only that", () => {
  const decode = (name: string, hex: string): number =>
    fileEncoding(name).decode(Uint8Array.fromHex(hex), { hasMore: false }).invalidCount;
  assert.equal(decode("utf-8", "61efbfbd62"), 0);
  assert.equal(decode("utf-8", "efbfbdffefbfbd80"), 2);
  assert.equal(decode("utf-8", "eda080"), 3);
  assert.equal(decode("ascii", "61ff80"), 2);
  assert.equal(decode("utf-16le", "00d8"), 1);
});

Deno.test("fileEncoding() takes base64 and hex as people paste them", () => {
  const encode = (name: string, text: string): string =>
    new TextDecoder().decode(fileEncoding(name).encode(text));
  assert.equal(encode("base64", "aGVs\nbG8=\n"), "hello");
  assert.equal(encode("base64", "aGVsbG8"), "hello");
  assert.equal(encode("hex", "68 65 6C\n6c6f"), "hello");
  assert.deepEqual(fileEncoding("base64").encode("-_-_"), Uint8Array.fromHex("fbffbf"));
});

Deno.test("fileEncoding() refuses what it cannot say, and what it does not know", () => {
  const refused: readonly (readonly [name: string, text: string, words: RegExp])[] = [
    ["ascii", "aé", /U\+00E9/],
    ["latin1", "€", /U\+20AC/],
    ["windows-1252", "日", /U\+65E5/],
    ["base64", "a*b=", /not base64/],
    ["base64", "abcde", /wrong length/],
    ["hex", "abc", /not hex/],
    ["utf-8", "\ud800", /lone surrogate/],
    ["shift_jis", "a", /cannot be written as shift_jis/],
  ];
  for (const [name, text, words] of refused) {
    assert.throws(() => fileEncoding(name).encode(text), (error: InputError) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, words);
      return true;
    });
  }
  assert.throws(() => fileEncoding("klingon"), /There is no encoding "klingon"/);
});
