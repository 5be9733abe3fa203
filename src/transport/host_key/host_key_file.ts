import type { ResolvedHost } from "../../config/resolved_host.ts";
import {
  certificateAuthorities,
  type HostKeyQuery,
  type KnownHostEntry,
  lookedUpNames,
} from "./known_hosts.ts";
import type { KnownHostsFiles } from "./known_hosts_files.ts";
import { readRevokedHostKeys, type RevokedHostKeys } from "./revoked_host_keys.ts";

/** The entries about one host, and the problems of reading them. */
export interface HostKeyFile {
  /** All that cover a name under which the host is looked up. */
  readonly entries: readonly KnownHostEntry[];
  /** Keys that no host may show. */
  readonly revoked: RevokedHostKeys | undefined;
  /** Files that exist and cannot be read. */
  readonly unreadable: readonly string[];
  readonly query: HostKeyQuery;
}

/**
 * Reads the host's known_hosts files; a missing one is empty, as ssh has it.
 *
 * @throws {HostKeyError} When the file of RevokedHostKeys cannot be read as one of keys.
 */
export async function loadHostKeys(
  resolved: ResolvedHost,
  from: { readonly files: KnownHostsFiles; readonly address: string | undefined },
): Promise<HostKeyFile> {
  const { hostname, port, hostKeyAlias, revokedHostKeysFile } = resolved;
  const query = { host: hostname, port, hostKeyAlias };
  const address = resolved.checkHostIp ? from.address : undefined;
  const names = lookedUpNames({ ...query, address });
  const entries: KnownHostEntry[] = [];
  const unreadable: string[] = [];
  for (const file of [...resolved.userKnownHostsFiles, ...resolved.globalKnownHostsFiles]) {
    try {
      entries.push(...await from.files.about(names, file));
    } catch (error) {
      if (!isMissing(error)) unreadable.push(file);
    }
  }
  const revoked = revokedHostKeysFile === undefined
    ? undefined
    : await readRevokedHostKeys(resolved.host, revokedHostKeysFile);
  return { entries, revoked, unreadable, query };
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
