import { Buffer } from "node:buffer";
import { ChannelError } from "../errors.ts";

/** Joins the parts of a message; strings and bytes get their length first (RFC 4251 §5). */
export function encodeFields(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(encodeField));
}

/** `byte`, `uint32`, `boolean` and `string` of RFC 4251 §5, or bytes taken as they are. */
export type Field =
  | { readonly byte: number }
  | { readonly uint32: number }
  | { readonly boolean: boolean }
  | { readonly raw: Uint8Array }
  | string
  | Uint8Array;

function encodeField(field: Field): Uint8Array {
  if (typeof field === "string") return withLength(Buffer.from(field));
  if (field instanceof Uint8Array) return withLength(field);
  if ("byte" in field) return Uint8Array.of(field.byte);
  if ("boolean" in field) return Uint8Array.of(field.boolean ? 1 : 0);
  return "raw" in field ? field.raw : uint32(field.uint32);
}

function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
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
