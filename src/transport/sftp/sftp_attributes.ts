import type { FileAttributes } from "../transport.ts";
import { encodeFields, type Field, type FieldReader } from "../fields.ts";

/** Which attributes follow (draft-ietf-secsh-filexfer-02 §5). */
const present = { size: 1, uidGid: 2, permissions: 4, times: 8, extended: 0x8000_0000 } as const;

/** ATTRS of a request; owner and group, and both times, are sent in pairs or not at all. */
export function encodeAttributes(attributes: FileAttributes): Field {
  const { sizeBytes, uid, gid, mode, accessTime, modifyTime } = attributes;
  const fields: Field[] = [];
  let flags = 0;
  if (sizeBytes !== undefined) {
    flags |= present.size;
    fields.push({ raw: uint64(sizeBytes) });
  }
  if (uid !== undefined && gid !== undefined) {
    flags |= present.uidGid;
    fields.push({ uint32: uid }, { uint32: gid });
  }
  if (mode !== undefined) {
    flags |= present.permissions;
    fields.push({ uint32: mode });
  }
  if (accessTime !== undefined && modifyTime !== undefined) {
    flags |= present.times;
    fields.push({ uint32: accessTime }, { uint32: modifyTime });
  }
  return { raw: encodeFields({ uint32: flags }, ...fields) };
}

/** Reads ATTRS of an answer; extended pairs are skipped, as far as the packet has them. */
export function decodeAttributes(fields: FieldReader): FileAttributes {
  const flags = fields.uint32();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const sizeBytes = has(present.size) ? Number(fields.uint64()) : undefined;
  const uid = has(present.uidGid) ? fields.uint32() : undefined;
  const gid = has(present.uidGid) ? fields.uint32() : undefined;
  const mode = has(present.permissions) ? fields.uint32() : undefined;
  const accessTime = has(present.times) ? fields.uint32() : undefined;
  const modifyTime = has(present.times) ? fields.uint32() : undefined;
  for (let left = has(present.extended) ? fields.uint32() : 0; left > 0; left--) {
    fields.bytes();
    fields.bytes();
  }
  return { sizeBytes, uid, gid, mode, accessTime, modifyTime };
}

/** An offset or size of a packet; exact up to 2^53. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
