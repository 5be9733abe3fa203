import type { FileAttributes } from "../transport.ts";
import { encodeFields, type Field, type FieldReader } from "../fields.ts";

/** Which attributes follow (draft-ietf-secsh-filexfer-02 §5). */
const present = { size: 1, uidGid: 2, permissions: 4, times: 8, extended: 0x8000_0000 } as const;

/** ATTRS as it stands in requests; owner and times are sent in pairs or not at all. */
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

/** Reads ATTRS of an answer; extended pairs are passed over. */
export function decodeAttributes(fields: FieldReader): FileAttributes {
  const flags = fields.uint32();
  const size = flags & present.size ? { sizeBytes: Number(fields.uint64()) } : {};
  const owner = flags & present.uidGid ? { uid: fields.uint32(), gid: fields.uint32() } : {};
  const mode = flags & present.permissions ? { mode: fields.uint32() } : {};
  const times = flags & present.times
    ? { accessTime: fields.uint32(), modifyTime: fields.uint32() }
    : {};
  return { ...size, ...owner, ...mode, ...times };
}

/** An offset or size as it stands on the wire; exact up to 2^53. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
