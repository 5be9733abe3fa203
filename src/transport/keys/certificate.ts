import type { Buffer } from "node:buffer";
import { encodeFields, FieldReader } from "../fields.ts";

/** The parts of an OpenSSH certificate that count (PROTOCOL.certkeys of OpenSSH). */
export interface Certificate {
  /** Such as "ssh-ed25519-cert-v01@openssh.com". */
  readonly type: string;
  readonly blob: Buffer;
  /** The certified public key, as a blob of its plain type. */
  readonly keyBlob: Buffer;
  /** 0 where the authority gives none. */
  readonly serial: bigint;
  readonly kind: "user" | "host" | "other";
  readonly keyId: string;
  /** Names it is good for; empty means all. */
  readonly principals: readonly string[];
  /** Seconds since the Unix epoch, inclusive. */
  readonly validAfter: bigint;
  /** Seconds since the Unix epoch, exclusive. */
  readonly validBefore: bigint;
  /** Names of critical options. */
  readonly criticalOptions: readonly string[];
  /** The authority's public key. */
  readonly authority: Buffer;
  /** The authority's signature, with its algorithm's name. */
  readonly signature: Buffer;
  /** The signed part. */
  readonly signed: Buffer;
}

const suffix = "-cert-v01@openssh.com";

/** Whether a key type is a certificate's. */
export function isCertificateType(type: string): boolean {
  return type.endsWith(suffix);
}

/** The type without the certificate: "ssh-ed25519" of "ssh-ed25519-cert-v01@openssh.com". */
export function plainTypeOf(type: string): string {
  return isCertificateType(type) ? type.slice(0, -suffix.length) : type;
}

/** The certificate type of a plain key type. */
export function certificateTypeOf(type: string): string {
  return type + suffix;
}

/** @throws {TruncatedError} or {Error} When the blob is no certificate of a known type. */
export function parseCertificate(blob: Buffer): Certificate {
  const fields = new FieldReader(blob);
  const type = fields.string();
  fields.bytes();
  const keyBlob = readKey(plainTypeOf(type), fields);
  const serial = fields.uint64();
  const kind = ({ 1: "user", 2: "host" } as const)[fields.uint32()] ?? "other";
  const keyId = fields.string();
  const principals = strings(fields.bytes());
  const validAfter = fields.uint64();
  const validBefore = fields.uint64();
  const criticalOptions = strings(fields.bytes()).filter((_, index) => index % 2 === 0);
  fields.bytes();
  fields.bytes();
  const authority = fields.bytes();
  const signed = blob.subarray(0, blob.length - fields.remainingBytes);
  const signature = fields.bytes();
  return {
    ...{ type, blob, keyBlob, serial, kind, keyId, principals, validAfter, validBefore },
    ...{ criticalOptions, authority, signature, signed },
  };
}

function readKey(plainType: string, fields: FieldReader): Buffer {
  switch (plainType) {
    case "ssh-ed25519":
      return encodeFields(plainType, fields.bytes());
    case "ssh-rsa":
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
    case "sk-ssh-ed25519@openssh.com":
      return encodeFields(plainType, fields.bytes(), fields.bytes());
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return encodeFields(plainType, fields.bytes(), fields.bytes(), fields.bytes());
  }
  throw new Error(`certificates of ${plainType} are not supported`);
}

function strings(bytes: Buffer): string[] {
  const fields = new FieldReader(bytes);
  const found: string[] = [];
  while (fields.remainingBytes > 0) found.push(fields.string());
  return found;
}
