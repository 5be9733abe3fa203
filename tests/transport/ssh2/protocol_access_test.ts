import assert from "node:assert/strict";
import { takeWindowAdjustment } from "../../../src/transport/ssh2/protocol_access.ts";
import type { Ssh2Channel } from "../../../src/transport/ssh2/ssh2_client.ts";

const KIB = 1024;

Deno.test("takeWindowAdjustment() tops a window up once half of it is used", () => {
  const incoming = { window: 256 * KIB };
  const channel = { incoming } as unknown as Ssh2Channel;
  assert.equal(takeWindowAdjustment(channel, 256 * KIB), 0);
  incoming.window -= 127 * KIB;
  assert.equal(takeWindowAdjustment(channel, 256 * KIB), 0);
  incoming.window -= KIB;
  assert.equal(takeWindowAdjustment(channel, 256 * KIB), 128 * KIB);
  assert.equal(incoming.window, 256 * KIB);
  // A far end may send a little beyond the window.
  incoming.window = -KIB;
  assert.equal(takeWindowAdjustment(channel, 256 * KIB), 257 * KIB);
});
