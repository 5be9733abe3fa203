import { ParsedFiles } from "./parsed_files.ts";
import type { ConfigSources } from "./sources.ts";

/** Facts about this machine and its user that the sandbox lets us read. */
export interface LocalFacts {
  readonly user: string | undefined;
  readonly uid: number | undefined;
  readonly hostname: string | undefined;
  /** Home directories by user name. */
  readonly homes: ReadonlyMap<string, string>;
}

/** The accounts of this machine, as passwd(5) has them. */
interface Accounts {
  readonly nameByUid: ReadonlyMap<number, string>;
  readonly homes: ReadonlyMap<string, string>;
}

const NO_ACCOUNTS: Accounts = { nameByUid: new Map(), homes: new Map() };

const passwdFiles = new ParsedFiles(parsePasswd);
const hostnameFiles = new ParsedFiles((text) => text.trim());

/**
 * Finds out who and where we are without system calls the sandbox forbids: from the environment,
 * the owner of the home directory, /etc/passwd and /etc/hostname. What cannot be read stays
 * undefined.
 */
export async function readLocalFacts(sources: ConfigSources): Promise<LocalFacts> {
  const { environment, files, home } = sources;
  const [accounts, hostname, status] = await Promise.all([
    passwdFiles.read("/etc/passwd", files).then((file) => file?.parsed, () => undefined),
    hostnameFiles.read("/etc/hostname", files).then((file) => file?.parsed, () => undefined),
    files.statusOf(home),
  ]);
  const { nameByUid, homes } = accounts ?? NO_ACCOUNTS;
  const uid = status?.uid;
  return {
    user: environment["USER"] || environment["LOGNAME"] || environment["USERNAME"] ||
      (uid === undefined ? undefined : nameByUid.get(uid)),
    uid,
    hostname: hostname || environment["HOSTNAME"] || environment["COMPUTERNAME"],
    homes,
  };
}

function parsePasswd(text: string): Accounts {
  const nameByUid = new Map<number, string>();
  const homes = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name = "", , uid = "", , , home = ""] = line.split(":");
    if (!/^\d+$/.test(uid)) continue;
    homes.set(name, home);
    if (!nameByUid.has(Number(uid))) nameByUid.set(Number(uid), name);
  }
  return { nameByUid, homes };
}
