/** How a host certificate is made, and with which settings it is shown. */
export interface CertificateRow {
  readonly title: string;
  readonly options: readonly string[];
  readonly settings?: readonly string[];
  /** Lines beside that of the authority, made of its key and the host's. */
  readonly more?: (authority: string, own: string) => string;
  readonly list?: string;
}

const NAMED = ["-h", "-n", "127.0.0.1"];
export const CERTIFICATES: readonly CertificateRow[] = [
  { title: "the name", options: NAMED },
  { title: "several names", options: ["-h", "-n", "a,127.0.0.1,b"] },
  { title: "a wildcard name", options: ["-h", "-n", "127.*"] },
  { title: "a star", options: ["-h", "-n", "*"] },
  { title: "another name", options: ["-h", "-n", "elsewhere"] },
  { title: "no name", options: ["-h"] },
  { title: "of a user", options: ["-n", "127.0.0.1"] },
  { title: "expired", options: [...NAMED, "-V", "20200101:20200102"] },
  { title: "not valid yet", options: [...NAMED, "-V", "20900101:20910101"] },
  { title: "a critical option", options: [...NAMED, "-O", "critical:x@y=z"] },
  { title: "revoked authority", options: NAMED, more: (ca) => `@revoked * ${ca}\n` },
  {
    title: "revoked authority, plain key known",
    options: NAMED,
    more: (ca, own) => `@revoked * ${ca}\n* ${own}\n`,
  },
  { title: "revoked key", options: NAMED, more: (_, own) => `@revoked * ${own}\n` },
  {
    title: "expired, plain key known",
    options: [...NAMED, "-V", "20200101:20200102"],
    more: (_, own) => `* ${own}\n`,
  },
  {
    title: "CASignatureAlgorithms without",
    options: NAMED,
    settings: ["CASignatureAlgorithms rsa-sha2-512"],
  },
  {
    title: "CASignatureAlgorithms with",
    options: NAMED,
    settings: ["CASignatureAlgorithms ssh-ed25519"],
  },
  { title: "HostKeyAlias", options: ["-h", "-n", "web2"], settings: ["HostKeyAlias web2"] },
  { title: "a revoked serial number", options: [...NAMED, "-z", "7"], list: "serial: 5-9" },
  { title: "another serial number", options: [...NAMED, "-z", "70"], list: "serial: 5-9" },
  {
    title: "a serial number in a bitmap",
    options: [...NAMED, "-z", "37"],
    list: "serial: 1\nserial: 3\nserial: 7\nserial: 37\nserial: 38",
  },
  {
    title: "a serial number beside the bitmap",
    options: [...NAMED, "-z", "36"],
    list: "serial: 1\nserial: 3\nserial: 7\nserial: 37\nserial: 38",
  },
  { title: "a revoked id", options: NAMED, list: "id: the host" },
  { title: "another id", options: NAMED, list: "id: another host" },
  { title: "a revoked authority in the list", options: NAMED, list: "AUTHORITY" },
];
