import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { HashedName } from "../../../src/transport/host_key/hashed_name.ts";

Deno.test("HashedName hashes names of every length and script as node:crypto does", () => {
  const names = Array.from({ length: 200 }, (_, length) => "a.b-9[]:".repeat(25).slice(0, length));
  for (const name of [...names, "münchen.example", "例え.テスト", "x".repeat(1_000)]) {
    const hashed = new HashedName(name);
    for (let round = 0; round < 3; round++) {
      const salt = crypto.getRandomValues(new Uint8Array(20));
      const hash = new Uint8Array(createHmac("sha1", salt).update(name).digest());
      assert.ok(hashed.has(salt, hash), name);
      const bit = Math.floor(Math.random() * 160);
      hash[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(!hashed.has(salt, hash), `${name}, bit ${bit}`);
    }
  }
});
