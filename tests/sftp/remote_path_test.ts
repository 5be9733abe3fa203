import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import {
  directoryOf,
  isWindowsAbsolute,
  linkTarget,
  remotePath,
  shownPath,
  windowsPath,
} from "../../src/sftp/remote_path.ts";

Deno.test("remotePath() stands ~ for the login directory and leaves all else", () => {
  const table = [["~", "."], ["~/a b", "./a b"], ["~x/y", "~x/y"], ["a", "a"], [
    "/a/../b",
    "/a/../b",
  ]];
  for (const [given, path] of table) assert.equal(remotePath(given!), path);
  for (const bad of ["", "a\0b", "a\ud800b", "x".repeat(5_000)]) {
    assert.throws(() => remotePath(bad), InputError);
  }
});

Deno.test("directoryOf() and linkTarget() leave .. to the host", () => {
  const directories = [["/a/b", "/a"], ["/a", "/"], ["a", "."], ["a/b/", "a"], ["a//b", "a"]];
  for (const [path, directory] of directories) assert.equal(directoryOf(path!), directory);
  assert.equal(linkTarget("/a/link", "../b"), "/a/../b");
  assert.equal(linkTarget("/link", "b"), "/b");
  assert.equal(linkTarget("link", "/b"), "/b");
});

Deno.test("shownPath() escapes what is invisible or moves the cursor", () => {
  assert.equal(shownPath("/a b/ü"), "/a b/ü");
  assert.equal(shownPath("a\nb"), '"a\\nb"');
  assert.equal(shownPath("a\u202eb"), '"a\\u{202e}b"');
});

Deno.test("windowsPath() gives each form of a Windows path to its sftp server", () => {
  const table: readonly (readonly [given: string, path: string, isAbsolute: boolean])[] = [
    ["C:\\x", "/C:/x", true],
    ["c:/x y", "/c:/x y", true],
    ["C:", "/C:", true],
    ["\\\\server\\share\\f", "//server/share/f", true],
    ["/C:/x", "/C:/x", false],
    ["sub\\f.txt", "sub/f.txt", false],
    ["~\\f", "~/f", false],
    ["C:\\Users\\b/f", "/C:/Users/b/f", true],
  ];
  for (const [given, path, isAbsolute] of table) {
    assert.equal(windowsPath(given), path);
    assert.equal(isWindowsAbsolute(given), isAbsolute, given);
  }
});
