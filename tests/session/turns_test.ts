import assert from "node:assert/strict";
import { Turns } from "../../src/session/turns.ts";

const shellPrompt = { kind: "shell", text: "$ " } as const;
const password = { kind: "password", text: "Password: " } as const;

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = {};
  return await Promise.race([promise, Promise.resolve(pending)]) !== pending;
}

Deno.test("Turns.take() gives the turn to one at a time, in the order they came", async () => {
  const turns = new Turns();
  const order: number[] = [];
  const first = await turns.take(undefined);
  const others = [1, 2, 3].map(async (i) => {
    const holder = await turns.take(undefined);
    order.push(i);
    turns.release(holder);
  });
  assert.ok(turns.busy);
  assert.deepEqual(order, []);
  turns.release(first);
  await Promise.all(others);
  assert.deepEqual(order, [1, 2, 3]);
  assert.ok(!turns.busy);
});

Deno.test("Turns.take() lets nobody in between a turn that was given and its reader", async () => {
  const turns = new Turns();
  const first = await turns.take(undefined);
  const second = turns.take(undefined);
  turns.release(first);
  const third = turns.take(undefined);
  await second;
  assert.ok(!await isSettled(third));
  turns.release(await second);
  await third;
});

Deno.test("Turns lets the next pass a command that asks at a shell's prompt, and no other question", async () => {
  const turns = new Turns();
  const outer = await turns.take(undefined);
  const next = turns.take(undefined);
  turns.ask(outer, password);
  assert.deepEqual(turns.question, password);
  assert.ok(turns.busy);
  assert.ok(!await isSettled(next));
  turns.ask(outer, shellPrompt);
  const inner = await next;
  assert.ok(turns.busy);
  turns.release(inner);
  assert.ok(!turns.busy);
  assert.deepEqual(turns.question, shellPrompt);
  turns.ask(outer, undefined);
  assert.ok(turns.busy);
});

Deno.test("Turns.take() that is aborted gives up its place and nobody else's", async () => {
  const turns = new Turns();
  const first = await turns.take(undefined);
  const abort = new AbortController();
  const second = turns.take(abort.signal);
  const third = turns.take(undefined);
  abort.abort(new Error("given up"));
  await assert.rejects(second, /given up/);
  turns.release(first);
  await third;
  await assert.rejects(turns.take(AbortSignal.abort(new Error("before"))), /before/);
});

Deno.test("Turns.release() of one that came inside another leaves the outer one its turn", async () => {
  const turns = new Turns();
  const outer = await turns.take(undefined);
  turns.ask(outer, shellPrompt);
  const inner = await turns.take(undefined);
  turns.ask(inner, shellPrompt);
  const innermost = await turns.take(undefined);
  turns.release(innermost);
  turns.release(inner);
  assert.deepEqual(turns.question, shellPrompt);
  turns.release(outer);
  assert.equal(turns.question, undefined);
  assert.ok(!turns.busy);
});
