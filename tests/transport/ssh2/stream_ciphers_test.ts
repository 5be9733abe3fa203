import assert from "node:assert/strict";
import crypto from "node:crypto";
import "../../../src/transport/ssh2/ssh2_client.ts";

Deno.test("finishStreamCiphers() leaves node:crypto as it was once ssh2 is loaded", () => {
  const cipher = crypto.createCipheriv("chacha20", new Uint8Array(32), new Uint8Array(16));
  const halves = [cipher.update(new Uint8Array(3)), cipher.update(new Uint8Array(5))];
  cipher.final();
  const whole = crypto.createCipheriv("chacha20", new Uint8Array(32), new Uint8Array(16));
  const expected = whole.update(new Uint8Array(8));
  whole.final();
  assert.deepEqual(Uint8Array.from(halves.flatMap((half) => [...half])), Uint8Array.from(expected));
});
