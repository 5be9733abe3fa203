import type { ConfigSources } from "./sources.ts";

/** What the sandbox lets us know of this machine and its user. */
export interface LocalFacts {
  readonly user: string | undefined;
  readonly uid: number | undefined;
  readonly hostname: string | undefined;
  /** Home directories by user name. */
  readonly homes: ReadonlyMap<string, string>;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/**
 * Finds out who and where we are without system calls the sandbox forbids: from the environment,
 * the owner of the home directory, /etc/passwd and /etc/hostname. What cannot be read stays
 * undefined.
 */
export async function readLocalFacts(sources: ConfigSources): Promise<LocalFacts> {
  const { environment, files, home } = sources;
  const [passwd, hostname, status] = await Promise.all([
    readOrNothing(sources, "/etc/passwd"),
    readOrNothing(sources, "/etc/hostname"),
    files.statusOf(home),
  ]);
  const accounts = parsePasswd(passwd);
  const uid = status?.uid;
  return {
    user: environment["USER"] || environment["LOGNAME"] || environment["USERNAME"] ||
      accounts.find((account) => account.uid === uid)?.name,
    uid,
    hostname: hostname.trim() || environment["HOSTNAME"] || environment["COMPUTERNAME"],
    homes: new Map(accounts.map((account) => [account.name, account.home])),
  };
}

async function readOrNothing(sources: ConfigSources, path: string): Promise<string> {
  try {
    return await sources.files.readText(path) ?? "";
  } catch {
    return "";
  }
}

function parsePasswd(text: string): readonly Account[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", , uid = "", , , home = ""] = line.split(":");
    return /^\d+$/.test(uid) ? [{ name, uid: Number(uid), home }] : [];
  });
}
