import { Buffer } from "node:buffer";
import protocolCrypto from "ssh2/lib/protocol/crypto.js";

/** A cipher and a decipher of ssh2's for one algorithm, never used: their classes are not exported. */
export interface SampleCiphers {
  readonly cipher: object;
  readonly decipher: object;
}

/** `sslName` is node:crypto's name: "chacha20", "aes-128-gcm" or "aes-128-ctr". */
export function sampleCiphers(sslName: string): SampleCiphers {
  const keyLen = sslName === "chacha20" ? 64 : 16;
  const info = { sslName, keyLen, ivLen: 16, blockLen: 16, authLen: 16 };
  const key = Buffer.alloc(keyLen);
  const iv = Buffer.alloc(16);
  const mac = {
    macKey: Buffer.alloc(32),
    macInfo: { sslName: "sha256", len: 32, actualLen: 32, isETM: true },
    seqno: 0,
  };
  return {
    cipher: protocolCrypto.createCipher({
      outbound: { ...mac, onWrite: () => {}, cipherKey: key, cipherIV: iv, cipherInfo: info },
    }),
    decipher: protocolCrypto.createDecipher({
      inbound: {
        ...mac,
        onPayload: () => {},
        decipherKey: key,
        decipherIV: iv,
        decipherInfo: info,
      },
    }),
  };
}
