import { sampleCiphers } from "./sample_ciphers.ts";

interface Generic {
  readonly _cipherInstance?: { final(): unknown };
  readonly _decipherInstance?: { final(): unknown };
  free(): void;
}

/**
 * Makes ssh2 end the AES ciphers of a connection when it lets go of them.
 *
 * Its `free()` does nothing in the form without native parts, and Deno frees a cipher's native part
 * only at final(): each connection and each rekeying left two behind.
 */
export function releaseCiphers(): void {
  const { cipher, decipher } = sampleCiphers("aes-128-ctr");
  for (const sample of [cipher, decipher] as Generic[]) {
    Object.getPrototypeOf(sample).free = endInstance;
    sample.free();
  }
}

function endInstance(this: Generic): void {
  try {
    (this._cipherInstance ?? this._decipherInstance)?.final();
  } catch {
    // It was ended before, or a block cipher stands in the middle of a block: both are over.
  }
}
