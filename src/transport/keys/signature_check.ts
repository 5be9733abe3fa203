import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { curveOf, keyOfBlob, keyTypeOf, unsigned } from "./key_blob.ts";
import { FieldReader } from "../fields.ts";

/**
 * Whether a signature (`string` algorithm, `string` value) over `data` is the key's.
 *
 * RSA with SHA-1 does not count (RFC 8332 §5.1). Never throws.
 */
export function isSignedBy(keyBlob: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    const fields = new FieldReader(signature);
    const algorithm = fields.string();
    return verifies(keyBlob, data, { algorithm, value: fields.bytes() });
  } catch {
    return false;
  }
}

/** The algorithm that a signature names; "" where it names none. */
export function signatureAlgorithmOf(signature: Uint8Array): string {
  try {
    return new FieldReader(signature).string();
  } catch {
    return "";
  }
}

interface NamedSignature {
  readonly algorithm: string;
  readonly value: Buffer;
}

function verifies(keyBlob: Uint8Array, data: Uint8Array, signature: NamedSignature): boolean {
  const { algorithm, value } = signature;
  const type = keyTypeOf(keyBlob);
  const key = keyOfBlob(keyBlob);
  if (type === "ssh-rsa") {
    const hash = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }[algorithm];
    return hash !== undefined && verify(hash, data, key, value);
  }
  if (algorithm !== type) return false;
  const curve = curveOf(type);
  if (curve === undefined) return verify(undefined, data, key, value);
  const pair = new FieldReader(value);
  const [r, s] = [pair.bytes(), pair.bytes()].map((part) => padded(unsigned(part), curve.bytes));
  const joined = Buffer.concat([r!, s!]);
  return verify(curve.hash, data, { key, dsaEncoding: "ieee-p1363" }, joined);
}

function padded(bytes: Buffer, lengthBytes: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, lengthBytes - bytes.length)), bytes]);
}
