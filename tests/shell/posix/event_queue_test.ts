import assert from "node:assert/strict";
import { EventQueue } from "../../../src/shell/posix/event_queue.ts";
import type { CommandEvent } from "../../../src/shell/shell.ts";

function output(text: string, line = "", rewound = 0): CommandEvent {
  return { kind: "output", text, line, ...(rewound > 0 ? { rewound } : {}) };
}

Deno.test("EventQueue hands out in order what stood there and what comes later", async () => {
  const queue = new EventQueue();
  queue.push({ kind: "started" });
  const reading = Array.fromAsync(queue);
  queue.push(output("a\n"));
  queue.push({ kind: "question-withdrawn" });
  queue.close();
  const kinds = (await reading).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["started", "output", "question-withdrawn"]);
});

Deno.test("EventQueue merges output that nobody has taken, with the last unfinished line", async () => {
  const queue = new EventQueue();
  queue.push(output("a\n", "b"));
  queue.push(output("bc\n", "d"));
  queue.close();
  assert.deepEqual(await Array.fromAsync(queue), [output("a\nbc\n", "d")]);
});

Deno.test("EventQueue keeps apart what rewrites what came before", async () => {
  const queue = new EventQueue();
  queue.push(output("a\n"));
  queue.push(output("b\n", "", 1));
  queue.push(output("c\n"));
  queue.close();
  assert.deepEqual(await Array.fromAsync(queue), [output("a\n"), output("b\nc\n", "", 1)]);
});

Deno.test("EventQueue fails its reader behind what it has, and only once", async () => {
  const queue = new EventQueue();
  queue.push(output("a\n"));
  queue.fail(new Error("first"));
  queue.fail(new Error("second"));
  const seen: CommandEvent[] = [];
  await assert.rejects(async () => {
    for await (const event of queue) seen.push(event);
  }, /first/);
  assert.deepEqual(seen, [output("a\n")]);
});

Deno.test("EventQueue that was closed does not fail any more", async () => {
  const queue = new EventQueue();
  queue.close();
  queue.fail(new Error("late"));
  assert.deepEqual(await Array.fromAsync(queue), []);
});
