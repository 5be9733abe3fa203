import { Buffer } from "node:buffer";
import type { Ssh2Client } from "./ssh2_client.ts";

/** Of a line, and of lines before the identification; as in ssh2 and OpenSSH. */
const LINE_LIMIT_BYTES = 8192;
const LINES_LIMIT = 1024;

const NEWLINE = 10;

/**
 * Hands ssh2 the server's identification as one piece, however it arrives, and no line before it
 * (RFC 4253 §4.2); to be called before anything is read.
 *
 * ssh2 1.17 keeps the first piece of what is incomplete and forgets the second where a third comes:
 * such a host did not speak SSH, or its signature over the exchange was wrong.
 */
export function gatherIdentification({ _protocol: protocol }: Ssh2Client): void {
  const parseHeader = protocol._parse;
  let held: Buffer[] = [];
  let lines = 0;
  const gather = (chunk: Buffer, start: number, end: number): number => {
    const newline = chunk.subarray(0, end).indexOf(NEWLINE, start);
    const next = newline < 0 ? end : newline + 1;
    held.push(chunk.subarray(start, next));
    const line = Buffer.concat(held);
    if (line.length > LINE_LIMIT_BYTES) throw new Error("Header line too long");
    held = newline < 0 ? [line] : [];
    if (newline < 0) return next;
    if (line.toString("latin1", 0, 4) === "SSH-") parseHeader.call(protocol, line, 0, line.length);
    else if (++lines > LINES_LIMIT) throw new Error("Max greeting lines exceeded");
    return next;
  };
  protocol._parse = gather;
}
