import assert from "node:assert/strict";
import { PeerServer } from "../../../src/serve/cluster/peer_server.ts";
import { Peers } from "../../../src/serve/cluster/peers.ts";
import { SealedBoxes } from "../../../src/serve/cluster/sealed.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { freePort } from "../../support/sshd.ts";

const SECRET = "s".repeat(32);

Deno.test("PeerServer takes peers whose date is within half a minute of its own", async () => {
  const clock = new FakeClock();
  const boxes = await SealedBoxes.of([SECRET]);
  const port = freePort();
  const server = new PeerServer({ hostname: "127.0.0.1", port }, {
    clock,
    me: "here",
    boxes,
    handle: () => Promise.resolve({ kind: "word", yes: true }),
  });
  const to = { id: "here", url: `http://127.0.0.1:${port}/` };
  const askedAt = async (peer: FakeClock, secret = SECRET): Promise<boolean | undefined> =>
    await new Peers(peer, await SealedBoxes.of([secret])).ask(to, { kind: "holds", caller: "a" });
  assert.ok(await askedAt(clock));
  // Of two machines one has slept: what it counts is behind, and its date is not.
  const slept = new FakeClock(clock.now() - 300_000);
  slept.dateAheadMs = 300_000;
  assert.ok(await askedAt(slept));
  for (const [aheadMs, word] of [[29_000, true], [-29_000, true], [31_000, undefined]] as const) {
    const skewed = new FakeClock();
    skewed.dateAheadMs = aheadMs;
    assert.equal(await askedAt(skewed), word, `${aheadMs}`);
  }
  assert.equal(await askedAt(clock, "t".repeat(32)), undefined);
  await clock.run(server[Symbol.asyncDispose]());
});
