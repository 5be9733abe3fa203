import assert from "node:assert/strict";
import { ChannelRoom } from "../../src/transport/channel_room.ts";
import { FakeClock } from "../support/fake_clock.ts";

class Full extends Error {}

interface FarEnd {
  readonly clock: FakeClock;
  readonly seen: { asked: number };
  readonly room: ChannelRoom;
  readonly open: () => Promise<string>;
}

/** A far end that grants openings from the `grants`th on (1 is the first). */
function farEnd(grants: number): FarEnd {
  const clock = new FakeClock();
  const seen = { asked: 0 };
  return {
    clock,
    seen,
    room: new ChannelRoom(clock, (error) => error instanceof Full),
    open: () => ++seen.asked < grants ? Promise.reject(new Full()) : Promise.resolve("channel"),
  };
}

Deno.test("ChannelRoom tells a refusal at once where nothing is idle and nothing went", async () => {
  const { room, open, seen } = farEnd(2);
  await assert.rejects(room.open(open, undefined), Full);
  assert.equal(seen.asked, 1);
});

Deno.test("ChannelRoom asks again while a channel that went may still be counted", async () => {
  const { room, open, clock } = farEnd(9);
  room.enter("staying")();
  assert.equal(await clock.run(room.open(open, undefined)), "channel");
});

Deno.test("ChannelRoom tells the refusal two seconds after the last channel went", async () => {
  const { room, open, clock } = farEnd(Infinity);
  const startedAt = clock.now();
  room.enter("staying")();
  await assert.rejects(clock.run(room.open(open, undefined)), Full);
  const tookMs = clock.now() - startedAt;
  assert.ok(tookMs >= 2_000 && tookMs < 2_200, `${tookMs} ms`);
});

Deno.test("ChannelRoom gives the room of a channel that went to one opening only", async () => {
  const { room, clock } = farEnd(1);
  const sessions = new Set(["leaving"]);
  const openOf = (name: string) => () => {
    if (sessions.size > 0) return Promise.reject(new Full());
    sessions.add(name);
    return Promise.resolve(name);
  };
  room.enter("staying")();
  const openings = ["a", "b"].map((name) => room.open(openOf(name), undefined));
  clock.after(10, () => void sessions.clear());
  const outcomes = await clock.run(Promise.allSettled(openings));
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected"]);
  assert.ok(clock.now() < 1_000_200, "the second waits no longer than for the first's answer");
});

Deno.test("ChannelRoom takes no room from others by an opening that was asked for before", async () => {
  const { room, open, clock } = farEnd(3);
  const granted = room.open(() => clock.sleep(50), undefined);
  clock.after(10, room.enter("passing"));
  await clock.run(granted);
  assert.equal(await clock.run(room.open(open, undefined)), "channel");
});

Deno.test("ChannelRoom waits for a channel that ends by itself, and for none that stays", async () => {
  const { room, open, clock, seen } = farEnd(2);
  room.enter("staying");
  await assert.rejects(room.open(open, undefined), Full);
  const passing = room.enter("passing");
  clock.after(700, passing);
  seen.asked = 0;
  assert.equal(await clock.run(room.open(open, undefined)), "channel");
  assert.deepEqual([clock.now(), seen.asked], [1_000_700, 2]);
});

Deno.test("ChannelRoom waits ten seconds at most for a channel that ends by itself", async () => {
  const { room, open, clock } = farEnd(Infinity);
  room.enter("passing");
  await assert.rejects(clock.run(room.open(open, undefined)), Full);
  assert.equal(clock.now(), 1_010_000);
});

Deno.test("ChannelRoom tells a refusal at once where another opening took the room", async () => {
  const { room, open, seen } = farEnd(Infinity);
  room.enter("staying")();
  await room.open(() => Promise.resolve("channel"), undefined);
  await assert.rejects(room.open(open, undefined), Full);
  assert.equal(seen.asked, 1);
});

Deno.test("ChannelRoom closes what is idle, for all that are refused meanwhile", async () => {
  const { room, clock } = farEnd(1);
  let sessions = 2;
  const open = () => sessions === 2 ? Promise.reject(new Full()) : Promise.resolve(++sessions);
  const closed: string[] = [];
  for (const name of ["a", "b"]) {
    room.offer(async () => {
      await clock.sleep(5);
      closed.push(name);
      sessions--;
      room.enter("staying")();
    });
  }
  const withdrawn = room.offer(() => Promise.reject(new Error("is in use again")));
  withdrawn[Symbol.dispose]();
  const openings = Promise.all([room.open(open, undefined), room.open(open, undefined)]);
  assert.deepEqual([await clock.run(openings), closed], [[1, 2], ["a", "b"]]);
});

Deno.test("ChannelRoom asks once more after an idle channel whose end nobody tells", async () => {
  const { room, open } = farEnd(2);
  room.offer(() => Promise.reject(new Error("no answer")));
  assert.equal(await room.open(open, undefined), "channel");
});

Deno.test("ChannelRoom ends its wait with the caller's, and for another fault", async () => {
  const { room, open, clock } = farEnd(Infinity);
  room.enter("staying")();
  const leaver = new AbortController();
  clock.after(30, () => leaver.abort(new Error("gave up")));
  await assert.rejects(clock.run(room.open(open, leaver.signal)), /gave up/);
  let asked = 0;
  const faulty = room.open(
    () => Promise.reject(asked++ === 0 ? new Full() : new Error("lost")),
    undefined,
  );
  await assert.rejects(faulty, /lost/);
});
