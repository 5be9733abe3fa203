import { join } from "node:path";
import assert from "node:assert/strict";
import { type Account, createAccount } from "../support/account.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";

/** The login shells that the driver must know. */
export const LOGIN_SHELLS = ["bash", "zsh", "dash", "ksh93", "mksh", "ash"] as const;

/** A shell by the name that `list_sessions` gives it. */
export type ShellName = string;

/** An account with one login shell, seen through the server under test. */
export class ShellHost {
  constructor(
    readonly name: ShellName,
    readonly account: Account,
    readonly server: ServerUnderTest,
  ) {}

  /** `execute_command` as this account, in session `main` unless `extra` says otherwise. */
  run(command: string, extra: Readonly<Record<string, unknown>> = {}): Promise<ToolReply> {
    return this.server.run(command, { username: this.account.name, ...extra });
  }

  /** Closes the account's sessions and connection. */
  close(): Promise<ToolReply> {
    return this.server.call("close_session", {
      host: this.server.host,
      username: this.account.name,
    });
  }
}

/** One sshd, one server, and an account for each shell; disposing removes all. */
export interface ShellHosts extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  readonly all: readonly ShellHost[];
  /** The host of one shell; the test fails when there is none. */
  of(name: ShellName): ShellHost;
}

/** What the accounts are to have. */
export interface ShellHostsOptions {
  /** {@link LOGIN_SHELLS} unless told otherwise. */
  readonly shells?: readonly ShellName[];
  /** Files of the home of one shell's account: path → content. */
  readonly files?: (name: ShellName) => Readonly<Record<string, string>>;
  /** Of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts sshd and the server under test with an account per login shell. */
export async function startShellHosts(options: ShellHostsOptions = {}): Promise<ShellHosts> {
  const names = options.shells ?? LOGIN_SHELLS;
  await using stack = new AsyncDisposableStack();
  const paths = await shellPaths();
  stack.defer(() => Deno.remove(paths.directory, { recursive: true }));
  const accounts = await Promise.all(names.map(async (name) => {
    const files = { ...emptyStartUpFile(name), ...options.files?.(name) };
    return stack.use(await createAccount({ shell: paths.of(name), files }));
  }));
  const sshd = stack.use(await startSshd({ accounts }));
  const server = stack.use(await startServer({ env: sshd.environment(options.env) }));
  const all = names.map((name, index) => new ShellHost(name, accounts[index]!, server));
  const owned = stack.move();
  return {
    sshd,
    server,
    all,
    of: (name) => all.find((host) => host.name === name) ?? assert.fail(`no host runs ${name}`),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What one command must do; an output or status that differs between shells stands by name. */
export interface ShellCase {
  readonly command: string;
  readonly output?: string | RegExp | PerShell<string | RegExp>;
  /** 0 unless told otherwise. */
  readonly status?: number | PerShell<number>;
}

/** A value per shell; `others` for those not named. */
export type PerShell<T> = Readonly<Record<string, T>>;

/** Runs the cases in their order in each shell, the shells side by side, and compares the whole. */
export async function checkCases(
  hosts: readonly ShellHost[],
  cases: readonly ShellCase[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const failures = await Promise.all(hosts.map((host) => failuresOf(host, cases, extra)));
  assert.deepEqual(failures.flat(), []);
}

async function failuresOf(
  host: ShellHost,
  cases: readonly ShellCase[],
  extra: Readonly<Record<string, unknown>>,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const { command, output = "", status = 0 } of cases) {
    const reply = await host.run(command, extra);
    const wanted = forShell(host.name, output);
    const wantedStatus = forShell(host.name, status);
    const isRight = reply.meta?.state === "exited" && reply.meta.exit_status === wantedStatus &&
      (typeof wanted === "string" ? reply.body === wanted : wanted.test(reply.body));
    if (isRight) continue;
    const shown = command.length > 200 ? `${command.slice(0, 200)}…` : command;
    failures.push({ shell: host.name, command: shown, wanted, wantedStatus, got: reply.text });
    if (reply.meta?.state === "running" || reply.meta?.state === "queued") break;
  }
  return failures;
}

function forShell<T extends string | number | RegExp>(name: ShellName, value: T | PerShell<T>): T {
  if (!isPerShell(value)) return value;
  return value[name] ?? value["others"] ?? assert.fail(`nothing is said of ${name}`);
}

function isPerShell<T extends string | number | RegExp>(
  value: T | PerShell<T>,
): value is PerShell<T> {
  return typeof value === "object" && !(value instanceof RegExp);
}

/** Where the shells are. */
export interface ShellPaths {
  /** Of what is made here; the caller removes it. */
  readonly directory: string;
  of(name: ShellName): string;
}

/** A path per shell; ash is busybox under a name that makes it one. */
export async function shellPaths(): Promise<ShellPaths> {
  const directory = await Deno.makeTempDir({ prefix: "mss_shells_" });
  await Deno.chmod(directory, 0o755);
  const places = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/bin", "/bin"];
  const find = (program: string): string =>
    places.map((place) => join(place, program)).find(isFile) ??
      assert.fail(`${program} is not installed: run "deno task setup"`);
  await Deno.symlink(find("busybox"), join(directory, "ash"));
  return { directory, of: (name) => name === "ash" ? join(directory, "ash") : find(name) };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Without one, zsh asks a new user what to put there. */
export function emptyStartUpFile(name: ShellName): Record<string, string> {
  return name === "zsh" ? { ".zshrc": "" } : {};
}
