/** SHA-1's first state and the constants of its four rounds (FIPS 180-4 §5.3.1 and §4.2.1). */
const FIRST_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const ROUND_1 = 0x5a827999;
const ROUND_2 = 0x6ed9eba1;
const ROUND_3 = 0x8f1bbcdc;
const ROUND_4 = 0xca62c1d6;
/** HMAC's two pads (RFC 2104 §2) as words, and what makes one of the other. */
const INNER_PAD = 0x36363636;
const OUTER_OF_INNER = 0x6a6a6a6a;

const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const SALT_WORDS = 5;
const HASH_BITS = 160;

/**
 * A name as hashed lines of known_hosts have it: HMAC-SHA1 with the line's salt as the key.
 *
 * node:crypto makes a stream for each, which takes 7 to 18 µs: 50 ms for 3,000 lines, again for each
 * host. This takes 1 µs. The name is no secret.
 */
export class HashedName {
  readonly #blocks: readonly Int32Array[];
  readonly #inner = new Int32Array(SALT_WORDS);
  readonly #outer = new Int32Array(SALT_WORDS);
  readonly #block = new Int32Array(BLOCK_WORDS);
  readonly #schedule = new Int32Array(80);

  constructor(name: string) {
    this.#blocks = paddedBlocks(new TextEncoder().encode(name));
  }

  /** Whether its hash with this salt is the given one; both are of 20 bytes. */
  has(salt: Uint8Array, hash: Uint8Array): boolean {
    const [block, inner, outer] = [this.#block, this.#inner, this.#outer];
    for (let i = 0; i < BLOCK_WORDS; i++) {
      block[i] = (i < SALT_WORDS ? wordAt(salt, 4 * i) : 0) ^ INNER_PAD;
    }
    inner.set(FIRST_STATE);
    this.#compress(inner, block);
    for (const part of this.#blocks) this.#compress(inner, part);
    for (let i = 0; i < BLOCK_WORDS; i++) block[i] = block[i]! ^ OUTER_OF_INNER;
    outer.set(FIRST_STATE);
    this.#compress(outer, block);
    block.fill(0);
    block.set(inner);
    block[SALT_WORDS] = 0x80 << 24;
    block[BLOCK_WORDS - 1] = 8 * BLOCK_BYTES + HASH_BITS;
    this.#compress(outer, block);
    return outer.every((word, i) => word === wordAt(hash, 4 * i));
  }

  /** One block into the state (FIPS 180-4 §6.1.2). */
  #compress(state: Int32Array, block: Int32Array): void {
    const w = this.#schedule;
    w.set(block);
    for (let i = BLOCK_WORDS; i < 80; i++) {
      const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
      w[i] = x << 1 | x >>> 31;
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!;
    for (let i = 0; i < 80; i++) {
      let f = 0;
      if (i < 20) f = (b & c | ~b & d) + ROUND_1;
      else if (i < 40) f = (b ^ c ^ d) + ROUND_2;
      else if (i < 60) f = (b & c | b & d | c & d) + ROUND_3;
      else f = (b ^ c ^ d) + ROUND_4;
      const next = (a << 5 | a >>> 27) + f + e + w[i]! | 0;
      e = d;
      d = c;
      c = b << 30 | b >>> 2;
      b = a;
      a = next;
    }
    state[0] = state[0]! + a;
    state[1] = state[1]! + b;
    state[2] = state[2]! + c;
    state[3] = state[3]! + d;
    state[4] = state[4]! + e;
  }
}

/** The blocks of a message that comes behind one block of key. */
function paddedBlocks(message: Uint8Array): readonly Int32Array[] {
  const count = Math.ceil((message.length + 9) / BLOCK_BYTES);
  const bytes = new Uint8Array(count * BLOCK_BYTES);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const bits = 8 * (BLOCK_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, bits);
  return Array.from({ length: count }, (_, block) =>
    Int32Array.from(
      { length: BLOCK_WORDS },
      (_, word) => wordAt(bytes, block * BLOCK_BYTES + 4 * word),
    ));
}

/** Big-endian. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
}
