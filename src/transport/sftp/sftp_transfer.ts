import { Buffer } from "node:buffer";
import { uint64 } from "./sftp_attributes.ts";
import { statusEof, statusError, unexpectedReply } from "./sftp_errors.ts";
import { sftpPacket, type SftpPackets } from "./sftp_packets.ts";

/** The open file that a transfer works on. */
export interface TransferFile {
  readonly packets: SftpPackets;
  readonly path: string;
  readonly id: Buffer;
}

const chunkBytes = 32 * 1024;
const maxUnderWay = 64;
/** A short file must not cost 64 requests; each answered one lets two more go. */
const underWayAtFirst = 4;

/** For one chunk: files of procfs come line by line, but a byte at a time nothing honest does. */
const maxAnswers = 1_024;

/** Up to `lengthBytes` from `offset`; fewer only at the end of the file. */
export async function readAll(
  file: TransferFile,
  offset: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(lengthBytes);
  let endBytes = lengthBytes;
  await inChunks(lengthBytes, async (start, length) => {
    if (start >= endBytes) return;
    const got = await readChunk(file, offset + start, bytes.subarray(start, start + length));
    if (got < length) endBytes = Math.min(endBytes, start + got);
  });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, endBytes);
}

/** All of `data` at `offset`. */
export async function writeAll(
  file: TransferFile,
  offset: number,
  data: Uint8Array,
): Promise<void> {
  await inChunks(data.length, async (start, length) => {
    const reply = await file.packets.request(
      sftpPacket.write,
      file.id,
      { raw: uint64(offset + start) },
      data.subarray(start, start + length),
    );
    if (reply.type !== sftpPacket.status) throw unexpectedReply("write", file.path, reply);
    if (reply.fields.peekUint32() !== 0) throw statusError("write", file.path, reply);
    file.packets.addTransferred(length);
  });
}

/** Fills `into`, however short the answers are; resolves with the bytes got before the end. */
async function readChunk(file: TransferFile, offset: number, into: Buffer): Promise<number> {
  let got = 0;
  for (let answers = 0; got < into.length; answers++) {
    if (answers === maxAnswers) {
      throw file.packets.breach(`it answered ${maxAnswers} reads with ${got} bytes together`);
    }
    const wanted = into.length - got;
    const reply = await file.packets.request(
      sftpPacket.read,
      file.id,
      { raw: uint64(offset + got) },
      { uint32: wanted },
    );
    if (reply.type === sftpPacket.status) {
      if (reply.fields.peekUint32() === statusEof) return got;
      throw statusError("read", file.path, reply);
    }
    if (reply.type !== sftpPacket.data) throw unexpectedReply("read", file.path, reply);
    const data = reply.fields.bytes();
    if (data.length === 0) return got;
    if (data.length > wanted) {
      throw file.packets.breach(`it sent ${data.length} bytes where ${wanted} were asked for`);
    }
    got += data.copy(into, got);
    file.packets.addTransferred(data.length);
  }
  return got;
}

/** Runs `transfer` over all chunks, several under way; the first failure starts no more. */
async function inChunks(
  totalBytes: number,
  transfer: (start: number, lengthBytes: number) => Promise<void>,
): Promise<void> {
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
