import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";

/** Shorter writes get a buffer of its own size. */
const LONG_BYTES = 16 * 1024;
const BUFFER_BYTES = 256 * 1024;
const BUFFERS_KEPT = 4;

/**
 * Joins what is written to a stream in one turn into one write, at the turn's end.
 *
 * ssh2 writes each packet in three pieces: three segments on the wire, with Nagle off. And its
 * ChaCha20 keeps the state of a packet in a variable that all connections share, so that a write
 * that is encrypted anew before the third piece, as in a tunnel, spoils the packet.
 */
export function coalesceWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as Write;
  const end = stream.end.bind(stream);
  let pending: Uint8Array[] = [];
  const flush = (): void => {
    const chunks = pending;
    pending = [];
    if (chunks.length === 0 || !stream.writable) return;
    const totalBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (chunks.length === 1) write(chunks[0]!);
    else if (totalBytes < LONG_BYTES) write(Buffer.concat(chunks, totalBytes));
    else writeJoined(write, chunks);
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

type Write = (chunk: Uint8Array, done?: (error?: Error | null) => void) => boolean;

/** Buffers for the next writes of any connection; memory that is always new is slow to come by. */
const spare: Uint8Array[] = [];

/** Writes the chunks in buffers that are used again once the stream took them. */
function writeJoined(write: Write, chunks: readonly Uint8Array[]): void {
  let buffer: Uint8Array | undefined;
  let filledBytes = 0;
  const send = (): void => {
    const whole = buffer;
    if (whole === undefined) return;
    buffer = undefined;
    // After a failure the system may still look at the bytes.
    write(whole.subarray(0, filledBytes), (error) => {
      if (!error && spare.length < BUFFERS_KEPT) spare.push(whole);
    });
  };
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (filledBytes === BUFFER_BYTES || buffer === undefined) {
        send();
        buffer = spare.pop() ?? new Uint8Array(BUFFER_BYTES);
        filledBytes = 0;
      }
      const piece = chunk.subarray(at, at + BUFFER_BYTES - filledBytes);
      buffer.set(piece, filledBytes);
      filledBytes += piece.length;
      at += piece.length;
    }
  }
  send();
}
