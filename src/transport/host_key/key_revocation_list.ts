import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { FieldReader } from "../fields.ts";
import type { Certificate } from "../keys/certificate.ts";

/** The first bytes of a key revocation list (PROTOCOL.krl of OpenSSH, section 1). */
export const KRL_MAGIC = "SSHKRL\n\0";

const FORMAT_VERSION = 1;
const SECTION = {
  certificates: 1,
  explicitKey: 2,
  fingerprintSha1: 3,
  fingerprintSha256: 5,
  extension: 255,
} as const;
const CERTIFICATE_SECTION = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  extension: 0x39,
} as const;

/** Certificates that one authority revoked; `authority` is empty where it holds for all. */
interface RevokedCertificates {
  readonly authority: Buffer;
  readonly keyIds: Set<string>;
  readonly serials: Set<bigint>;
  /** Both ends inclusive. */
  readonly ranges: { readonly from: bigint; readonly to: bigint }[];
  readonly bitmaps: { readonly offset: bigint; readonly bits: Buffer }[];
}

/** A key revocation list as `ssh-keygen -k` writes it (PROTOCOL.krl of OpenSSH). */
export class KeyRevocationList {
  readonly #keys = new Set<string>();
  readonly #sha1 = new Set<string>();
  readonly #sha256 = new Set<string>();
  readonly #certificates: RevokedCertificates[] = [];

  /** @throws {Error} For anything in it that is not understood, so that nothing is passed over. */
  constructor(bytes: Buffer) {
    const fields = new FieldReader(bytes);
    if (fields.raw(KRL_MAGIC.length).toString("latin1") !== KRL_MAGIC) throw new Error("no KRL");
    const version = fields.uint32();
    if (version !== FORMAT_VERSION) throw new Error(`KRL format ${version} is not supported`);
    // Version, date and flags say nothing about keys.
    for (let number = 0; number < 3; number++) fields.uint64();
    fields.bytes();
    fields.bytes();
    while (fields.remainingBytes > 0) this.#readSection(fields.byte(), fields.bytes());
  }

  /** Whether a plain key is revoked. */
  revokesKey(blob: Buffer): boolean {
    return this.#keys.has(blob.toString("base64")) ||
      this.#sha1.has(digest("sha1", blob)) || this.#sha256.has(digest("sha256", blob));
  }

  /** Whether a certificate, the key in it or its authority is revoked. */
  revokesCertificate(certificate: Certificate): boolean {
    return this.revokesKey(certificate.keyBlob) || this.revokesKey(certificate.authority) ||
      this.#certificates.some((revoked) => covers(revoked, certificate));
  }

  #readSection(type: number, body: Buffer): void {
    switch (type) {
      case SECTION.certificates:
        this.#certificates.push(readCertificates(body));
        return;
      case SECTION.explicitKey:
        for (const key of readBlobs(body)) this.#keys.add(key.toString("base64"));
        return;
      case SECTION.fingerprintSha1:
        for (const hash of readBlobs(body)) this.#sha1.add(hash.toString("base64"));
        return;
      case SECTION.fingerprintSha256:
        for (const hash of readBlobs(body)) this.#sha256.add(hash.toString("base64"));
        return;
      case SECTION.extension:
        return skipExtension(body);
    }
    throw new Error(`KRL section ${type} is not supported`);
  }
}

function readCertificates(body: Buffer): RevokedCertificates {
  const fields = new FieldReader(body);
  const authority = fields.bytes();
  fields.bytes();
  const revoked: RevokedCertificates = {
    authority,
    keyIds: new Set(),
    serials: new Set(),
    ranges: [],
    bitmaps: [],
  };
  while (fields.remainingBytes > 0) {
    readCertificateSection(fields.byte(), { body: fields.bytes(), revoked });
  }
  return revoked;
}

function readCertificateSection(
  type: number,
  { body, revoked }: { readonly body: Buffer; readonly revoked: RevokedCertificates },
): void {
  const fields = new FieldReader(body);
  switch (type) {
    case CERTIFICATE_SECTION.serialList:
      while (fields.remainingBytes > 0) revoked.serials.add(fields.uint64());
      return;
    case CERTIFICATE_SECTION.serialRange:
      revoked.ranges.push({ from: fields.uint64(), to: fields.uint64() });
      return requireEnd(fields);
    case CERTIFICATE_SECTION.serialBitmap:
      revoked.bitmaps.push({ offset: fields.uint64(), bits: fields.bytes() });
      return requireEnd(fields);
    case CERTIFICATE_SECTION.keyId:
      for (const id of readBlobs(body)) revoked.keyIds.add(id.toString());
      return;
    case CERTIFICATE_SECTION.extension:
      return skipExtension(body);
  }
  throw new Error(`KRL certificate section ${type} is not supported`);
}

function covers(revoked: RevokedCertificates, certificate: Certificate): boolean {
  const { authority, keyId, serial } = certificate;
  if (revoked.authority.length > 0 && !revoked.authority.equals(authority)) return false;
  if (revoked.keyIds.has(keyId)) return true;
  // An authority that gives no serial numbers writes 0, which therefore names no certificate.
  if (serial === 0n) return false;
  return revoked.serials.has(serial) ||
    revoked.ranges.some(({ from, to }) => from <= serial && serial <= to) ||
    revoked.bitmaps.some((bitmap) => hasBit(bitmap, serial));
}

/** The bitmap is an mpint: its last byte holds the lowest eight bits. */
function hasBit(
  { offset, bits }: RevokedCertificates["bitmaps"][number],
  serial: bigint,
): boolean {
  const bit = serial - offset;
  if (bit < 0n || bit >= BigInt(bits.length) * 8n) return false;
  const byte = bits[bits.length - 1 - Number(bit / 8n)] ?? 0;
  return (byte >> Number(bit % 8n) & 1) === 1;
}

/** An extension that is critical must be understood; others may be passed over. */
function skipExtension(body: Buffer): void {
  const fields = new FieldReader(body);
  const name = fields.string();
  const isCritical = fields.byte() !== 0;
  if (isCritical) throw new Error(`KRL extension ${JSON.stringify(name)} is not supported`);
}

function readBlobs(body: Buffer): readonly Buffer[] {
  const fields = new FieldReader(body);
  const found: Buffer[] = [];
  while (fields.remainingBytes > 0) found.push(fields.bytes());
  return found;
}

function requireEnd(fields: FieldReader): void {
  if (fields.remainingBytes > 0) throw new Error("a KRL section is too long");
}

function digest(algorithm: "sha1" | "sha256", blob: Buffer): string {
  return createHash(algorithm).update(blob).digest("base64");
}
