import process from "node:process";
import type { ResolvedHost } from "./resolved_host.ts";

/** Which question about a target a member of {@link ResolvedHost} helps to answer. */
type Decides =
  /** Which machine is at the other end. */
  | "reached"
  /** How that machine proves who it is. */
  | "verified"
  /** With which algorithms. */
  | "negotiated"
  /** Which account is used, with which credentials. */
  | "login"
  /** None of these: it may change while a connection is open. */
  | "nothing";

/** A new member of {@link ResolvedHost} does not compile until it is classified here. */
const DECIDES: Readonly<Record<keyof ResolvedHost, Decides>> = {
  host: "reached",
  hostname: "reached",
  port: "reached",
  proxyJump: "reached",
  proxy: "reached",
  endpoint: "reached",
  addressFamily: "reached",
  bindAddress: "reached",
  refusal: "reached",

  hostKeyAlias: "verified",
  strictHostKeyChecking: "verified",
  userKnownHostsFiles: "verified",
  globalKnownHostsFiles: "verified",
  revokedHostKeysFile: "verified",
  checkHostIp: "verified",
  requiredRsaBits: "verified",
  caSignatureAlgorithms: "verified",
  unavailable: "verified",

  hostKeyAlgorithms: "negotiated",
  kexAlgorithms: "negotiated",
  ciphers: "negotiated",
  macs: "negotiated",

  user: "login",
  pubkeyAcceptedAlgorithms: "login",
  preferredAuthentications: "login",
  identitiesOnly: "login",
  identityFiles: "login",
  certificateFiles: "login",
  identityAgent: "login",
  asksPerson: "login",
  password: "login",
  sudoPassword: "login",
  enablePassword: "login",
  deviceType: "login",

  connectTimeoutMs: "nothing",
  connectionAttempts: "nothing",
  tcpKeepAlive: "nothing",
  serverAliveIntervalMs: "nothing",
  serverAliveCountMax: "nothing",
  environment: "nothing",
  hidden: "nothing",
  warnings: "nothing",
  settings: "nothing",
};

const MEMBERS = (Object.keys(DECIDES) as (keyof ResolvedHost)[])
  .filter((member) => DECIDES[member] !== "nothing");

/** Identities hold passwords and hidden addresses, so nobody outside may be able to guess them. */
const KEY = crypto.getRandomValues(new Uint8Array(32));

const identities = new WeakMap<ResolvedHost, string>();

/**
 * The identity of a target: equal for two targets when the name as called, the machine, how it is
 * verified, and the account and credentials are all equal; for jump hosts by the same rule.
 *
 * Everything that is shared or remembered is keyed by it: connections, jump hosts, sessions,
 * secrets, device profiles, one-time codes. Names are compared as typed, so `Web` and `web` are
 * two. The text is unguessable, differs in each process and shows nothing of what it is made from.
 */
export function identityOf(host: ResolvedHost): string {
  const known = identities.get(host) ?? seal(partsOf(host, MEMBERS));
  identities.set(host, known);
  return known;
}

/** The identity of a named session. */
export function sessionKeyOf(host: ResolvedHost, name: string): string {
  return `${identityOf(host)} ${name}`;
}

/**
 * The scope in which a host key is accepted: the identity without algorithms, account and credentials. A key
 * accepted for one account of a host holds for its others, and for no other name.
 */
export function trustScope(host: ResolvedHost): string {
  const members = MEMBERS.filter((member) => ["reached", "verified"].includes(DECIDES[member]));
  return seal(partsOf(host, members));
}

/**
 * node:crypto by name: imported, it would be a fifth of the time that a start takes, and there is
 * no identity before the first host. (The types of node:process lack it.)
 */
interface LoadsBuiltins {
  getBuiltinModule(name: "node:crypto"): typeof import("node:crypto");
}

function seal(parts: unknown): string {
  const { createHmac } = (process as unknown as LoadsBuiltins).getBuiltinModule("node:crypto");
  return createHmac("sha256", KEY).update(JSON.stringify(parts)).digest("hex");
}

function partsOf(host: ResolvedHost, members: readonly (keyof ResolvedHost)[]): unknown {
  return members.map((member) => {
    switch (member) {
      case "proxyJump":
        // Who carries the connection, and as whom, decides where it ends.
        return host.proxyJump.map((hop) => partsOf(hop, MEMBERS));
      case "unavailable":
        // Not its text, in which a line number changes with any edit above it.
        return host.unavailable.map(({ keyword }) => keyword);
      case "refusal":
        return host.refusal?.message;
      default:
        return host[member];
    }
  });
}
