import { Buffer } from "node:buffer";
import { ChannelError } from "../errors.ts";

/** Joins the parts of a message; strings and bytes get their length first (RFC 4251 §5). */
export function encodeFields(...fields: readonly Field[]): Buffer {
  const bytes = Buffer.allocUnsafe(fields.reduce((sum, field) => sum + lengthOf(field), 0));
  let at = 0;
  for (const field of fields) at = putField(bytes, at, field);
  return bytes;
}

/** `byte`, `uint32`, `boolean` and `string` of RFC 4251 §5, or bytes taken as they are. */
export type Field =
  | { readonly byte: number }
  | { readonly uint32: number }
  | { readonly boolean: boolean }
  | { readonly raw: Uint8Array }
  | string
  | Uint8Array;

/** Bytes that a field takes. */
export function lengthOf(field: Field): number {
  if (typeof field === "string") return 4 + Buffer.byteLength(field);
  if (field instanceof Uint8Array) return 4 + field.length;
  if ("raw" in field) return field.raw.length;
  return "uint32" in field ? 4 : 1;
}

/** Writes one field at `at`; returns the place behind it. */
function putField(bytes: Buffer, at: number, field: Field): number {
  if (typeof field === "string") {
    const length = bytes.write(field, at + 4);
    return bytes.writeUInt32BE(length, at) + length;
  }
  if (field instanceof Uint8Array) {
    bytes.set(field, bytes.writeUInt32BE(field.length, at));
    return at + 4 + field.length;
  }
  if ("byte" in field) return bytes.writeUInt8(field.byte, at);
  if ("boolean" in field) return bytes.writeUInt8(field.boolean ? 1 : 0, at);
  if ("uint32" in field) return bytes.writeUInt32BE(field.uint32 >>> 0, at);
  bytes.set(field.raw, at);
  return at + field.raw.length;
}

/** The bytes end before the field does. */
export class TruncatedError extends ChannelError {
  constructor() {
    super(
      "The far end sent a message that is cut short",
      "Try again; if it stays, do it with a command in a new session",
    );
  }
}

/** Reads fields of RFC 4251 §5 one after the other; throws {@link TruncatedError}. */
export class FieldReader {
  readonly #bytes: Buffer;
  readonly #truncated: () => Error;
  #position = 0;

  /** `truncated` makes the error that is thrown instead of {@link TruncatedError}. */
  constructor(bytes: Uint8Array, truncated: () => Error = () => new TruncatedError()) {
    this.#truncated = truncated;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The same fields in bytes of their own. */
  kept(): FieldReader {
    return new FieldReader(Buffer.from(this.#bytes.subarray(this.#position)), this.#truncated);
  }

  /** Bytes not read yet. */
  get remainingBytes(): number {
    return this.#bytes.length - this.#position;
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  /** The next uint32, to be read again. */
  peekUint32(): number {
    const value = this.uint32();
    this.#position -= 4;
    return value;
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE();
  }

  byte(): number {
    return this.#take(1)[0]!;
  }

  bytes(): Buffer {
    return this.#take(this.uint32());
  }

  string(): string {
    return this.bytes().toString();
  }

  raw(lengthBytes: number): Buffer {
    return this.#take(lengthBytes);
  }

  #take(lengthBytes: number): Buffer {
    if (lengthBytes > this.remainingBytes) throw this.#truncated();
    this.#position += lengthBytes;
    return this.#bytes.subarray(this.#position - lengthBytes, this.#position);
  }
}
