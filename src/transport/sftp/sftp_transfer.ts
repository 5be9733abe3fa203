import { Buffer } from "node:buffer";
import { uint64 } from "./sftp_attributes.ts";
import { statusEof, statusError, unexpectedReply } from "./sftp_errors.ts";
import { sftpPacket, type SftpPackets, type SftpReply } from "./sftp_packets.ts";

/** The open file that a transfer works on. */
export interface TransferFile {
  readonly packets: SftpPackets;
  readonly path: string;
  readonly id: Buffer;
  /** Bytes of one request. */
  readonly chunkBytes: number;
}

/** Bytes of a request that every server takes. */
export const CHUNK_BYTES: number = 32 * 1024;
/**
 * As many where the server says that it takes them (limits@openssh.com): below the 255 KiB of OpenSSH,
 * so that it fills whole messages of a channel.
 */
export const LONG_CHUNK_BYTES: number = 7 * CHUNK_BYTES;
/** Bytes under way at once. */
const UNDER_WAY_BYTES = 2 * 1024 * 1024;
/** A short file must not cost 64 requests; each answered one lets two more go. */
const underWayAtFirst = 4;

/** For one chunk: files of procfs come line by line, but a byte at a time nothing honest does. */
const maxAnswers = 1_024;

/** Fills `into` from `offset`; resolves with how many bytes there were before the end. */
export async function readInto(
  file: TransferFile,
  offset: number,
  into: Uint8Array,
): Promise<number> {
  let endBytes = into.length;
  await inChunks(file, into.length, async (start, length) => {
    if (start >= endBytes) return;
    const got = await readChunk(file, offset + start, into.subarray(start, start + length));
    if (got < length) endBytes = Math.min(endBytes, start + got);
  });
  return endBytes;
}

/** All of `data` at `offset`; it must not change meanwhile. */
export async function writeAll(
  file: TransferFile,
  offset: number,
  data: Uint8Array,
): Promise<void> {
  await inChunks(file, data.length, async (start, length) => {
    await file.packets.exchange({
      type: sftpPacket.write,
      fields: [file.id, { raw: uint64(offset + start) }],
      data: data.subarray(start, start + length),
    }, (reply) => {
      if (reply.type !== sftpPacket.status) throw unexpectedReply("write", file.path, reply);
      if (reply.fields.peekUint32() !== 0) throw statusError("write", file.path, reply);
    });
    file.packets.addTransferred(length);
  });
}

/** Fills `into`, however short the answers are; resolves with the bytes got before the end. */
async function readChunk(file: TransferFile, offset: number, into: Uint8Array): Promise<number> {
  let got = 0;
  for (let answers = 0; got < into.length; answers++) {
    if (answers === maxAnswers) {
      throw file.packets.breach(`it answered ${maxAnswers} reads with ${got} bytes together`);
    }
    const rest = into.subarray(got);
    const count = await file.packets.exchange({
      type: sftpPacket.read,
      fields: [file.id, { raw: uint64(offset + got) }, { uint32: rest.length }],
    }, (reply) => takeData(file, rest, reply));
    if (count === 0) return got;
    got += count;
    file.packets.addTransferred(count);
  }
  return got;
}

/** Copies an answer's data; the bytes of it, 0 at the end of the file. */
function takeData(file: TransferFile, into: Uint8Array, reply: SftpReply): number {
  if (reply.type === sftpPacket.status) {
    if (reply.fields.peekUint32() === statusEof) return 0;
    throw statusError("read", file.path, reply);
  }
  if (reply.type !== sftpPacket.data) throw unexpectedReply("read", file.path, reply);
  const data = reply.fields.bytes();
  if (data.length > into.length) {
    throw file.packets.breach(`it sent ${data.length} bytes where ${into.length} were asked for`);
  }
  into.set(data);
  return data.length;
}

/** Runs `transfer` over all chunks, several under way; the first failure starts no more. */
async function inChunks(
  { chunkBytes }: TransferFile,
  totalBytes: number,
  transfer: (start: number, lengthBytes: number) => Promise<void>,
): Promise<void> {
  const maxUnderWay = Math.ceil(UNDER_WAY_BYTES / chunkBytes);
  const failures: unknown[] = [];
  const workers: Promise<void>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < totalBytes && failures.length === 0) {
      const start = next;
      next += chunkBytes;
      await transfer(start, Math.min(chunkBytes, totalBytes - start))
        .catch((error) => void failures.push(error));
      if (next < totalBytes && workers.length < maxUnderWay) workers.push(work());
    }
  };
  for (let count = 0; count < underWayAtFirst; count++) workers.push(work());
  // More may join while these are awaited.
  for (let index = 0; index < workers.length; index++) await workers[index];
  if (failures.length > 0) throw failures[0];
}
