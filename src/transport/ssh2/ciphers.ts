import { Buffer } from "node:buffer";
import { protocolCrypto } from "./library.ts";

/** The largest packet_length that ssh2 1.17 takes: what RFC 4253 §6.1 asks for at least. */
const LIBRARY_LIMIT_BYTES = 35_000;
/** sshd writes at most its window of 2 MiB to a pty at once, and answers with as much. */
const OPENSSH_LIMIT_BYTES = 4 * 1024 * 1024;
/** GCM counts its tag and the length field in. */
const GCM_OVERHEAD_BYTES = 20;

interface Decipher {
  /** Encrypt-then-MAC; a boolean only where the MAC is an algorithm of its own. */
  readonly _macETM?: boolean;
  _len: number;
}

/**
 * Makes ssh2's deciphers take packets as long as OpenSSH sends them.
 *
 * sshd answers input to a pty without echo by SSH_MSG_IGNORE of the input's length, so that nobody
 * sees from outside that a password is typed. A command of 1 MB brought packets of up to 575 KB, for
 * which ssh2 closed the connection. Its limit is a constant, compared with `_len` right after that
 * is set (for a MAC outside of the encryption, at the second reading): that one reading is answered
 * with 0 where the length is one that OpenSSH may send. The checks that follow see the real length.
 */
export function acceptLongPackets(): void {
  for (const cipher of ["chacha20", "aes-128-gcm", "aes-128-ctr"]) {
    lift(Object.getPrototypeOf(sampleCiphers(cipher).decipher) as Decipher);
  }
}

interface Length {
  readonly bytes: number;
  readings: number;
}

function lift(prototype: Decipher): void {
  const lengths = new WeakMap<Decipher, Length>();
  Object.defineProperty(prototype, "_len", {
    set(this: Decipher, bytes: number): void {
      lengths.set(this, { bytes, readings: 0 });
    },
    get(this: Decipher): number {
      const length = lengths.get(this)!;
      const isCompared = length.readings++ === (this._macETM === false ? 1 : 0);
      return isCompared && isLong(length.bytes) ? 0 : length.bytes;
    },
  });
}

function isLong(bytes: number): boolean {
  return bytes > LIBRARY_LIMIT_BYTES - GCM_OVERHEAD_BYTES && bytes <= OPENSSH_LIMIT_BYTES;
}

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

/** A cipher and a decipher of ssh2's for one algorithm, never used: their classes are not exported. */
interface SampleCiphers {
  readonly cipher: object;
  readonly decipher: object;
}

/** `sslName` is node:crypto's name: "chacha20", "aes-128-gcm" or "aes-128-ctr". */
function sampleCiphers(sslName: string): SampleCiphers {
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
