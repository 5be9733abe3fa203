import { lowerCase, matchPattern, matchPatternList } from "./pattern.ts";

/** The families of algorithm lists in ssh_config(5); "signature" are those of authorities. */
export type AlgorithmFamily = "cipher" | "mac" | "kex" | "key" | "signature";

interface Family {
  /** OpenSSH's preference, as `ssh -G` prints it. */
  readonly defaults: readonly string[];
  /** All names it knows, in the order of `ssh -Q`. */
  readonly known: readonly string[];
}

const ECDSA_CURVES = ["nistp256", "nistp384", "nistp521"];
const CERTIFICATE_TYPES = [
  "ssh-ed25519-cert-v01@openssh.com",
  ...ECDSA_CURVES.map((curve) => `ecdsa-sha2-${curve}-cert-v01@openssh.com`),
  "sk-ssh-ed25519-cert-v01@openssh.com",
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "rsa-sha2-512-cert-v01@openssh.com",
  "rsa-sha2-256-cert-v01@openssh.com",
];
const PLAIN_TYPES = [
  "ssh-ed25519",
  ...ECDSA_CURVES.map((curve) => `ecdsa-sha2-${curve}`),
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "rsa-sha2-512",
  "rsa-sha2-256",
];
const MACS = [
  "umac-64-etm@openssh.com",
  "umac-128-etm@openssh.com",
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha1-etm@openssh.com",
  "umac-64@openssh.com",
  "umac-128@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
  "hmac-sha1",
];
const CIPHERS = [
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
];
const KEXES = [
  "sntrup761x25519-sha512",
  "sntrup761x25519-sha512@openssh.com",
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group18-sha512",
  "diffie-hellman-group14-sha256",
];

const KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ssh-ed25519-cert-v01@openssh.com",
  "sk-ssh-ed25519@openssh.com",
  "sk-ssh-ed25519-cert-v01@openssh.com",
  ...ECDSA_CURVES.flatMap((curve) => [
    `ecdsa-sha2-${curve}`,
    `ecdsa-sha2-${curve}-cert-v01@openssh.com`,
  ]),
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-dss",
  "ssh-dss-cert-v01@openssh.com",
  "ssh-rsa",
  "ssh-rsa-cert-v01@openssh.com",
  "rsa-sha2-256",
  "rsa-sha2-256-cert-v01@openssh.com",
  "rsa-sha2-512",
  "rsa-sha2-512-cert-v01@openssh.com",
];

// Preferences and names of OpenSSH 9.2; the names that later releases added are known too.
const FAMILIES: Readonly<Record<AlgorithmFamily, Family>> = {
  cipher: {
    defaults: CIPHERS,
    known: ["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", ...CIPHERS],
  },
  mac: {
    defaults: MACS,
    known: [
      ...MACS,
      "hmac-sha1-96",
      "hmac-md5",
      "hmac-md5-96",
      "hmac-sha1-96-etm@openssh.com",
      "hmac-md5-etm@openssh.com",
      "hmac-md5-96-etm@openssh.com",
    ],
  },
  kex: {
    defaults: KEXES,
    known: [
      ...KEXES,
      "diffie-hellman-group1-sha1",
      "diffie-hellman-group14-sha1",
      "diffie-hellman-group-exchange-sha1",
      "mlkem768x25519-sha256",
    ],
  },
  key: {
    defaults: [...CERTIFICATE_TYPES, ...PLAIN_TYPES],
    known: KEY_ALGORITHMS,
  },
  signature: {
    defaults: PLAIN_TYPES,
    known: KEY_ALGORITHMS.filter((name) => !name.includes("-cert-")),
  },
};

const SHORT_KEY_NAMES = ["ed25519", "ed25519-sk", "ecdsa", "ecdsa-sk", "dsa", "rsa"];

/** The fault of a list, as ssh finds it when it reads the line; undefined if there is none. */
export function faultInAlgorithms(family: AlgorithmFamily, list: string): string | undefined {
  if (list.startsWith("-")) return undefined;
  const names = list.replace(/^[+^]/, "");
  if (names === "") return "the list of algorithms is empty";
  for (const name of new Set(names.split(","))) {
    if (name === "") return undefined;
    if (!isKnown(family, name)) return "one of its names is no algorithm that ssh knows";
  }
  return undefined;
}

/**
 * The names a list stands for: in place of the defaults, or with `+` behind, `-` without and
 * `^` before them. Undefined where nothing is left that ssh knows.
 */
export function expandAlgorithms(
  family: AlgorithmFamily,
  list: string | undefined,
): readonly string[] | undefined {
  if (list === undefined) return FAMILIES[family].defaults;
  const key = `${family} ${list}`;
  if (expansions.has(key)) return expansions.get(key);
  if (expansions.size >= MAX_EXPANSIONS) expansions.clear();
  const names = expand(family, list);
  expansions.set(key, names);
  return names;
}

const MAX_EXPANSIONS = 200;
const expansions = new Map<string, readonly string[] | undefined>();

function expand(family: AlgorithmFamily, list: string): readonly string[] | undefined {
  const { defaults, known } = FAMILIES[family];
  if (list.startsWith("-")) {
    return defaults.filter((name) => matchPatternList(name, list.slice(1)) !== "matched");
  }
  const patterns = withDefaults(list, defaults);
  if (patterns.some((pattern) => pattern.startsWith("!"))) return undefined;
  const names = new Set(
    [...new Set(patterns)].flatMap((pattern) =>
      known.filter((name) => matchPattern(name, pattern))
    ),
  );
  return names.size === 0 ? undefined : [...names];
}

function withDefaults(list: string, defaults: readonly string[]): readonly string[] {
  const named = list.replace(/^[+^]/, "").split(",");
  // ssh stops at an empty name when it appends, and only then.
  const gap = named.indexOf("");
  if (list.startsWith("+")) return [...defaults, ...named.slice(0, gap < 0 ? undefined : gap)];
  return list.startsWith("^") ? [...named, ...defaults] : named;
}

function isKnown(family: AlgorithmFamily, name: string): boolean {
  const known = family === "signature" ? KEY_ALGORITHMS : FAMILIES[family].known;
  if (known.includes(name)) return true;
  if (family !== "key" && family !== "signature") return false;
  if (SHORT_KEY_NAMES.includes(lowerCase(name))) return true;
  return known.some((type) => matchPatternList(type, name) !== "unmatched");
}
