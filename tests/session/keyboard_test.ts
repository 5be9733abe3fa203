import assert from "node:assert/strict";
import { Keyboard } from "../../src/session/keyboard.ts";

Deno.test("Keyboard.free() waits until it is handed back, in the order of those who wait", async () => {
  const keyboard = new Keyboard();
  await keyboard.free(undefined);
  keyboard.take();
  const order: number[] = [];
  const waiting = [1, 2, 3].map((n) => keyboard.free(undefined).then(() => order.push(n)));
  const stop = new AbortController();
  const stopped = assert.rejects(keyboard.free(stop.signal), /gave up/);
  stop.abort(new Error("gave up"));
  await stopped;
  assert.deepEqual(order, []);
  keyboard.handBack();
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2, 3]);
});
