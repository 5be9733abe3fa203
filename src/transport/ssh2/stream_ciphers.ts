import crypto, { type CipherGCM, type CipherKey } from "node:crypto";

/*
 * ssh2 makes three ChaCha20 ciphers for each packet and never calls final(): Deno frees a cipher's
 * native part only there, so each packet left 0.9 KB behind (measured: 80 MB for 135 MB of pty
 * output). ssh2 takes createCipheriv from the module object once, when it is loaded; this module is
 * imported before it, and hands it a createCipheriv whose ChaCha20 ends with its only update().
 */
type Create = (algorithm: string, key: CipherKey, iv: Uint8Array, options?: unknown) => CipherGCM;
type Module = { createCipheriv: Create; createDecipheriv: Create };

const { createCipheriv, createDecipheriv } = crypto as unknown as Module;

Object.assign(crypto, {
  createCipheriv: finishing(createCipheriv),
  createDecipheriv: finishing(createDecipheriv),
});

/** Gives node:crypto its own functions back; to be called once ssh2 is loaded. */
export function restoreCiphers(): void {
  Object.assign(crypto, { createCipheriv, createDecipheriv });
}

function finishing(create: Create): Create {
  return (algorithm, key, iv, options) => {
    const cipher = create(algorithm, key, iv, options);
    return algorithm === "chacha20" ? finishedAfterUpdate(cipher) : cipher;
  };
}

function finishedAfterUpdate(cipher: CipherGCM): CipherGCM {
  const update = cipher.update.bind(cipher) as (data: Uint8Array) => Uint8Array;
  return Object.assign(cipher, {
    update: (data: Uint8Array): Uint8Array => {
      const text = update(data);
      cipher.final();
      return text;
    },
  });
}
