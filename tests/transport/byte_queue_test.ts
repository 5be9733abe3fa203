import assert from "node:assert/strict";
import { ByteQueue } from "../../src/transport/byte_queue.ts";
import { FakeClock } from "../support/fake_clock.ts";

const chunk = (bytes: number): Uint8Array => new Uint8Array(bytes);

function queue(limitBytes: number): { readonly bytes: ByteQueue; rooms: number; clock: FakeClock } {
  const clock = new FakeClock();
  const state = {
    clock,
    rooms: 0,
    bytes: new ByteQueue({ clock, limitBytes, onRoom: () => state.rooms++ }),
  };
  return state;
}

Deno.test("ByteQueue hands a chunk to the reader that waits, and ends", async () => {
  const { bytes } = queue(100);
  const reader = bytes[Symbol.asyncIterator]();
  const first = reader.next();
  bytes.push(Uint8Array.of(1));
  assert.deepEqual(await first, { done: false, value: Uint8Array.of(1) });
  bytes.push(Uint8Array.of(2));
  bytes.end();
  assert.deepEqual(await reader.next(), { done: false, value: Uint8Array.of(2) });
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
});

Deno.test("ByteQueue asks to hold back at its limit and calls when there is room", async () => {
  const state = queue(100);
  const { bytes } = state;
  const room = [bytes.push(chunk(60)), bytes.push(chunk(60))];
  assert.deepEqual(room, [true, false]);
  const reader = bytes[Symbol.asyncIterator]();
  await reader.next();
  assert.equal(state.rooms, 1);
  assert.equal(bytes.queuedBytes, 60);
});

Deno.test("ByteQueue rests between turns when a stream does not pause", async () => {
  const { bytes, clock } = queue(100 << 20);
  for (let index = 0; index < 400; index++) bytes.push(chunk(32 * 1024));
  bytes.end();
  const reader = bytes[Symbol.asyncIterator]();
  let rests = 0;
  for (;;) {
    const next = reader.next();
    if (clock.pending > 0) {
      rests++;
      clock.advance(1);
    }
    if ((await next).done) break;
  }
  assert.ok(rests > 20, `${rests} rests in 12.5 MiB`);
});

Deno.test("ByteQueue drops what is queued when the reader stops", async () => {
  const { bytes } = queue(100);
  bytes.push(chunk(50));
  bytes.push(chunk(50));
  for await (const _ of bytes) break;
  assert.equal(bytes.queuedBytes, 0);
  assert.ok(bytes.push(chunk(500)));
});

Deno.test("ByteQueue puts small chunks together that wait, and changes none that was read", async () => {
  const { bytes } = queue(100 << 20);
  const sent = Array.from({ length: 50_000 }, (_, index) => index % 251);
  for (const byte of sent.slice(0, 40_000)) bytes.push(Uint8Array.of(byte));
  const reader = bytes[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [(await reader.next()).value];
  for (const byte of sent.slice(40_000)) bytes.push(Uint8Array.of(byte));
  bytes.end();
  for (let next = await reader.next(); !next.done; next = await reader.next()) {
    pieces.push(next.value);
  }
  assert.deepEqual(pieces.flatMap((piece) => [...piece]), sent);
  assert.ok(pieces.length < 100, `${pieces.length} pieces`);
});
