import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createDiffieHellman, getDiffieHellman } from "node:crypto";
import { BoundError } from "../../../src/transport/bound_error.ts";
import { boundGroupExchange } from "../../../src/transport/ssh2/group_exchange.ts";
import type { Ssh2Client, Ssh2KeyExchange } from "../../../src/transport/ssh2/ssh2_client.ts";

interface Exchange {
  readonly type: string;
  readonly groupName?: string;
  readonly _prime?: Buffer;
  readonly _generator?: Buffer;
  _dh?: { computeSecret(other: Buffer): Buffer; getPrivateKey(): Buffer };
  _public?: Buffer;
  generateKeys(): void;
}

const { prime, generator } = (() => {
  const group = getDiffieHellman("modp14");
  return { prime: group.getPrime(), generator: group.getGenerator() };
})();

/** An exchange that a client begins, bounded. */
function begin(parts: Omit<Exchange, "generateKeys">): Exchange {
  const exchange = { ...parts, generateKeys: () => assert.fail("not replaced") };
  const protocol: { _kex?: unknown } = {};
  boundGroupExchange({ _protocol: protocol } as unknown as Ssh2Client);
  protocol._kex = exchange as unknown as Ssh2KeyExchange;
  return exchange;
}

Deno.test("boundGroupExchange() makes a key of 512 bits that the other side agrees on", () => {
  for (
    const parts of [
      { type: "group", groupName: "modp14" },
      { type: "groupex", _prime: prime, _generator: generator },
    ]
  ) {
    const exchange = begin(parts);
    exchange.generateKeys();
    const first = exchange._public!;
    exchange.generateKeys();
    assert.equal(exchange._public, first);
    assert.equal(exchange._dh!.getPrivateKey().length, 64);
    const peer = createDiffieHellman(prime, generator);
    const shown = peer.generateKeys();
    assert.deepEqual(exchange._dh!.computeSecret(shown), peer.computeSecret(first));
  }
});

Deno.test("boundGroupExchange() refuses a group larger than was asked for", () => {
  const zero = Buffer.alloc(1);
  for (const bytes of [1_025, 4_096, 200_000]) {
    const large = Buffer.alloc(bytes, 0xff);
    for (const _prime of [large, Buffer.concat([zero, large])]) {
      const exchange = begin({ type: "groupex", _prime, _generator: generator });
      assert.throws(
        () => exchange.generateKeys(),
        (error) => error instanceof BoundError && /has \d+ bits, and 8192/.test(error.message),
      );
    }
  }
});

Deno.test("boundGroupExchange() leaves exchanges on curves alone", () => {
  const exchange = begin({ type: "25519" });
  assert.throws(() => exchange.generateKeys(), /not replaced/);
});
