import {
  createDiffieHellman,
  type DiffieHellman,
  getDiffieHellman,
  randomBytes,
} from "node:crypto";
import { BoundError } from "../bound_error.ts";
import { onKeyExchange } from "./key_exchange_hook.ts";
import type { Ssh2Client, Ssh2KeyExchange } from "./ssh2_client.ts";

/** The largest group that was asked for (RFC 4419 §3). */
const GROUP_BITS = 8_192;
/** Twice the 256 bits of the strongest key that is derived, as in dh_gen_key of OpenSSH. */
const EXPONENT_BYTES = 64;

/** The part of ssh2's Diffie-Hellman exchanges that is replaced. */
interface GroupExchange extends Ssh2KeyExchange {
  readonly type: string;
  readonly groupName?: string;
  readonly _prime?: Buffer;
  readonly _generator?: Buffer;
  _dh: DiffieHellman | undefined;
  _public: Buffer | undefined;
  generateKeys(): void;
}

/**
 * Bounds what a Diffie-Hellman exchange costs.
 *
 * Node's exponents are as long as the prime: a group of 8,192 bits held the event loop twice for
 * 650 ms. With as many bits as the keys need it takes a tenth (RFC 4419 §6.2).
 */
export function boundGroupExchange(client: Ssh2Client): void {
  onKeyExchange(client._protocol, (exchange) => {
    const group = exchange as GroupExchange;
    if (group.type === "group" || group.type === "groupex") {
      group.generateKeys = () => generateKeys(group);
    }
  });
}

function generateKeys(group: GroupExchange): void {
  if (group._dh) return;
  const parameters = group.type === "group"
    ? getDiffieHellman(group.groupName!)
    : { getPrime: () => group._prime!, getGenerator: () => group._generator! };
  const prime = parameters.getPrime();
  const bits = prime.length * 8 - (prime[0] === 0 ? 8 : 0);
  if (bits > GROUP_BITS) {
    throw new BoundError(
      `its group for the key exchange has ${bits} bits, and ${GROUP_BITS} are the most`,
    );
  }
  const dh = createDiffieHellman(prime, parameters.getGenerator());
  const secret = randomBytes(EXPONENT_BYTES);
  secret[0]! |= 0x80;
  dh.setPrivateKey(secret);
  group._public = dh.generateKeys();
  group._dh = dh;
}
