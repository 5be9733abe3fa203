import assert from "node:assert/strict";
import { Concealer } from "../../src/guard/concealer.ts";

const HOSTS = 1_000;

Deno.test("Concealer.learn() counts one secret of many hosts once, and bounds what it keeps", () => {
  const concealer = new Concealer({});
  const secret = (n: number): string => `secret-${n}-${"x".repeat(300)}`;
  for (let n = 0; n < 3; n++) {
    for (let host = 0; host < HOSTS; host++) concealer.learn(`web${host}`, secret(n));
  }
  const last = `web${HOSTS - 1}`;
  assert.equal(concealer.redactor(last).apply(`is ${secret(2)}`), "is [redacted]");
  assert.throws(() => {
    for (let n = 3;; n++) concealer.learn("web0", secret(n));
  }, /512 \* 1024|524288 characters/);
});
