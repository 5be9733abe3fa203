import { readFile } from "node:fs/promises";
import type { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import { utils } from "ssh2";

/** A private key that can sign (RFC 4252 §7). */
export interface SigningKey {
  readonly path: string;
  /** Such as "ssh-ed25519". */
  readonly type: string;
  /** Public key blob (RFC 4253 §6.6). */
  readonly blob: Buffer;
  /** Signature without its name, over `data`. */
  sign(data: Buffer, algorithm: string): Buffer;
}

/** Reads a key file. */
export async function readKeyFile(path: string, passphrase?: string): Promise<SigningKey | Error> {
  const text = await readFile(path).catch((error: Error) => error);
  if (text instanceof Error) return text;
  const parsed = utils.parseKey(text, passphrase);
  if (parsed instanceof Error) return parsed;
  const key = Array.isArray(parsed) ? parsed[0]! : parsed;
  return {
    path,
    type: key.type,
    blob: key.getPublicSSH(),
    sign: (data, algorithm) => {
      const hash = algorithm === "rsa-sha2-256"
        ? "sha256"
        : algorithm === "rsa-sha2-512"
        ? "sha512"
        : undefined;
      // deno-lint-ignore no-explicit-any
      const signature = (key as any).sign(data, hash);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}
