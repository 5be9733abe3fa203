import assert from "node:assert/strict";
import { secretLines } from "../../../src/shell/posix/secret_reading.ts";

Deno.test("secretLines() types no control character and no long line", () => {
  assert.equal(secretLines("plain"), ".plain\n");
  assert.equal(secretLines("a\nb\tc\x03\n"), "+a\n=b\nc011\n=c\nc003\n+\n.\n");
  const lines = secretLines("\u{1f600}".repeat(1_000)).split("\n");
  const sizes = lines.map((line) => new TextEncoder().encode(line).length);
  assert.ok(Math.max(...sizes) <= 901 && lines.length < 8);
});
