import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gatherIdentification } from "../../../src/transport/ssh2/identification.ts";
import type { Ssh2Client } from "../../../src/transport/ssh2/ssh2_client.ts";

const IDENT = "SSH-2.0-OpenSSH_9.2p1 Debian\r\n";
const GREETING = "Authorised use only.\r\n\nSSH is spoken here\n";

interface Reader {
  /** Reads as ssh2 does: on and on, until all of the chunk is taken. */
  readonly read: (text: string) => void;
  readonly seen: { idents: string[]; packets: string };
}

/** A protocol that takes what it gets first for the identification, and all else for packets. */
function reader(): Reader {
  const seen = { idents: [] as string[], packets: "" };
  const packets = (chunk: Buffer, start: number, end: number): number => {
    seen.packets += chunk.toString("latin1", start, end);
    return end;
  };
  const protocol = {
    _parse: (chunk: Buffer, start: number, end: number): number => {
      seen.idents.push(chunk.toString("latin1", start, end));
      protocol._parse = packets;
      return end;
    },
  };
  gatherIdentification({ _protocol: protocol } as unknown as Ssh2Client);
  const read = (text: string): void => {
    const chunk = Buffer.from(text, "latin1");
    for (let at = 0; at < chunk.length;) at = protocol._parse(chunk, at, chunk.length);
  };
  return { read, seen };
}

Deno.test("gatherIdentification() hands over one line, in pieces of any length, and what follows it", () => {
  const all = `${GREETING}${IDENT}packets, SSH-2.0 and\nlines`;
  for (let length = 1; length <= all.length; length++) {
    const { read, seen } = reader();
    for (let at = 0; at < all.length; at += length) read(all.slice(at, at + length));
    assert.deepEqual(
      seen,
      { idents: [IDENT], packets: "packets, SSH-2.0 and\nlines" },
      `pieces of ${length}`,
    );
  }
});

Deno.test("gatherIdentification() refuses a line without end and a greeting without end", () => {
  const long = reader();
  assert.throws(() => {
    for (let i = 0; i < 100; i++) long.read("x".repeat(1_000));
  }, /line too long/);
  const many = reader();
  many.read("hello\n".repeat(1_024));
  assert.throws(() => many.read("hello\n"), /greeting lines exceeded/);
});
