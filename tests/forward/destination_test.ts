import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { isOwnLoopback, parseDestination } from "../../src/forward/destination.ts";

Deno.test("parseDestination() takes names and addresses with a port, and nothing else", () => {
  for (
    const [text, hostname, port] of [
      ["db:5432", "db", 5432],
      ["db.example.com.:1", "db.example.com", 1],
      ["10.0.0.1:65535", "10.0.0.1", 65_535],
      ["[::1]:80", "::1", 80],
    ] as const
  ) assert.deepEqual(parseDestination(text), { hostname, port });
  for (
    const text of [
      "db",
      "db:",
      ":80",
      "db:0",
      "db:65536",
      "db:+1",
      "::1:80",
      "a b:80",
      "-x:80",
      "db..:80",
      "u@db:80",
      "db\n:80",
      "[db:80",
      `${"a".repeat(254)}:80`,
    ]
  ) assert.throws(() => parseDestination(text), InputError, text);
});

Deno.test("isOwnLoopback() knows the host's own loopback, and no other spelling", () => {
  for (const name of ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "0:0::1"]) {
    assert.ok(isOwnLoopback(name), name);
  }
  for (const name of ["0.0.0.0", "127.1", "localhost.x", "::", "128.0.0.1", "2130706433"]) {
    assert.ok(!isOwnLoopback(name), name);
  }
});
