import assert from "node:assert/strict";
import { whenOver } from "../../../src/serve/http/response_end.ts";

function streamed(source: UnderlyingDefaultSource<Uint8Array>): {
  readonly response: Response;
  readonly ends: () => number;
} {
  let ends = 0;
  const inner = new Response(new ReadableStream(source), { status: 207, headers: { "x-a": "b" } });
  return { response: whenOver(inner, () => ends++), ends: () => ends };
}

Deno.test("whenOver() waits for the end of what is streamed", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { response, ends } = streamed({
    start: (controller) => controller.enqueue(new TextEncoder().encode("one ")),
    pull: async (controller) => {
      await promise;
      controller.enqueue(new TextEncoder().encode("two"));
      controller.close();
    },
  });
  assert.equal(response.status, 207);
  assert.equal(response.headers.get("x-a"), "b");
  const text = response.text();
  assert.equal(ends(), 0);
  resolve();
  assert.equal(await text, "one two");
  assert.equal(ends(), 1);
});

Deno.test("whenOver() counts a client that leaves, a failure and no body as ends, once", async () => {
  let reason: unknown;
  const left = streamed({ cancel: (why) => void (reason = why) });
  await left.response.body!.cancel("gone");
  assert.deepEqual([left.ends(), reason], [1, "gone"]);
  const failed = streamed({ pull: () => Promise.reject(new Error("broken")) });
  await assert.rejects(failed.response.text(), /broken/);
  assert.equal(failed.ends(), 1);
  let empty = 0;
  whenOver(new Response(null, { status: 202 }), () => empty++);
  assert.equal(empty, 1);
});
