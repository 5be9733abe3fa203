import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { BoundError } from "../../../src/transport/bound_error.ts";
import type { Ssh2Client } from "../../../src/transport/ssh2/ssh2_client.ts";
import { boundTraffic, WINDOW_BYTES } from "../../../src/transport/ssh2/traffic_bounds.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const KEXINIT = 20;
const DATA = 94;
const GLOBAL_REQUEST = 80;

/** A bounded client that reads messages; channel 0 is open with a window of 2 MiB. */
class Bounded {
  readonly clock = new FakeClock();
  readonly stream = { writableLength: 0 };
  taken = 0;
  readonly #channel = { incoming: { window: WINDOW_BYTES } };
  readonly #client = {
    _protocol: {
      _packetRW: { read: { read: (_payload: Buffer): void => {} } },
      _handlers: {
        CHANNEL_DATA: (_protocol: unknown, _channel: number, data: Buffer) => {
          this.taken += data.length;
          this.#channel.incoming.window -= data.length;
        },
        CHANNEL_EXTENDED_DATA: () => {},
      } as Record<string, (protocol: unknown, channel: number, data: Buffer) => void>,
      channelData: (_channel: number, _input: Buffer): void => {},
    },
    _chanMgr: { get: (channel: number) => channel === 0 ? this.#channel : undefined },
  };

  constructor() {
    boundTraffic(this.#client as unknown as Ssh2Client, {
      clock: this.clock,
      stream: this.stream as unknown as Duplex,
    });
  }

  message(type: number, bytes = 8): void {
    const payload = Buffer.alloc(bytes);
    payload[0] = type;
    this.#client._protocol._packetRW.read.read(payload);
  }

  data(bytes: number, channel = 0): void {
    this.message(DATA);
    this.#client._protocol._handlers.CHANNEL_DATA!({}, channel, Buffer.alloc(bytes));
  }

  input(bytes: number): void {
    this.#client._protocol.channelData(0, Buffer.alloc(bytes));
  }
}

/** How often something is let through before it is refused; undefined when it always is. */
function allowed(act: () => void, limit: number): number | undefined {
  for (let count = 0; count < limit; count++) {
    try {
      act();
    } catch (error) {
      assert.ok(error instanceof BoundError);
      return count;
    }
  }
  return undefined;
}

Deno.test("boundTraffic() lets 5,000 messages through at once, and 200 more each second", () => {
  const bounded = new Bounded();
  const first = allowed(() => bounded.message(GLOBAL_REQUEST), 10_000)!;
  assert.ok(first > 4_900 && first <= 5_000, `${first}`);
  bounded.clock.advance(1_000);
  const next = allowed(() => bounded.message(GLOBAL_REQUEST), 10_000)!;
  assert.ok(next > 150 && next <= 200, `${next}`);
});

Deno.test("boundTraffic() counts a long message as many", () => {
  const bounded = new Bounded();
  assert.ok(allowed(() => bounded.message(GLOBAL_REQUEST, 32_768), 10_000)! < 600);
});

Deno.test("boundTraffic() allows for the answers to our own input", () => {
  const bounded = new Bounded();
  const answer = (): void => {
    bounded.input(1);
    for (let count = 0; count < 4; count++) bounded.message(GLOBAL_REQUEST);
  };
  assert.equal(allowed(answer, 5_000), undefined);
});

Deno.test("boundTraffic() lets data of an open channel through as far as its window", () => {
  const bounded = new Bounded();
  const chunk = 32_768;
  const chunks = allowed(() => bounded.data(chunk), 1_000)!;
  assert.ok(bounded.taken >= WINDOW_BYTES && bounded.taken <= 1.1 * WINDOW_BYTES);
  assert.equal(bounded.taken, chunks * chunk);
});

Deno.test("boundTraffic() counts empty data, and data of no channel, as messages", () => {
  for (const [bytes, channel] of [[0, 0], [10, 4_711]] as const) {
    const bounded = new Bounded();
    assert.ok(allowed(() => bounded.data(bytes, channel), 10_000)! <= 5_000);
    assert.equal(bounded.taken, 0);
  }
});

Deno.test("boundTraffic() refuses keys exchanged in a row, and requests whose replies wait", () => {
  const exchanging = new Bounded();
  assert.equal(allowed(() => exchanging.message(KEXINIT), 1_000), 100);
  const unread = new Bounded();
  unread.message(GLOBAL_REQUEST);
  unread.stream.writableLength = 64 * 1024 * 1024;
  assert.equal(allowed(() => unread.message(GLOBAL_REQUEST), 10), 0);
});
