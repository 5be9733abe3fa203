import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { ChannelError, SshError } from "../../../src/errors.ts";
import { SftpClient } from "../../../src/transport/sftp/sftp_client.ts";
import { SftpPackets } from "../../../src/transport/sftp/sftp_packets.ts";
import type { Channel } from "../../../src/transport/transport.ts";
import { encodeFields } from "../../../src/transport/fields.ts";

/** A channel whose far end answers each write with the next of these. */
function scriptedChannel(answers: readonly Uint8Array[]): Channel {
  const { readable, writable } = new TransformStream<Uint8Array>(
    undefined,
    undefined,
    new CountQueuingStrategy({ highWaterMark: 100 }),
  );
  const writer = writable.getWriter();
  const left = [...answers];
  return {
    output: readable,
    errorOutput: readable,
    exit: Promise.resolve({}),
    write: () => {
      const answer = left.shift();
      return answer === undefined ? writer.close() : writer.write(answer);
    },
    end: () => {},
    signal: () => {},
    resize: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const version = encodeFields(encodeFields({ byte: 2 }, { uint32: 3 }));

async function clientOf(...answers: readonly Uint8Array[]): Promise<SftpClient> {
  const channel = scriptedChannel([version, ...answers]);
  const packets = new SftpPackets(channel, {
    clock: systemClock,
    lost: () => new ChannelError("it ended", "go on"),
  });
  return new SftpClient(channel, packets, await packets.start());
}

Deno.test("SftpPackets puts packets together however they are cut", async () => {
  const attributes = { raw: encodeFields({ uint32: 1 }, { uint32: 0 }, { uint32: 77 }) };
  const first = encodeFields(encodeFields({ byte: 105 }, { uint32: 0 }, attributes));
  const second = encodeFields(encodeFields({ byte: 105 }, { uint32: 1 }, attributes));
  const both = encodeFields({ raw: first }, { raw: second });
  for (let cut = 1; cut < both.length; cut++) {
    const client = await clientOf(both.subarray(0, cut), both.subarray(cut));
    const found = await Promise.all([client.stat("/"), client.stat("/")]);
    assert.deepEqual(found.map(({ sizeBytes }) => sizeBytes), [77, 77]);
  }
});

Deno.test("SftpClient turns every malformed answer into an SshError", async () => {
  for (let seed = 0; seed < 300; seed++) {
    const length = 1 + (seed % 40);
    const bytes = Uint8Array.from({ length }, (_, at) => (seed * 167 + at * at * 31) & 255);
    const type = [101, 102, 103, 104, 105][seed % 5]!;
    const answer = encodeFields(encodeFields({ byte: type }, { uint32: 0 }, { raw: bytes }));
    const client = await clientOf(answer);
    await client.stat("/").catch((error) => assert.ok(error instanceof SshError, String(error)));
  }
});

Deno.test("SftpPackets ends all requests when the channel ends", async () => {
  const client = await clientOf();
  await assert.rejects(client.stat("/"), /it ended/);
  await assert.rejects(client.stat("/"), /it ended/);
});
