import { dirname, join } from "node:path";
import { command, mustRun } from "./command.ts";
import { until } from "./condition.ts";
import { processesOf, signal } from "./processes.ts";

/** What a throwaway account is to have; the home is empty but for `files` (no skeleton). */
export interface AccountOptions {
  /** Absolute path of the login shell; `/bin/bash` unless told otherwise. */
  readonly shell?: string;
  /** Without one, no password opens the account; keys still do. */
  readonly password?: string;
  /** Path below the home → content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of its home; "home" unless told otherwise. */
  readonly homeName?: string;
  readonly groups?: readonly string[];
  /** The part of a sudoers(5) rule after the user's name, such as `ALL=(ALL) ALL`. */
  readonly sudoers?: string;
}

/** One account of the test machine; disposing ends its processes and removes it and its home. */
export interface Account extends AsyncDisposable {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly password: string | undefined;
}

/** Names of accounts made here; {@link removeStaleAccounts} goes by it. */
const ACCOUNT_NAME = /^mss[0-9a-f]{8}$/;
const COMMENT = "mcp-ssh-session test";

/**
 * Creates an account with useradd(8), for one test.
 *
 * @throws {Error} When the tests do not run as root.
 */
export async function createAccount(options: AccountOptions = {}): Promise<Account> {
  if (Deno.uid() !== 0) {
    throw new Error("Throwaway accounts need root: run the tests as root (or in a container)");
  }
  const name = `mss${crypto.randomUUID().slice(0, 8)}`;
  const directory = await Deno.makeTempDir({ prefix: `${name}_` });
  await Deno.chmod(directory, 0o755);
  const home = join(directory, options.homeName ?? "home");
  const shell = options.shell ?? "/bin/bash";
  await addUser(name, home, { ...options, shell });
  const account = { name, home, shell, ...await idsOf(name) };
  await fillHome(account, { ...completionsOf(shell), ...options.files });
  if (options.sudoers) await allowSudo(name, options.sudoers);
  return {
    ...account,
    password: options.password,
    [Symbol.asyncDispose]: () => removeAccount(account, directory),
  };
}

/** Ends the account's processes and gives it a home of these files alone, for another test. */
export async function renewAccount(
  account: Account,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await endProcesses(account);
  await Deno.remove(account.home, { recursive: true });
  await fillHome(account, files);
}

/** Removes what killed test runs left behind; accounts of runs still going are not touched. */
export async function removeStaleAccounts(): Promise<void> {
  if (Deno.uid() !== 0) return;
  for (const line of (await Deno.readTextFile("/etc/passwd")).split("\n")) {
    const [name = "", , uid, , comment = "", home = ""] = line.split(":");
    const owner = comment.slice(COMMENT.length + 1);
    if (!ACCOUNT_NAME.test(name) || !comment.startsWith(COMMENT) || await isAlive(owner)) continue;
    await removeAccount({ name, uid: Number(uid) }, dirname(home));
  }
}

async function addUser(
  name: string,
  home: string,
  options: AccountOptions & { readonly shell: string },
): Promise<void> {
  const groups = options.groups?.length ? ["--groups", options.groups.join(",")] : [];
  await withPasswdLock([
    "useradd",
    ...["--home-dir", home, "--no-create-home", "--no-log-init", "--shell", options.shell],
    // "!" would mean locked to an sshd without PAM; "*" is merely no password.
    ...["--password", "*", "--comment", `${COMMENT} ${Deno.pid}`, ...groups, name],
  ]);
  if (options.password === undefined) return;
  await withPasswdLock(["chpasswd"], `${name}:${options.password}\n`);
}

/** Where there are none, fish first reads all manual pages, for four seconds of CPU. */
function completionsOf(shell: string): Readonly<Record<string, string>> {
  return shell.endsWith("/fish") ? { ".local/share/fish/generated_completions/.keep": "" } : {};
}

async function idsOf(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const lines = (await Deno.readTextFile("/etc/passwd")).split("\n");
  const row = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
  return { uid: Number(row[2]), gid: Number(row[3]) };
}

async function fillHome(
  account: { readonly home: string; readonly uid: number; readonly gid: number },
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.mkdir(account.home, { mode: 0o755 });
  for (const [path, content] of Object.entries(files)) {
    const target = join(account.home, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(target, content);
  }
  const { uid, gid } = account;
  if (Object.keys(files).length > 0) await mustRun(["chown", "-R", `${uid}:${gid}`, account.home]);
  else await Deno.chown(account.home, uid, gid);
}

async function allowSudo(name: string, rule: string): Promise<void> {
  await Deno.writeTextFile(sudoersFile(name), `${name} ${rule}\n`, { mode: 0o440 });
}

function sudoersFile(name: string): string {
  return `/etc/sudoers.d/${name}`;
}

async function removeAccount(
  account: { readonly name: string; readonly uid: number },
  directory: string,
): Promise<void> {
  await endProcesses(account);
  await withPasswdLock(["userdel", "--force", account.name]);
  await Deno.remove(sudoersFile(account.name)).catch(() => {});
  // The next account with its uid would have them.
  for (const place of [directory, `/var/tmp/mcp-ssh-session-${account.uid}`]) {
    await Deno.remove(place, { recursive: true }).catch(() => {});
  }
}

async function endProcesses(
  { name, uid }: { readonly name: string; readonly uid: number },
): Promise<void> {
  await until(`processes of ${name} gone`, () => {
    const alive = processesOf(uid);
    for (const pid of alive) signal(pid, "SIGKILL");
    return alive.length === 0;
  });
}

/** useradd(8) and its kin fail at once when another holds the lock; so one of ours runs at a time. */
async function withPasswdLock(argv: readonly [string, ...string[]], stdin = ""): Promise<void> {
  using lock = await Deno.open("/run/lock/mcp-ssh-session-accounts", { create: true, write: true });
  const exclusive = true;
  await lock.lock(exclusive);
  await until(`${argv[0]} ${argv.at(-1)}`, async () => {
    const { code, stderr } = await command(argv, { stdin });
    if (code === 0 || (argv[0] === "userdel" && code === 6)) return true;
    if (!/lock|try again/i.test(stderr)) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return false;
  }, { everyMs: 100, timeoutMs: 30_000 });
}

async function isAlive(pid: string): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}
