import type { Buffer } from "node:buffer";
import { type KeyObject, sign } from "node:crypto";
import { blobOfKey, curveOf, keyTypeOf, mpintOf } from "./key_blob.ts";
import { encodeFields } from "../fields.ts";

/** Makes signatures as they stand in messages: `string` algorithm, `string` signature. */
export interface Signer {
  /** `algorithm`: such as "rsa-sha2-512" (RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3). */
  sign(data: Buffer, algorithm: string): Promise<Buffer>;
}

/** A decrypted private key with its public half. */
export class SigningKey implements Signer {
  readonly blob: Buffer;
  readonly #key: KeyObject;

  /** @throws {Error} For a key of a type that SSH has not. */
  constructor(key: KeyObject) {
    const blob = blobOfKey(key);
    if (blob === undefined) throw new Error(`key type ${key.asymmetricKeyType} is not supported`);
    this.blob = blob;
    this.#key = key;
  }

  sign(data: Buffer, algorithm: string): Promise<Buffer> {
    return Promise.resolve(encodeFields(algorithm, this.#signature(data, algorithm)));
  }

  #signature(data: Buffer, algorithm: string): Buffer {
    const curve = curveOf(keyTypeOf(this.blob));
    if (curve === undefined) return sign(rsaHashOf(algorithm), data, this.#key);
    const pair = sign(curve.hash, data, { key: this.#key, dsaEncoding: "ieee-p1363" });
    return encodeFields(
      mpintOf(pair.subarray(0, curve.bytes)),
      mpintOf(pair.subarray(curve.bytes)),
    );
  }
}

/** The hash of an RSA signature algorithm; none for Ed25519, which has its own. */
function rsaHashOf(algorithm: string): string | undefined {
  switch (algorithm) {
    case "rsa-sha2-512":
      return "sha512";
    case "rsa-sha2-256":
      return "sha256";
    case "ssh-rsa":
      return "sha1";
  }
  return undefined;
}
