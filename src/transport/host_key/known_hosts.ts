import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { lowerCase, matchHostname } from "../../config/ssh_config/pattern.ts";
import { HashedName } from "./hashed_name.ts";

/** Which hosts a line speaks of (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export type KnownHostNames =
  | { readonly kind: "patterns"; readonly list: string }
  | { readonly kind: "hashed"; readonly salt: Uint8Array; readonly hash: Uint8Array }
  | { readonly kind: "exact"; readonly name: string };

/** One host key on file or pinned in memory. */
export interface KnownHostEntry {
  readonly marker: "none" | "revoked" | "cert-authority";
  readonly names: KnownHostNames;
  /** Key type, such as "ssh-ed25519"; the one inside the key. */
  readonly keyType: string;
  /** Public key in wire form (RFC 4253 §6.6). */
  readonly key: Uint8Array;
  readonly file: string;
  /** Counted from 1; 0 for a key that was accepted in memory. */
  readonly line: number;
}

/** Under which names a host's keys are on file. */
export interface HostKeyQuery {
  /** Name or address without brackets, as it is connected to. */
  readonly host: string;
  readonly port: number;
  /** HostKeyAlias: the name to look up instead; the port is left out then. */
  readonly hostKeyAlias?: string | undefined;
  /** The peer's IP address, given only where CheckHostIP asks for it. */
  readonly address?: string | undefined;
}

/** A key the far end showed. */
export interface ShownHostKey extends HostKeyQuery {
  readonly keyType: string;
  /** In wire form. */
  readonly key: Uint8Array;
}

/** The files' verdict on a shown key. */
export type HostKeyVerdict =
  | { readonly kind: "known"; readonly entry: KnownHostEntry }
  /** No plain key of this host is on file; `authorities`: @cert-authority lines that cover it. */
  | { readonly kind: "unknown"; readonly authorities: readonly KnownHostEntry[] }
  /** Other keys of this host are on file; `entry` is the offending line. */
  | { readonly kind: "changed"; readonly entry: KnownHostEntry }
  | { readonly kind: "revoked"; readonly entry: KnownHostEntry };

/**
 * Reads a known_hosts file; `file` is only the name to report.
 *
 * Lines that sshd(8) does not define are passed over, as ssh does.
 */
export function parseKnownHosts(text: string, file: string): readonly KnownHostEntry[] {
  const entries: KnownHostEntry[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const entry = parseLine(line, { file, line: index + 1 });
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/**
 * Judges a shown key as ssh(1) does.
 *
 * A host on another port than 22 is looked up as `[host]:port` first; where nothing is on file
 * under that name, the name without port can still vouch for the key. A revoked key is refused
 * under either name. With `address`, a key on file for the address must not contradict.
 */
export function judgeHostKey(
  entries: readonly KnownHostEntry[],
  shown: ShownHostKey,
): HostKeyVerdict {
  const byName = judgeByName(entriesFor(entries, lookupName(shown)), shown.key);
  const verdict = byName.kind === "unknown" ? judgeWithoutPort(entries, shown, byName) : byName;
  if (verdict.kind === "revoked" || verdict.kind === "changed") return verdict;
  // ssh does not look up loopback addresses: they are another machine's on another machine.
  if (shown.address === undefined || isLoopback(shown.address)) return verdict;
  const address = portName(shown.address, shown.port);
  const byAddress = judgeByName(entriesFor(entries, address), shown.key);
  return byAddress.kind === "changed" || byAddress.kind === "revoked" ? byAddress : verdict;
}

/**
 * Host key algorithms whose keys are on file, in file order; to be preferred in negotiation so
 * that a known host never looks changed. RSA keys answer to the SHA-2 names first (RFC 8332).
 */
export function preferredHostKeyTypes(
  entries: readonly KnownHostEntry[],
  query: HostKeyQuery,
): readonly string[] {
  const named = plainEntries(entriesFor(entries, lookupName(query)));
  const found = named.length > 0 || query.hostKeyAlias !== undefined
    ? named
    : plainEntries(entriesFor(entries, lowerCase(query.host)));
  return [...new Set(found.flatMap((entry) => algorithmsOf(entry.keyType)))];
}

/** The @cert-authority lines that cover a host. */
export function certificateAuthorities(
  entries: readonly KnownHostEntry[],
  query: HostKeyQuery,
): readonly KnownHostEntry[] {
  return entriesFor(entries, lookupName(query)).filter((e) => e.marker === "cert-authority");
}

/** Every name under which an entry can bear on the host: all that a verdict looks up. */
export function lookedUpNames(query: HostKeyQuery): readonly string[] {
  const { host, port, hostKeyAlias, address } = query;
  const names = [lookupName(query)];
  if (hostKeyAlias === undefined) names.push(lowerCase(host));
  if (address !== undefined) names.push(portName(address, port));
  return [...new Set(names)];
}

/** Tells of each entry whether it covers one of the names. */
export function coversAny(names: readonly string[]): (entry: KnownHostEntry) => boolean {
  const looked: readonly LookedUpName[] = names.map((text) => ({ text }));
  return (entry) => looked.some((name) => covers(entry.names, name));
}

/** "SHA256:…" of a key in wire form, as ssh-keygen(1) prints it. */
export function fingerprintSha256(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replaceAll("=", "")}`;
}

/** An entry for a key somebody accepted, to stand beside those from files. */
function acceptedHostKey(shown: ShownHostKey): KnownHostEntry {
  return {
    marker: "none",
    names: { kind: "exact", name: lookupName(shown) },
    keyType: shown.keyType,
    key: shown.key.slice(),
    file: "accepted since the server started",
    line: 0,
  };
}

/**
 * Keys accepted during the life of the server; a pinned host's key is never replaced.
 *
 * A scope is what {@link trustScope} makes of a target: a key that was accepted for one target
 * says nothing of another, whatever address they share.
 */
export class HostKeyPins {
  readonly #entries = new Map<string, Map<string, KnownHostEntry>>();

  /** To be judged after the entries from files. */
  entriesOf(scope: string): readonly KnownHostEntry[] {
    return [...this.#entries.get(scope)?.values() ?? []];
  }

  /** Pins a key; does nothing where the same name has one already. */
  pin(scope: string, shown: ShownHostKey): void {
    const name = lookupName(shown);
    const entries = this.#entries.get(scope) ?? new Map<string, KnownHostEntry>();
    this.#entries.set(scope, entries);
    if (!entries.has(name)) entries.set(name, acceptedHostKey(shown));
  }
}

function judgeByName(entries: readonly KnownHostEntry[], key: Uint8Array): HostKeyVerdict {
  const same = entries.filter((entry) => equalBytes(entry.key, key));
  const revoked = same.find((entry) => entry.marker === "revoked");
  if (revoked !== undefined) return { kind: "revoked", entry: revoked };
  const known = same.find((entry) => entry.marker === "none");
  if (known !== undefined) return { kind: "known", entry: known };
  const offending = plainEntries(entries).at(-1);
  if (offending !== undefined) return { kind: "changed", entry: offending };
  return {
    kind: "unknown",
    authorities: entries.filter((entry) => entry.marker === "cert-authority"),
  };
}

function judgeWithoutPort(
  entries: readonly KnownHostEntry[],
  shown: ShownHostKey,
  otherwise: HostKeyVerdict,
): HostKeyVerdict {
  if (shown.hostKeyAlias !== undefined || shown.port === 22) return otherwise;
  const plain = judgeByName(entriesFor(entries, lowerCase(shown.host)), shown.key);
  return plain.kind === "known" || plain.kind === "revoked" ? plain : otherwise;
}

function plainEntries(entries: readonly KnownHostEntry[]): readonly KnownHostEntry[] {
  return entries.filter((entry) => entry.marker === "none");
}

function entriesFor(entries: readonly KnownHostEntry[], name: string): readonly KnownHostEntry[] {
  const looked: LookedUpName = { text: name };
  return entries.filter((entry) => covers(entry.names, looked));
}

/** A name, and its hashes once a line asks for one. */
interface LookedUpName {
  readonly text: string;
  hashed?: HashedName | undefined;
}

function covers(names: KnownHostNames, name: LookedUpName): boolean {
  switch (names.kind) {
    case "patterns":
      return matchHostname(name.text, names.list) === "matched";
    case "hashed":
      return coversHashed(names, name);
    case "exact":
      return names.name === name.text;
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./i.test(address);
}

/** A line that was found to be one host's is no other's. */
const owners = new WeakMap<KnownHostNames, string>();

function coversHashed(
  names: Extract<KnownHostNames, { readonly kind: "hashed" }>,
  name: LookedUpName,
): boolean {
  const owner = owners.get(names);
  if (owner !== undefined) return owner === name.text;
  name.hashed ??= new HashedName(name.text);
  const covered = name.hashed.has(names.salt, names.hash);
  if (covered) owners.set(names, name.text);
  return covered;
}

function lookupName(query: HostKeyQuery): string {
  if (query.hostKeyAlias !== undefined) return lowerCase(query.hostKeyAlias);
  return portName(query.host, query.port);
}

function portName(host: string, port: number): string {
  return port === 22 ? lowerCase(host) : `[${lowerCase(host)}]:${port}`;
}

function algorithmsOf(keyType: string): readonly string[] {
  return keyType === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [keyType];
}

function parseLine(
  line: string,
  where: { readonly file: string; readonly line: number },
): KnownHostEntry | undefined {
  const fields = line.replace(/\r$/, "").split(/[ \t]+/).filter((field) => field !== "");
  if (fields[0] === undefined || fields[0].startsWith("#")) return undefined;
  const marker = fields[0].startsWith("@") ? parseMarker(fields.shift()) : "none";
  const [hosts, keyType, encoded] = fields;
  if (marker === undefined || hosts === undefined || encoded === undefined) return undefined;
  const names = parseNames(hosts);
  const key = decodeBase64(encoded);
  if (names === undefined || key === undefined || keyType !== typeInside(key)) return undefined;
  return { marker, names, keyType: keyType as string, key, ...where };
}

function parseMarker(word: string | undefined): KnownHostEntry["marker"] | undefined {
  if (word === "@revoked") return "revoked";
  return word === "@cert-authority" ? "cert-authority" : undefined;
}

function parseNames(hosts: string): KnownHostNames | undefined {
  if (!hosts.startsWith("|")) return { kind: "patterns", list: hosts };
  const [, magic, salt, hash, ...rest] = hosts.split("|");
  if (magic !== "1" || rest.length > 0) return undefined;
  const saltBytes = decodeBase64(salt ?? "");
  const hashBytes = decodeBase64(hash ?? "");
  if (saltBytes?.length !== 20 || hashBytes?.length !== 20) return undefined;
  return { kind: "hashed", salt: saltBytes, hash: hashBytes };
}

function decodeBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Buffer.from(text, "base64");
}

/** The type name a key in wire form begins with (RFC 4253 §6.6). */
function typeInside(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > 128 || 4 + length >= key.length) return undefined;
  return key.toString("latin1", 4, 4 + length);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
