import assert from "node:assert/strict";
import { ChannelError, ConnectionLostError, type SshError } from "../../../src/errors.ts";
import { encodeFields, type Field } from "../../../src/transport/fields.ts";
import type { Sftp } from "../../../src/transport/transport.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  clientOver,
  packet,
  ScriptedSftpChannel,
  type SftpRequest,
  type SftpScript,
  VERSION,
} from "./scripted_sftp.ts";

const [INIT, OPEN, READ, REALPATH, STAT] = [1, 3, 5, 16, 17];
const [STATUS, HANDLE, DATA, NAME, ATTRS] = [101, 102, 103, 104, 105];

/** Answers as a good server does, but for one type of request. */
function except(type: number | undefined, answer: SftpScript): SftpScript {
  return (request) => {
    if (request.type === type) return answer(request);
    if (request.type === INIT) return VERSION;
    return request.type === OPEN ? reply(HANDLE!, "h")(request) : reply(ATTRS!, EMPTY)(request);
  };
}

const EMPTY = { uint32: 0 };

function reply(type: number, ...fields: readonly Field[]): (request: SftpRequest) => Uint8Array {
  return ({ id }) => packet({ byte: type }, { uint32: id }, ...fields);
}

const stat = (sftp: Sftp): Promise<unknown> => sftp.stat("/f");
const realpath = (sftp: Sftp): Promise<unknown> => sftp.realpath(".");
const open = (sftp: Sftp): Promise<unknown> => sftp.open("/f", "r");
const read = async (sftp: Sftp): Promise<unknown> => sftp.read(await sftp.open("/f", "r"), 0, 100);
const readMuch = async (sftp: Sftp): Promise<unknown> =>
  sftp.read(await sftp.open("/f", "r"), 0, 32_768);

interface Breach {
  readonly title: string;
  readonly script: SftpScript;
  readonly call: (sftp: Sftp) => Promise<unknown>;
  readonly says: RegExp;
}

const breaches: readonly Breach[] = [
  {
    title: "an answer with another number",
    script: except(STAT, ({ id }) => packet({ byte: ATTRS! }, { uint32: id + 77 }, EMPTY)),
    call: stat,
    says: /an answer with number \d+, which no request has/,
  },
  {
    title: "the same answer twice",
    script: except(STAT, (request) => {
      const raw = reply(ATTRS!, EMPTY)(request);
      return encodeFields({ raw }, { raw });
    }),
    call: async (sftp) => {
      await stat(sftp);
      await stat(sftp);
    },
    says: /an answer with number 0, which no request has/,
  },
  {
    title: "a packet of 4 GiB",
    script: except(STAT, () => encodeFields({ uint32: 0xffff_ffff }, { byte: ATTRS! })),
    call: stat,
    says: /a packet of 4294967295 bytes; 1 to 262144 are allowed/,
  },
  {
    title: "a packet without content",
    script: except(STAT, () => encodeFields({ uint32: 0 })),
    call: stat,
    says: /a packet of 0 bytes/,
  },
  {
    title: "a packet too short for a number",
    script: except(STAT, () => packet({ byte: ATTRS! })),
    call: stat,
    says: /an answer that is cut short/,
  },
  {
    title: "more data than asked for",
    script: except(READ, reply(DATA!, new Uint8Array(101))),
    call: read,
    says: /101 bytes where 100 were asked for/,
  },
  {
    title: "data a byte at a time",
    script: except(READ, reply(DATA!, new Uint8Array(1))),
    call: readMuch,
    says: /answered 1024 reads with 1024 bytes together/,
  },
  {
    title: "a million names",
    script: except(REALPATH, reply(NAME!, { uint32: 1_000_000 }, "/", "/", EMPTY)),
    call: realpath,
    says: /1000000 names where one was asked for/,
  },
  {
    title: "no name",
    script: except(REALPATH, reply(NAME!, { uint32: 0 })),
    call: realpath,
    says: /0 names where one was asked for/,
  },
  {
    title: "a path of 200 kB",
    script: except(REALPATH, reply(NAME!, { uint32: 1 }, "/x".repeat(100_000), "", EMPTY)),
    call: realpath,
    says: /a path of 200000 bytes/,
  },
  {
    title: "endless attributes",
    script: except(
      STAT,
      reply(ATTRS!, { uint32: 0x8000_0000 }, { uint32: 0xffff_ffff }, "a", "b"),
    ),
    call: stat,
    says: /an answer that is cut short/,
  },
  {
    title: "a handle of 1 kB",
    script: except(OPEN, reply(HANDLE!, new Uint8Array(1_000))),
    call: open,
    says: /a handle of 1000 bytes/,
  },
  {
    title: "a status that is cut short",
    script: except(STAT, reply(STATUS!, { raw: new Uint8Array(2) })),
    call: stat,
    says: /an answer that is cut short/,
  },
];

for (const { title, script, call, says } of breaches) {
  Deno.test(`SftpClient closes the channel of a server that sends ${title}`, async () => {
    const channel = new ScriptedSftpChannel(script);
    const sftp = await clientOver(channel, new FakeClock());
    const error = await failureOf(call(sftp));
    assert.ok(error instanceof ConnectionLostError);
    assert.match(
      error.message,
      /^The SFTP channel was closed, since the server broke the protocol/,
    );
    assert.match(error.message, says);
    assert.ok(channel.isClosed);
    assert.equal(await failureOf(stat(sftp)), error);
  });
}

Deno.test("SftpClient gives up on a server that never answers", async () => {
  const clock = new FakeClock();
  const channel = new ScriptedSftpChannel(except(STAT, () => undefined));
  const sftp = await clientOver(channel, clock);
  const error = await failureOf(clock.run(stat(sftp), 20_000));
  assert.match(error.message, /the server completed no answer for 20 s/);
  assert.ok(channel.isClosed);
  assert.equal(clock.pending, 0);
});

Deno.test("SftpClient gives up on an answer that comes a byte at a time", async () => {
  const clock = new FakeClock();
  const channel = new ScriptedSftpChannel(except(STAT, () => undefined));
  const sftp = await clientOver(channel, clock);
  let sent = 0;
  const drip = (): void => {
    if (channel.isClosed) return;
    channel.send(encodeFields({ uint32: 100_000 }, { byte: ATTRS! }).subarray(sent, ++sent));
    clock.after(1_000, drip);
  };
  drip();
  const error = await failureOf(clock.run(stat(sftp), 20_000));
  assert.match(error.message, /the server completed no answer for 20 s/);
  assert.ok(channel.isClosed);
});

Deno.test("SftpClient waits for as long as answers come", async () => {
  const clock = new FakeClock();
  const channel = new ScriptedSftpChannel(except(STAT, (request) => {
    clock.after(15_000, () => channel.send(reply(ATTRS!, EMPTY)(request)));
    return undefined;
  }));
  const sftp = await clientOver(channel, clock);
  const first = sftp.stat("/a");
  clock.advance(10_000);
  const second = sftp.stat("/b");
  await clock.run(Promise.all([first, second]), 60_000);
  assert.equal(clock.pending, 0);
});

Deno.test("SftpPackets.start() gives up on a server that does not start", async () => {
  const clock = new FakeClock();
  const channel = new ScriptedSftpChannel(() => undefined);
  const error = await failureOf(clock.run(clientOver(channel, clock), 10_000));
  assert.ok(error instanceof ChannelError);
  assert.match(error.message, /did not answer within 10 s/);
  assert.ok(channel.isClosed);
});

Deno.test("SftpPackets.start() refuses a packet that is no version", async () => {
  const scripts: readonly (readonly [Uint8Array, RegExp])[] = [
    [packet({ byte: STATUS! }, { uint32: 0 }), /packet type 101 before its version/],
    [new Uint8Array(64).fill(255), /a packet of 4294967295 bytes/],
    [packet({ byte: 2 }), /cut short/],
  ];
  for (const [bytes, says] of scripts) {
    const channel = new ScriptedSftpChannel(() => bytes);
    const error = await failureOf(clientOver(channel, new FakeClock()));
    assert.ok(error instanceof ConnectionLostError);
    assert.match(error.message, says);
    assert.ok(channel.isClosed);
  }
});

Deno.test("SftpClient copies each byte once, however small the pieces are", async () => {
  const singles = function* (bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
  };
  const content = Uint8Array.from({ length: 100_000 }, (_, at) => at & 255);
  const script = except(READ, (request) => {
    request.fields.bytes();
    const at = Number(request.fields.uint64());
    return reply(DATA!, content.subarray(at, at + request.fields.uint32()))(request);
  });
  const sftp = await clientOver(new ScriptedSftpChannel(script, singles), new FakeClock());
  const handle = await sftp.open("/f", "r");
  assert.deepEqual(await sftp.read(handle, 0, content.length), content);
  assert.equal(sftp.transferredBytes, content.length);
});

Deno.test("SftpClient asks for as much at once as the server says it may", async () => {
  const content = Uint8Array.from({ length: 700_000 }, (_, at) => (at * 7 + (at >> 8)) & 255);
  const limits: [packet: bigint, read: bigint, write: bigint, asked: number][] = [
    [262_144n, 261_120n, 261_120n, 229_376],
    [2n ** 63n, 2n ** 63n, 2n ** 63n, 229_376],
    [262_144n, 0n, 0n, 32_768],
    [40_000n, 261_120n, 261_120n, 38_976],
    [1n, 1n, 1n, 32_768],
  ];
  for (const [packetBytes, read, write, asked] of limits) {
    const lengths = new Set<number>();
    const numbers = [packetBytes, read, write, 0n].map((number) => {
      const raw = new Uint8Array(8);
      new DataView(raw.buffer).setBigUint64(0, number);
      return { raw };
    });
    const script = except(READ, (request) => {
      request.fields.bytes();
      const at = Number(request.fields.uint64());
      const length = request.fields.uint32();
      lengths.add(length);
      return reply(DATA!, content.subarray(at, at + length))(request);
    });
    const sftp = await clientOver(
      new ScriptedSftpChannel((request) => {
        if (request.type === 1) {
          return packet({ byte: 2 }, { uint32: 3 }, "limits@openssh.com", "1");
        }
        return request.type === 200 ? reply(201, ...numbers)(request) : script(request);
      }),
      new FakeClock(),
    );
    const handle = await sftp.open("/f", "r");
    const [first, second] = await Promise.all([0, 1].map(() => sftp.read(handle, 0, 700_000)));
    assert.deepEqual(first, content);
    assert.deepEqual(second, content);
    assert.equal(Math.max(...lengths), asked);
  }
});

async function failureOf(work: Promise<unknown>): Promise<SshError> {
  return await work.then(() => assert.fail("it did not fail"), (error) => error);
}
