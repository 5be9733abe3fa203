import assert from "node:assert/strict";
import { ChannelError, ConnectionLostError } from "../../src/errors.ts";
import { SftpPool } from "../../src/sftp/sftp_pool.ts";
import { RemoteFiles } from "../../src/sftp/remote_files.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { encodeFields } from "../../src/transport/fields.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  clientOver,
  packet,
  ScriptedSftpChannel,
  type SftpScript,
  VERSION,
} from "../transport/sftp/scripted_sftp.ts";

const ATTRIBUTES = { raw: encodeFields({ uint32: 5 }, { uint32: 0 }, { uint32: 2_000_000 }) };
const REGULAR = { uint32: 0o100_644 };

/** A connection that offers SFTP alone; each channel of it is served by the script. */
function connectionTo(
  script: (channel: ScriptedSftpChannel) => SftpScript,
  clock: FakeClock,
): Connection & { readonly channels: readonly ScriptedSftpChannel[] } {
  const refuse = (): Promise<never> => Promise.reject(new ChannelError("refused", "none"));
  const channels: ScriptedSftpChannel[] = [];
  return {
    channels,
    ident: "SSH-2.0-scripted",
    banner: "",
    hostKey: { verdict: "known", fingerprint: "SHA256:none", type: "ssh-ed25519" },
    method: "none",
    closed: new Promise(() => {}),
    openShell: refuse,
    exec: refuse,
    run: refuse,
    openSftp: () => {
      const channel: ScriptedSftpChannel = new ScriptedSftpChannel((request) =>
        request.type === 1 ? VERSION : script(channel)(request)
      );
      channels.push(channel);
      return clientOver(channel, clock);
    },
    offerRoom: () => ({ [Symbol.dispose]: () => {} }),
    hold: () => ({ [Symbol.dispose]: () => {} }),
    isIdleSince: () => false,
    openTunnel: () => Promise.reject(new Error("no tunnels here")),
    measureLatency: () => Promise.resolve(1),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Serves a large file, its data a hundred bytes at a time, with one answer in 10 s. */
function dripping(clock: FakeClock): (channel: ScriptedSftpChannel) => SftpScript {
  return (channel) => ({ type, id }) => {
    const number = { uint32: id };
    if (type === 3) return packet({ byte: 102 }, number, "h");
    if (type !== 5) return packet({ byte: 105 }, number, ATTRIBUTES, REGULAR);
    clock.after(
      10_000,
      () => channel.send(packet({ byte: 103 }, number, new Uint8Array(100))),
    );
    return undefined;
  };
}

Deno.test("SftpPool gives up on data that is too slow for any line, and closes the channel", async () => {
  const clock = new FakeClock();
  const connection = connectionTo(dripping(clock), clock);
  const startedAt = clock.now();
  const reading = new RemoteFiles({ clock }).read(connection, "/f", {
    elevation: { kind: "none" },
    request: { offset: 0, limitBytes: 2 * 1024 * 1024 },
  });
  await assert.rejects(clock.run(reading), (error) => {
    assert.ok(error instanceof ConnectionLostError);
    assert.match(error.message, /the operation was not finished after 30 s/);
    return true;
  });
  assert.ok(clock.now() - startedAt < 31_000);
  assert.deepEqual(connection.channels.map(({ isClosed }) => isClosed), [true]);
});

Deno.test("SftpPool opens a new channel after one whose server broke the protocol", async () => {
  const clock = new FakeClock();
  const connection = connectionTo((channel) => ({ id }) => {
    const isFirst = connection.channels[0] === channel;
    return packet({ byte: 105 }, { uint32: isFirst ? id + 1 : id }, ATTRIBUTES, REGULAR);
  }, clock);
  const pool = new SftpPool(clock);
  const size = (): Promise<number | undefined> =>
    pool.use(connection, async (sftp) => (await sftp.stat("/f")).sizeBytes, { transferBytes: 0 });
  await assert.rejects(size(), ConnectionLostError);
  assert.equal(await size(), 2_000_000);
  assert.deepEqual(connection.channels.map(({ isClosed }) => isClosed), [true, false]);
});

Deno.test("SftpPool ends the wait of a caller that gives up", async () => {
  const clock = new FakeClock();
  const connection = connectionTo(() => () => undefined, clock);
  const controller = new AbortController();
  const waiting = new SftpPool(clock).use(connection, (sftp) => sftp.stat("/f"), {
    signal: controller.signal,
    transferBytes: 0,
  });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await Promise.resolve();
  assert.deepEqual(connection.channels.map(({ isClosed }) => isClosed), [true]);
});
