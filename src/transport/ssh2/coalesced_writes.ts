import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";

/**
 * Joins what is written to a stream in one turn into one write, at the turn's end.
 *
 * ssh2 writes each packet in three pieces: three segments on the wire, with Nagle off. And its
 * ChaCha20 keeps the state of a packet in a variable that all connections share, so that a write
 * that is encrypted anew before the third piece, as in a tunnel, spoils the packet.
 */
export function coalesceWrites(stream: Duplex): void {
  const write = stream.write.bind(stream);
  const end = stream.end.bind(stream);
  let pending: Uint8Array[] = [];
  const flush = (): void => {
    const chunks = pending;
    pending = [];
    if (chunks.length === 0 || !stream.writable) return;
    write(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  };
  stream.write = (chunk: Uint8Array): boolean => {
    if (pending.length === 0) queueMicrotask(flush);
    pending.push(chunk);
    return true;
  };
  stream.end = (): typeof stream => {
    flush();
    return end();
  };
}
