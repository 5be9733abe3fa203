import { readFile } from "node:fs/promises";
import type { ResolvedHost } from "../config/resolved_host.ts";
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

/** Reads the host's known_hosts files; a missing one is empty, as ssh has it. */
export async function loadHostKeys(resolved: ResolvedHost): Promise<HostKeyFile> {
  const entries: KnownHostEntry[] = [];
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

/** The @cert-authority lines that cover the host; as in ssh, with its port or without. */
export function authoritiesFor({ entries, query }: HostKeyFile): readonly KnownHostEntry[] {
  const own = certificateAuthorities(entries, query);
  return own.length > 0 ? own : certificateAuthorities(entries, { ...query, port: 22 });
}

function isMissing(error: unknown): boolean {
  const code = (error as { readonly code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
