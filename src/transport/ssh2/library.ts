import { finishStreamCiphers } from "./stream_ciphers.ts";

/*
 * The only import of ssh2. It takes createCipheriv from node:crypto once, while it is loaded, so
 * the repair of its ChaCha20 must be in place around that moment and no longer: hence a dynamic
 * import, which no order of import lines can change.
 */
const restore = finishStreamCiphers();
// @ts-types="@types/ssh2"
const library = await import("ssh2");
const crypto = await import("ssh2/lib/protocol/crypto.js");
restore();

/** ssh2's client. */
export const Client: typeof library.default.Client = library.default.Client;

/** ssh2's tools for keys. */
export const utils: typeof library.default.utils = library.default.utils;

/** ssh2's makers of ciphers, which its public face leaves out. */
export const protocolCrypto: {
  createCipher(config: unknown): object;
  createDecipher(config: unknown): object;
} = crypto.default;
