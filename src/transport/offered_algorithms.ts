import type { ResolvedHost } from "../config/resolved_host.ts";
import { certificateTypeOf } from "./keys/certificate.ts";
import type { Ssh2Algorithms } from "./ssh2/ssh2_client.ts";

/*
 * What the library and the runtime both carry, fastest and safest first. Left out, since they throw
 * in Deno: nistp521 key exchange, aes192-cbc, zlib.
 */
const kexAlgorithms: readonly string[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
];

/** Only used where ssh_config names them: SHA-1 is broken, old devices know nothing else. */
const weakKexAlgorithms: readonly string[] = [
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
];

const ciphers: readonly string[] = [
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes256-ctr",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes192-ctr",
];
const weakCiphers: readonly string[] = ["aes128-cbc", "aes256-cbc", "3des-cbc"];

const macs: readonly string[] = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1",
];
const weakMacs: readonly string[] = ["hmac-md5", "hmac-sha1-96"];

const hostKeyAlgorithms: readonly string[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];
const weakHostKeyAlgorithms: readonly string[] = ["ssh-rsa", "ssh-dss"];

/** The public-key signature algorithms this program can make (RFC 8332 for RSA). */
export const signatureAlgorithms: readonly string[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/**
 * The names to offer: ours by default, else those of ssh_config that we have, in its order.
 *
 * Host key types on file come first, so that a known host never looks changed.
 *
 * @throws {UnofferableError} When ssh_config leaves nothing of a kind.
 */
export function chooseAlgorithms(
  resolved: ResolvedHost,
  preferredHostKeyTypes: readonly string[],
): Ssh2Algorithms {
  const hostKeys = pick("HostKeyAlgorithms", resolved.hostKeyAlgorithms, {
    usual: hostKeyAlgorithms,
    weak: weakHostKeyAlgorithms,
  });
  return {
    kex: pick("KexAlgorithms", resolved.kexAlgorithms, {
      usual: kexAlgorithms,
      weak: weakKexAlgorithms,
    }),
    cipher: pick("Ciphers", resolved.ciphers, { usual: ciphers, weak: weakCiphers }),
    hmac: pick("MACs", resolved.macs, { usual: macs, weak: weakMacs }),
    serverHostKey: preferKnown(hostKeys, preferredHostKeyTypes),
    compress: ["none"],
  };
}

/** Host certificate algorithms to offer, of those whose plain algorithms are offered too. */
export function certificateAlgorithms(
  resolved: ResolvedHost,
  offered: readonly string[],
): readonly string[] {
  const names = offered.filter((name) => hostKeyAlgorithms.includes(name)).map(certificateTypeOf);
  const asked = resolved.hostKeyAlgorithms;
  return asked === undefined ? names : names.filter((name) => asked.includes(name));
}

/** ssh_config leaves no algorithm of a kind that this program has. */
export class UnofferableError extends Error {
  constructor(readonly keyword: string, asked: readonly string[], ours: readonly string[]) {
    super(`${keyword} allows only ${asked.join(",")}, and this program has ${ours.join(",")}`);
  }
}

interface Stock {
  readonly usual: readonly string[];
  readonly weak: readonly string[];
}

function pick(keyword: string, asked: readonly string[] | undefined, stock: Stock): string[] {
  if (asked === undefined) return [...stock.usual];
  const ours = [...stock.usual, ...stock.weak];
  const common = asked.filter((name) => ours.includes(name));
  if (common.length === 0) throw new UnofferableError(keyword, asked, ours);
  return common;
}

function preferKnown(names: readonly string[], keyTypes: readonly string[]): string[] {
  const known = names.filter((name) => keyTypes.includes(hostKeyTypeOf(name)));
  return [...known, ...names.filter((name) => !known.includes(name))];
}

/** The key type behind a host key algorithm: RSA signs with several hashes (RFC 8332 §3). */
function hostKeyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}
