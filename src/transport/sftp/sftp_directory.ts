import { Buffer } from "node:buffer";
import type { DirectoryEntry } from "../transport.ts";
import { decodeAttributes } from "./sftp_attributes.ts";
import { statusEof, statusError, unexpectedReply } from "./sftp_errors.ts";
import { sftpPacket, type SftpPackets } from "./sftp_packets.ts";

/** NAME_MAX of all usual file systems is 255 bytes; some count characters. */
const NAME_LIMIT_BYTES = 1_024;

/** Reads a directory by SSH_FXP_READDIR, one answer after the other (§6.7). */
export async function* listDirectory(
  packets: SftpPackets,
  path: string,
): AsyncGenerator<DirectoryEntry> {
  const opened = await packets.request(sftpPacket.opendir, path);
  if (opened.type !== sftpPacket.handle) {
    throw opened.type === sftpPacket.status
      ? statusError("list", path, opened)
      : unexpectedReply("list", path, opened);
  }
  const handle = Buffer.from(opened.fields.bytes());
  try {
    while (true) {
      const reply = await packets.request(sftpPacket.readdir, handle);
      if (reply.type === sftpPacket.status) {
        if (reply.fields.peekUint32() === statusEof) return;
        throw statusError("list", path, reply);
      }
      if (reply.type !== sftpPacket.name) throw unexpectedReply("list", path, reply);
      const count = reply.fields.uint32();
      if (count === 0) throw packets.breach("it sent a list of no names");
      for (let at = 0; at < count; at++) {
        const bytes = reply.fields.bytes();
        if (bytes.length > NAME_LIMIT_BYTES || bytes.length === 0 || bytes.includes(0x2f)) {
          throw packets.breach(`it sent a directory entry that is no file name`);
        }
        reply.fields.bytes();
        const attributes = decodeAttributes(reply.fields);
        const name = Buffer.from(bytes).toString();
        if (name === "." || name === "..") continue;
        yield { name, isUtf8: Buffer.from(name).equals(bytes), attributes };
      }
    }
  } finally {
    await packets.request(sftpPacket.close, handle).catch(() => {});
  }
}
