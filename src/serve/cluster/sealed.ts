const HKDF_INFO = "mcp-ssh-session peer v1";
const IV_BYTES = 12;
/** No key leaves the runtime. */
const EXTRACTABLE = false;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Bytes = Uint8Array<ArrayBuffer>;

/** Boxes that only holders of the cluster's secret make and open (AES-256-GCM). */
export class SealedBoxes {
  readonly #keys: readonly CryptoKey[];

  private constructor(keys: readonly CryptoKey[]) {
    this.#keys = keys;
  }

  /** The first secret seals, all open: so a secret is changed without a gap. */
  static async of(secrets: readonly string[]): Promise<SealedBoxes> {
    return new SealedBoxes(await Promise.all(secrets.map(keyOf)));
  }

  /** `bound`: what the box is for; it opens for nothing else. */
  async seal(data: unknown, bound: string): Promise<Bytes> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = encoder.encode(JSON.stringify(data));
    const box = new Uint8Array(
      await crypto.subtle.encrypt(algorithm(iv, bound), this.#keys[0]!, text),
    );
    const all = new Uint8Array(IV_BYTES + box.length);
    all.set(iv);
    all.set(box, IV_BYTES);
    return all;
  }

  /** Undefined for a box that was made with another secret, for something else, or changed. */
  async open(box: Bytes, bound: string): Promise<unknown> {
    for (const key of this.#keys) {
      try {
        const { decrypt } = crypto.subtle;
        const iv = box.subarray(0, IV_BYTES);
        const text = await decrypt.call(
          crypto.subtle,
          algorithm(iv, bound),
          key,
          box.subarray(IV_BYTES),
        );
        return JSON.parse(decoder.decode(text));
      } catch {
        continue;
      }
    }
    return undefined;
  }
}

/** Puts a length before a box, as they stand in a stream. */
export function framed(box: Bytes): Bytes {
  const all = new Uint8Array(4 + box.length);
  new DataView(all.buffer).setUint32(0, box.length);
  all.set(box, 4);
  return all;
}

/**
 * The boxes of a stream.
 *
 * @throws {Error} At one that is longer than `limitBytes`.
 */
export async function* unframed(
  stream: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Bytes> {
  let waiting: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of stream) {
    waiting.push(chunk);
    have += chunk.length;
    for (let need = needOf(waiting, limitBytes); have >= need; need = needOf(waiting, limitBytes)) {
      const all = joined(waiting, have);
      yield all.slice(4, need);
      waiting = [all.subarray(need)];
      have -= need;
    }
  }
}

function needOf(waiting: Uint8Array[], limitBytes: number): number {
  const head = new Uint8Array(4);
  let at = 0;
  for (const chunk of waiting) {
    const part = chunk.subarray(0, 4 - at);
    head.set(part, at);
    at += part.length;
    if (at === 4) break;
  }
  if (at < 4) return Infinity;
  const bytes = new DataView(head.buffer).getUint32(0);
  if (bytes > limitBytes) throw new Error(`A box of ${bytes} bytes is too long`);
  return 4 + bytes;
}

function joined(chunks: readonly Uint8Array[], bytes: number): Bytes {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const { subtle } = crypto;
  const base = await subtle.importKey("raw", encoder.encode(secret), "HKDF", EXTRACTABLE, [
    "deriveKey",
  ]);
  const info = encoder.encode(HKDF_INFO);
  const kdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const aes = { name: "AES-GCM", length: 256 };
  return await subtle.deriveKey(kdf, base, aes, EXTRACTABLE, ["encrypt", "decrypt"]);
}

function algorithm(iv: Bytes, bound: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(bound) };
}
