// Before ssh2 itself: it ends the ciphers that the library leaves open.
import "../../src/transport/ssh2/repairs.ts";
// @ts-types="@types/ssh2"
import { utils } from "ssh2";

/** A key pair in OpenSSH's formats. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** The public key of a private one, as known_hosts(5) has it: type and base64. */
export function publicKeyOf(privateKey: string): string {
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

/**
 * A new Ed25519 key pair that can be read.
 *
 * One in about 300 that ssh2 1.17.0 makes cannot: it drops a leading zero byte of the public key.
 */
export function newKeyPair(): KeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
