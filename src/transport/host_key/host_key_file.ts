import { readFile } from "node:fs/promises";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { HostKeyError } from "../../errors.ts";
import {
  certificateAuthorities,
  type HostKeyQuery,
  type KnownHostEntry,
  parseKnownHosts,
} from "./known_hosts.ts";

/** What is on file about one host, and what reading it met. */
export interface HostKeyFile {
  readonly entries: readonly KnownHostEntry[];
  /** Files that exist and cannot be read. */
  readonly unreadable: readonly string[];
  readonly query: HostKeyQuery;
}

/** How a key revocation list of ssh-keygen(1) begins (OpenSSH's PROTOCOL.krl §1). */
const KRL_MAGIC = "SSHKRL\n\0";

/**
 * Reads the host's known_hosts files; a missing one is empty, as ssh has it.
 *
 * @throws {HostKeyError} When the file of RevokedHostKeys cannot be read as one of keys.
 */
export async function loadHostKeys(resolved: ResolvedHost): Promise<HostKeyFile> {
  const entries: KnownHostEntry[] = [...await loadRevoked(resolved)];
  const unreadable: string[] = [];
  for (const file of [...resolved.userKnownHostsFiles, ...resolved.globalKnownHostsFiles]) {
    try {
      entries.push(...parseKnownHosts(await readFile(file, "utf8"), file));
    } catch (error) {
      if (!isMissing(error)) unreadable.push(file);
    }
  }
  const { hostname, port, hostKeyAlias } = resolved;
  return { entries, unreadable, query: { host: hostname, port, hostKeyAlias } };
}

/** Its lines are public keys, or comments: what `@revoked *` in a known_hosts file says of them. */
async function loadRevoked(resolved: ResolvedHost): Promise<readonly KnownHostEntry[]> {
  const { host, revokedHostKeysFile: file } = resolved;
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new HostKeyError(
      `The host key of "${host}" cannot be checked: RevokedHostKeys ${file} cannot be read`,
      'Create the file, or correct ssh_config ("RevokedHostKeys none" is without)',
      { cause },
    );
  }
  if (text.startsWith(KRL_MAGIC)) {
    throw new HostKeyError(
      `The host key of "${host}" cannot be checked: RevokedHostKeys ${file} is a binary list (KRL)`,
      "Name a file with one public key on each line there",
    );
  }
  const keys = text.split("\n").map((line) => line.trim());
  const isKey = (line: string): boolean => line !== "" && !line.startsWith("#");
  return parseKnownHosts(
    keys.map((line) => isKey(line) ? `@revoked * ${line}` : "").join("\n"),
    file,
  );
}

/** The @cert-authority lines that cover the host; as in ssh, with its port or without. */
export function authoritiesFor({ entries, query }: HostKeyFile): readonly KnownHostEntry[] {
  const own = certificateAuthorities(entries, query);
  return own.length > 0 ? own : certificateAuthorities(entries, { ...query, port: 22 });
}

function isMissing(error: unknown): boolean {
  const code = (error as { readonly code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
