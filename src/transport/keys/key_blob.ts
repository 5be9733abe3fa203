import { Buffer } from "node:buffer";
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { encodeFields, FieldReader } from "../fields.ts";

/** The curve behind an ECDSA key type (RFC 5656 §10.1) in JWK's words (RFC 7518 §6.2.1.1). */
export interface Curve {
  readonly jwk: "P-256" | "P-384" | "P-521";
  readonly ssh: "nistp256" | "nistp384" | "nistp521";
  /** Length of a scalar and of a coordinate. */
  readonly bytes: number;
  readonly hash: "sha256" | "sha384" | "sha512";
}

const curves: readonly Curve[] = [
  { jwk: "P-256", ssh: "nistp256", bytes: 32, hash: "sha256" },
  { jwk: "P-384", ssh: "nistp384", bytes: 48, hash: "sha384" },
  { jwk: "P-521", ssh: "nistp521", bytes: 66, hash: "sha512" },
];

/** The curve of "ecdsa-sha2-nistp256" and its kin; undefined for other key types. */
export function curveOf(keyType: string): Curve | undefined {
  return curves.find((curve) => keyType === `ecdsa-sha2-${curve.ssh}`);
}

/** The key type at the head of a public key blob (RFC 4253 §6.6). */
export function keyTypeOf(blob: Uint8Array): string {
  return new FieldReader(blob).string();
}

/** How many strings follow the type of a key (RFC 4253 §6.6, RFC 5656 §3.1, PROTOCOL.u2f). */
const FIELDS_AFTER_TYPE: Readonly<Record<string, number>> = {
  "ssh-ed25519": 1,
  "ssh-rsa": 2,
  "ssh-dss": 4,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "sk-ssh-ed25519@openssh.com": 2,
  "sk-ecdsa-sha2-nistp256@openssh.com": 3,
};

/** Whether a blob is a public key of a known type from its first byte to its last. */
export function isWholeKey(blob: Uint8Array): boolean {
  const fields = new FieldReader(blob);
  const type = fields.string();
  const count = Object.hasOwn(FIELDS_AFTER_TYPE, type) ? FIELDS_AFTER_TYPE[type]! : -1;
  if (count < 0) return false;
  for (let number = 0; number < count; number++) {
    if (fields.remainingBytes < 4 || fields.bytes().length === 0) return false;
  }
  return fields.remainingBytes === 0;
}

/** OpenSSH takes no shorter RSA key for anything (SSH_RSA_MINIMUM_MODULUS_SIZE). */
export const MINIMUM_RSA_BITS = 1024;

/** Whether a key is an RSA key of fewer bits than asked for. */
export function isShortRsa(blob: Uint8Array, leastBits: number): boolean {
  return (rsaBitsOf(blob) ?? Infinity) < Math.max(leastBits, MINIMUM_RSA_BITS);
}

/** Bits of an RSA key's modulus; undefined for keys of other types. */
export function rsaBitsOf(blob: Uint8Array): number | undefined {
  const fields = new FieldReader(blob);
  if (fields.string() !== "ssh-rsa") return undefined;
  fields.bytes();
  const modulus = unsigned(fields.bytes());
  return modulus.length === 0 ? 0 : modulus.length * 8 - Math.clz32(modulus[0]!) + 24;
}

/** A public or private key's public half as a blob; undefined for types SSH has not. */
export function blobOfKey(key: KeyObject): Buffer | undefined {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") return encodeFields("ssh-rsa", mpint(jwk.e), mpint(jwk.n));
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return encodeFields("ssh-ed25519", decode(jwk.x));
  const curve = curves.find(({ jwk: name }) => name === jwk.crv);
  if (jwk.kty !== "EC" || curve === undefined) return undefined;
  const point = Buffer.concat([Buffer.of(4), decode(jwk.x), decode(jwk.y)]);
  return encodeFields(`ecdsa-sha2-${curve.ssh}`, curve.ssh, point);
}

/** The key in a blob, for checking signatures; throws for types that are not supported. */
export function keyOfBlob(blob: Uint8Array): KeyObject {
  return createPublicKey({ key: jwkOfBlob(blob), format: "jwk" });
}

/** The public half of a blob as a JWK (RFC 7517, RFC 8037). */
export function jwkOfBlob(blob: Uint8Array): JsonWebKey {
  const fields = new FieldReader(blob);
  const type = fields.string();
  if (type === "ssh-ed25519") return { kty: "OKP", crv: "Ed25519", x: encode(fields.bytes()) };
  if (type === "ssh-rsa") {
    const e = encode(unsigned(fields.bytes()));
    return { kty: "RSA", e, n: encode(unsigned(fields.bytes())) };
  }
  const curve = curveOf(type);
  if (curve === undefined) throw new Error(`key type ${type} is not supported`);
  fields.bytes();
  const point = fields.bytes();
  return {
    kty: "EC",
    crv: curve.jwk,
    x: encode(point.subarray(1, 1 + curve.bytes)),
    y: encode(point.subarray(1 + curve.bytes)),
  };
}

/** A positive integer's bytes as an mpint's content (RFC 4251 §5). */
export function mpintOf(bytes: Uint8Array): Buffer {
  const plain = unsigned(bytes);
  return plain.length > 0 && plain[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), plain]) : plain;
}

/** An mpint's content without its leading zero bytes. */
export function unsigned(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return Buffer.from(start < 0 ? [] : bytes.subarray(start));
}

function mpint(base64url: string | undefined): Buffer {
  return mpintOf(decode(base64url));
}

function decode(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? "", "base64url");
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64url");
}
