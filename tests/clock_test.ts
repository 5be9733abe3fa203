import assert from "node:assert/strict";
import { abortable, within } from "../src/clock.ts";
import { FakeClock } from "./support/fake_clock.ts";

Deno.test("abortable() rejects with the signal's reason, also where it was aborted before", async () => {
  const controller = new AbortController();
  const never = new Promise<string>(() => {});
  const waiting = abortable(never, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(abortable(never, controller.signal), /enough/);
  assert.equal(await abortable(Promise.resolve("done"), undefined), "done");
  await assert.rejects(abortable(Promise.reject(new Error("own")), new AbortController().signal), {
    message: "own",
  });
});

Deno.test("within() gives undefined once the time is up, and leaves no timer behind", async () => {
  const clock = new FakeClock();
  const late = within(clock, 100, new Promise(() => {}));
  clock.advance(100);
  assert.equal(await late, undefined);
  assert.equal(await within(clock, 100, Promise.resolve(7)), 7);
  await assert.rejects(within(clock, 100, Promise.reject(new Error("own"))), { message: "own" });
  assert.equal(clock.pending, 0);
});
