import assert from "node:assert/strict";
import { ConnectQueue } from "../../src/session/connect_queue.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Attempts that are settled by hand, in the order in which they started. */
function attempts(queue: ConnectQueue): {
  readonly started: readonly (() => void)[];
  readonly begin: (signal?: AbortSignal) => Promise<void>;
} {
  const started: (() => void)[] = [];
  const begin = (signal = new AbortController().signal): Promise<void> =>
    queue.run(() => new Promise((resolve) => started.push(resolve)), signal);
  return { started, begin };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("ConnectQueue.run() starts 32 attempts at once, and the next when one ends", async () => {
  const { started, begin } = attempts(new ConnectQueue(new FakeClock()));
  const all = Array.from({ length: 40 }, () => begin());
  await settled();
  assert.equal(started.length, 32);
  started[3]!();
  started[5]!();
  await settled();
  assert.equal(started.length, 34);
  for (let next = 0; next < 40; next++) {
    started[next]!();
    await settled();
  }
  await Promise.all(all);
});

Deno.test("ConnectQueue.run() gives the places of hosts that hang to others after 2 s", async () => {
  const clock = new FakeClock();
  const { started, begin } = attempts(new ConnectQueue(clock));
  const all = Array.from({ length: 40 }, () => begin());
  await settled();
  clock.advance(2_000);
  await settled();
  assert.equal(started.length, 40);
  // Those that gave their places up do not give them up again.
  for (const end of started.slice(0, 32)) end();
  await settled();
  const more = Array.from({ length: 50 }, () => begin());
  await settled();
  assert.equal(started.length, 40 + 24);
  for (let next = 32; next < 90; next++) {
    started[next]!();
    await settled();
  }
  await Promise.all([...all, ...more]);
  assert.equal(clock.pending, 0);
});

Deno.test("ConnectQueue.run() keeps places longer where attempts that succeed are slow", async () => {
  const clock = new FakeClock();
  const { started, begin } = attempts(new ConnectQueue(clock));
  const all = Array.from({ length: 80 }, () => begin());
  await settled();
  clock.advance(1_500);
  started[0]!();
  await settled();
  clock.advance(2_500);
  await settled();
  assert.equal(started.length, 33, "4 s are not yet three times 1.5 s");
  clock.advance(2_000);
  await settled();
  assert.equal(started.length, 64);
  for (let next = 1; next < 80; next++) {
    started[next]!();
    await settled();
  }
  await Promise.all(all);
  assert.equal(clock.pending, 0);
});

Deno.test("ConnectQueue.run() starts nothing that was given up while it waited", async () => {
  const { started, begin } = attempts(new ConnectQueue(new FakeClock()));
  const first = Array.from({ length: 32 }, () => begin());
  const controller = new AbortController();
  const given = Array.from({ length: 5 }, () => begin(controller.signal));
  const last = begin();
  await settled();
  controller.abort(new Error("closed"));
  for (const attempt of given) await assert.rejects(attempt, /closed/);
  started[0]!();
  await settled();
  assert.equal(started.length, 33);
  for (const end of started) end();
  await Promise.all([...first, last]);
  await assert.rejects(begin(AbortSignal.abort(new Error("before"))), /before/);
});
