import { join } from "node:path";
import { command, mustRun } from "./command.ts";
import { writeThrowawayKey } from "./throwaway_key.ts";

/** Host key algorithms that ssh-keygen(1) makes; RSA takes the longest. */
export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

/** What {@link writeSshdFiles} needs to know. */
export interface SshdFilesOptions {
  readonly user: string;
  readonly alias: string;
  readonly config: readonly string[];
  readonly clientConfig: readonly string[];
  readonly hostKeyTypes: readonly HostKeyType[];
  readonly home?: string | undefined;
}

/** The throwaway files of one sshd and of the client that is to reach it. */
export interface SshdFiles {
  readonly directory: string;
  readonly user: string;
  readonly alias: string;
  readonly home: string;
  readonly sshdConfigPath: string;
  readonly sshConfigPath: string;
  readonly keyPath: string;
  readonly knownHostsPath: string;
  /** Writes ssh_config and known_hosts, once the port is known. */
  writeClientFiles(port: number): Promise<void>;
}

/** Makes keys and sshd_config in a new temporary directory; the caller removes that directory. */
export async function writeSshdFiles(options: SshdFilesOptions): Promise<SshdFiles> {
  const directory = await Deno.makeTempDir({ prefix: "mss_sshd_" });
  // sshd reads authorized_keys as the user who logs in.
  await Deno.chmod(directory, 0o755);
  const home = options.home ?? join(directory, "home");
  await Deno.mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  const keyPath = join(home, ".ssh", "id_ed25519");
  const knownHostsPath = join(home, ".ssh", "known_hosts");
  const sshConfigPath = join(home, ".ssh", "config");
  const sshdConfigPath = join(directory, "sshd_config");
  await Promise.all([
    generateKey(keyPath, "ed25519"),
    ...options.hostKeyTypes.map((type) => generateKey(hostKeyPath(directory, type), type)),
  ]);
  await Deno.copyFile(`${keyPath}.pub`, join(directory, "authorized_keys"));
  await Deno.writeTextFile(sshdConfigPath, await sshdConfig(directory, options));
  const paths = { home, sshdConfigPath, sshConfigPath, keyPath, knownHostsPath };
  const files = { directory, user: options.user, alias: options.alias, ...paths };
  return { ...files, writeClientFiles: (port) => writeClientFiles(files, port, options) };
}

/** Where the private host key of one type lies in an sshd's directory. */
export function hostKeyPath(directory: string, type: HostKeyType): string {
  return join(directory, `host_key_${type}`);
}

async function generateKey(path: string, type: HostKeyType): Promise<void> {
  if (type === "ed25519") return await writeThrowawayKey(path);
  // The shortest that every sshd takes: ssh-keygen's own choice of RSA takes a second.
  const bits = type === "rsa" ? ["-b", "2048"] : [];
  const words = ["-q", "-t", type, ...bits, "-N", "", "-C", "throwaway", "-f", path];
  await mustRun(["ssh-keygen", ...words]);
}

async function sshdConfig(directory: string, options: SshdFilesOptions): Promise<string> {
  const { config } = options;
  const match = config.findIndex((line) => /^\s*match\s/i.test(line));
  const before = match < 0 ? config : config.slice(0, match);
  const taken = new Set(before.map(keyword));
  const defaults = [
    "ListenAddress 127.0.0.1",
    ...options.hostKeyTypes.map((type) => `HostKey ${hostKeyPath(directory, type)}`),
    `AuthorizedKeysFile ${join(directory, "authorized_keys")}`,
    "PidFile none",
    "LogLevel VERBOSE",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication yes",
    "KbdInteractiveAuthentication no",
    "PermitUserEnvironment no",
    "PrintMotd no",
    "UseDNS no",
    "MaxAuthTries 20",
    "MaxStartups 100",
    "MaxSessions 200",
    "Subsystem sftp internal-sftp",
    ...await (penaltyLines ??= penalties()),
  ].filter((line) => !taken.has(keyword(line)));
  return [...before, ...defaults, ...config.slice(before.length), ""].join("\n");
}

function keyword(line: string): string {
  return line.trim().split(/[\s=]/)[0]!.toLowerCase();
}

let penaltyLines: Promise<string[]> | undefined;

/** OpenSSH 9.8 and later lock an address out after failed logins; older ones refuse the keyword. */
async function penalties(): Promise<string[]> {
  const { stderr } = await command(["ssh", "-V"]);
  const version = Number(/OpenSSH_(\d+\.\d+)/.exec(stderr)?.[1] ?? 0);
  return version >= 9.8 ? ["PerSourcePenalties no"] : [];
}

async function writeClientFiles(
  files: Omit<SshdFiles, "writeClientFiles">,
  port: number,
  options: SshdFilesOptions,
): Promise<void> {
  const known = await Promise.all(options.hostKeyTypes.map(async (type) => {
    const line = await Deno.readTextFile(`${hostKeyPath(files.directory, type)}.pub`);
    return `[127.0.0.1]:${port} ${line.trim()}\n`;
  }));
  await Deno.writeTextFile(files.knownHostsPath, known.join(""));
  const lines = [
    ...options.clientConfig,
    "HostName 127.0.0.1",
    `Port ${port}`,
    `User ${files.user}`,
    `IdentityFile ${files.keyPath}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${files.knownHostsPath}`,
    "GlobalKnownHostsFile /dev/null",
    "StrictHostKeyChecking yes",
  ];
  await Deno.writeTextFile(
    files.sshConfigPath,
    `Host ${files.alias}\n${lines.map((line) => `  ${line}\n`).join("")}`,
    { mode: 0o600 },
  );
}
