import { systemClock, within } from "../clock.ts";
import { readBoundedText } from "./bounded_file.ts";
import { lookup } from "node:dns/promises";
import type { Environment } from "./ssh_config/expand.ts";
import type { ExecProbes, PathFacts } from "./ssh_config/match_exec.ts";

/** Reads from the file system; tests put a table in its place. */
export interface ConfigFiles {
  /**
   * A file's text, "" for a directory, undefined where nothing is there.
   *
   * @throws Where it exists and cannot be read.
   */
  readText(path: string): Promise<string | undefined>;
  /** Names in a directory, in any order; undefined where it is none or cannot be read. */
  listNames(path: string): Promise<readonly string[] | undefined>;
  /** Owner and permission bits; undefined where they cannot be told. */
  statusOf(path: string): Promise<FileStatus | undefined>;
  /** The files that these are another view of. */
  readonly base?: ConfigFiles | undefined;
}

/** The users who can change a file. */
export interface FileStatus {
  readonly uid: number;
  readonly gid: number;
  /** Type and permission bits, as st_mode. */
  readonly mode: number;
  /**
   * Equal for equal content: device, inode, size and times. Undefined where the file is so new
   * that it may change again without a trace.
   */
  readonly version?: string | undefined;
}

/** The addresses of a name. */
export interface ResolvedName {
  /** The last name behind all CNAMEs; undefined where there are none. */
  readonly canonicalName?: string | undefined;
}

/** Where the settings of a host come from. */
export interface ConfigSources {
  readonly environment: Environment;
  /** The user's home directory, absolute. */
  readonly home: string;
  /** Read first; a missing file is no fault. Usually ~/.ssh/config. */
  readonly userConfigPath: string;
  /** Read behind it; relative Include paths in it stand for its own directory. */
  readonly systemConfigPath: string;
  /** As `ssh -F`: in place of both, must exist; "none" for no file at all. */
  readonly onlyConfigPath?: string | undefined;
  readonly files: ConfigFiles;
  /** For `Match exec`; undefined where it is to stay undecided. */
  readonly probes?: ExecProbes | undefined;
  /** Looks a name up for CanonicalizeHostname; undefined where it does not resolve. */
  lookUp(name: string, family: "any" | "inet" | "inet6"): Promise<ResolvedName | undefined>;
}

/**
 * The machine's own sources: its files, resolver and environment.
 *
 * MCP_SSH_CONFIG names the only file to read, as `ssh -F` does; `~/` stands for the home
 * directory, since no shell has expanded it.
 */
export function systemSources(environment: Environment): ConfigSources {
  const home = environment["HOME"] ?? environment["USERPROFILE"] ?? "/";
  const only = environment["MCP_SSH_CONFIG"]?.replace(/^~(?=\/)/, home);
  const programData = environment["PROGRAMDATA"];
  return {
    environment,
    home,
    userConfigPath: `${home}/.ssh/config`,
    systemConfigPath: programData === undefined
      ? "/etc/ssh/ssh_config"
      : `${programData}/ssh/ssh_config`,
    onlyConfigPath: only || undefined,
    files: SYSTEM_FILES,
    probes: SYSTEM_PROBES,
    lookUp,
  };
}

/** One object, so that what is parsed once is shared by all who read. */
const SYSTEM_FILES: ConfigFiles = { readText, listNames, statusOf };

const SYSTEM_PROBES: ExecProbes = {
  pathFacts,
  connects,
  isUnset: (variable) => Deno.permissions.querySync({ name: "env", variable }).state === "granted",
};

async function pathFacts(path: string): Promise<PathFacts | undefined> {
  try {
    const { isFile, isDirectory, size } = await Deno.stat(path);
    return { kind: isFile ? "file" : isDirectory ? "directory" : "other", sizeBytes: size };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}

async function connects(hostname: string, port: number, withinMs: number): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "net", host: netHost(hostname, port) });
  if (state !== "granted") throw new Deno.errors.NotCapable(`no connection to ${hostname}`);
  const connecting = Deno.connect({ hostname, port });
  const connection = await within(systemClock, withinMs, connecting.catch(() => undefined));
  if (connection === undefined) void connecting.then((late) => late.close(), () => {});
  connection?.close();
  return connection !== undefined;
}

/** Programs write files of ten thousand hosts. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** The same files, each looked at once: for many hosts in one go. */
export function frozenFiles(files: ConfigFiles): ConfigFiles {
  const statuses = new Map<string, Promise<FileStatus | undefined>>();
  const names = new Map<string, Promise<readonly string[] | undefined>>();
  return {
    readText: (path) => files.readText(path),
    listNames: (path) => once(names, path, () => files.listNames(path)),
    statusOf: (path) => once(statuses, path, () => files.statusOf(path)),
    base: files.base ?? files,
  };
}

function netHost(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readBoundedText(path, LIMIT_BYTES);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    if (error instanceof Deno.errors.IsADirectory) return "";
    throw error;
  }
}

async function listNames(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name);
  } catch {
    return undefined;
  }
}

async function statusOf(path: string): Promise<FileStatus | undefined> {
  try {
    const info = await Deno.stat(path);
    const { uid, gid, mode } = info;
    if (uid === null || gid === null || mode === null) return undefined;
    return { uid, gid, mode, version: versionOf(info) };
  } catch {
    return undefined;
  }
}

/** Coarser than the steps of any file system's clock. */
const SETTLED_MS = 2_500;

function versionOf({ dev, ino, size, mtime, ctime }: Deno.FileInfo): string | undefined {
  if (ino === null || mtime === null || ctime === null) return undefined;
  const newest = Math.max(mtime.getTime(), ctime.getTime());
  if (systemClock.now() - newest < SETTLED_MS) return undefined;
  return `${dev} ${ino} ${size} ${mtime.getTime()} ${ctime.getTime()}`;
}

async function lookUp(
  name: string,
  family: "any" | "inet" | "inet6",
): Promise<ResolvedName | undefined> {
  const found = { any: 0, inet: 4, inet6: 6 }[family];
  try {
    await lookup(name, { family: found });
  } catch {
    return undefined;
  }
  return { canonicalName: await followCnames(name) };
}

async function followCnames(name: string): Promise<string | undefined> {
  let canonical: string | undefined;
  for (let hop = 0; hop < 8; hop++) {
    const [next] = await Deno.resolveDns(canonical ?? name, "CNAME").catch(() => []);
    if (next === undefined) return canonical;
    canonical = next.replace(/\.$/, "");
  }
  return canonical;
}
