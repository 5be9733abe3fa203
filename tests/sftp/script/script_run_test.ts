import assert from "node:assert/strict";
import { ConnectionLostError } from "../../../src/errors.ts";
import { runScript } from "../../../src/sftp/script/script_run.ts";
import type { Connection } from "../../../src/transport/transport.ts";
import { FakeChannel } from "../../support/fake_channel.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A connection whose commands print without end: a piece, then a pause, and so on. */
function endless(
  clock: FakeClock,
  piece: Uint8Array,
  pauseMs: number,
): { readonly connection: Connection; readonly isClosed: () => boolean } {
  const controller = new AbortController();
  async function* output(): AsyncGenerator<Uint8Array> {
    while (!controller.signal.aborted) {
      yield piece;
      await clock.sleep(pauseMs, { signal: controller.signal }).catch(() => {});
    }
  }
  const channel = Object.assign(new FakeChannel(), {
    output: { [Symbol.asyncIterator]: output },
    exit: Promise.resolve({ exitStatus: 0 }),
    [Symbol.asyncDispose]: () => Promise.resolve(controller.abort()),
  });
  const connection = { exec: () => Promise.resolve(channel) } as unknown as Connection;
  return { connection, isClosed: () => controller.signal.aborted };
}

const endings = [
  ["a byte at a time", new Uint8Array(1), 20_000, /was not finished after 60 s/],
  ["as fast as it can", new Uint8Array(1_048_576), 1, /printed more than 4 MiB/],
] as const;

for (const [how, piece, pauseMs, says] of endings) {
  Deno.test(`runScript() gives up on a host that prints without end, ${how}`, async () => {
    const clock = new FakeClock();
    const { connection, isClosed } = endless(clock, piece, pauseMs);
    const running = runScript(connection, "true", { clock, elevation: { kind: "none" } });
    await assert.rejects(clock.run(running, 61_000), (error) => {
      assert.ok(error instanceof ConnectionLostError);
      assert.match(error.message, says);
      return true;
    });
    assert.ok(isClosed());
  });
}
