import assert from "node:assert/strict";
import { HeldBytes, readBody } from "../../../src/serve/http/request_body.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function requestOf(body: BodyInit): Request {
  return new Request("http://server/mcp", { method: "POST", body });
}

Deno.test("readBody() holds what is being read against the caller, and gives it back", async () => {
  const held = new HeldBytes(10);
  const limits = { clock: new FakeClock(), bytes: 8, timeMs: 1_000, held };
  let slow: ReadableStreamDefaultController<Uint8Array> | undefined;
  const reading = readBody(
    requestOf(
      new ReadableStream({
        start: (controller) => {
          slow = controller;
          controller.enqueue(new Uint8Array(7).fill(97));
        },
      }),
    ),
    limits,
  );
  while (held.take(4)) {
    held.give(4);
    await Promise.resolve();
  }
  assert.deepEqual(await readBody(requestOf("1234"), limits), { kind: "too-many" });
  assert.deepEqual(await readBody(requestOf("123"), limits), { kind: "text", text: "123" });
  slow!.close();
  assert.deepEqual(await reading, { kind: "text", text: "aaaaaaa" });
  assert.deepEqual(await readBody(requestOf("1234"), limits), { kind: "text", text: "1234" });
  assert.deepEqual(await readBody(requestOf("123456789"), limits), { kind: "too-large" });
});
