import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { fileKind, octal, parsePermissions } from "../../src/sftp/permissions.ts";

Deno.test("parsePermissions() reads octal text and plain numbers", () => {
  const table: readonly (readonly [number | string, number])[] = [
    [420, 0o644],
    ["0644", 0o644],
    ["644", 0o644],
    ["0o755", 0o755],
    ["04755", 0o4755],
    [0, 0],
    [511, 0o777],
  ];
  for (const [given, mode] of table) assert.equal(parsePermissions(given), mode, `${given}`);
});

Deno.test("parsePermissions() refuses what may mean something else", () => {
  for (const given of [644, 755, 600, -1, 4.5, "u=rw", "888", "77777", "", "rw-r--r--"]) {
    assert.throws(() => parsePermissions(given), InputError, `${given}`);
  }
});

Deno.test("fileKind() and octal() read st_mode", () => {
  assert.equal(fileKind(0o100644), "file");
  assert.equal(fileKind(0o010644), "fifo");
  assert.equal(fileKind(undefined), "unknown");
  assert.equal(octal(0o104755), "4755");
  assert.equal(octal(0o100044), "0044");
});
