import { type Account, type AccountOptions, createAccount } from "./account.ts";
import { command, mustRun } from "./command.ts";
import { until } from "./condition.ts";
import { descendants, nameOf, signal } from "./processes.ts";
import { hostKeyPath, type HostKeyType, type SshdFiles, writeSshdFiles } from "./sshd_files.ts";

/** What one sshd is to be like; everything has a working default. */
export interface SshdOptions {
  /** sshd_config(5) lines; they take the place of the defaults they name. `Match` blocks last. */
  readonly config?: readonly string[];
  /**
   * Who the alias logs in as (the first), and who else the client key opens. When absent, one
   * account is made from `account`, and removed with the sshd; without root it is the caller's own.
   */
  readonly accounts?: readonly Account[];
  readonly account?: AccountOptions;
  readonly hostKeyTypes?: readonly HostKeyType[];
  /** ssh_config(5) lines for the alias's Host block, before (so instead of) the default ones. */
  readonly clientConfig?: readonly string[];
  /** Words of a command that runs sshd, given as its last arguments, in place of itself: exec(3). */
  readonly within?: readonly string[];
  /** The alias in the throwaway ssh_config; {@link DEFAULT_ALIAS} unless told otherwise. */
  readonly alias?: string;
  /** The client home, which the caller removes; a new one, removed with the sshd, unless told. */
  readonly home?: string;
}

/** The alias that `startSshd()` writes and `startServer()` runs on, when neither is told another. */
export const DEFAULT_ALIAS = "testhost";

/**
 * One OpenSSH server on 127.0.0.1 with throwaway keys; disposing stops it and all its sessions.
 */
export class Sshd implements AsyncDisposable {
  readonly port: number;
  readonly alias: string;
  /** Who the alias logs in as. */
  readonly user: string;
  /** Absent when the tests do not run as root: then it is the caller's own account. */
  readonly account: Account | undefined;
  /** The throwaway client home; its `.ssh/config` is {@link sshConfigPath}. */
  readonly home: string;
  readonly sshConfigPath: string;
  readonly keyPath: string;
  readonly knownHostsPath: string;
  readonly directory: string;
  readonly #server: RunningSshd;
  readonly #owned: readonly Account[];
  #stopping: Promise<void> | undefined;

  /** Takes over what {@link startSshd} has started. */
  constructor(started: StartedSshd) {
    this.port = started.server.port;
    this.alias = started.files.alias;
    this.user = started.files.user;
    this.account = started.account;
    this.home = started.files.home;
    this.sshConfigPath = started.files.sshConfigPath;
    this.keyPath = started.files.keyPath;
    this.knownHostsPath = started.files.knownHostsPath;
    this.directory = started.files.directory;
    this.#server = started.server;
    this.#owned = started.owned;
  }

  get pid(): number {
    return this.#server.child.pid;
  }

  /** Everything sshd has logged so far (level VERBOSE). */
  log(): string {
    return this.#server.log.text;
  }

  /** Private host key file; the public half beside it ends in `.pub`. */
  hostKeyPath(type: HostKeyType = "ed25519"): string {
    return hostKeyPath(this.directory, type);
  }

  /**
   * The environment of the program under test: a home of its own, PATH, and nothing else of the
   * caller's, so that no real user file or agent is in reach.
   */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const path = Deno.env.get("PATH") ?? "/usr/bin:/bin";
    return { HOME: this.home, USER: this.user, PATH: path, ...more };
  }

  /** Pids of sshd's session processes and of what runs below them. */
  sessionPids(): Promise<number[]> {
    return descendants(this.pid);
  }

  /** Kills sshd's own process of each session, and nothing that runs in it. */
  async cutConnections(): Promise<void> {
    for (const pid of await this.sessionPids()) {
      if (nameOf(pid).startsWith("sshd")) signal(pid, "SIGKILL");
    }
  }

  /** Kills every session and what runs in it, as a crash of the far end would; the listener stays. */
  async killSessions(): Promise<void> {
    for (const pid of await this.sessionPids()) signal(pid, "SIGKILL");
  }

  /** Stops listening and ends every session; a second call awaits the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const sessions = await this.sessionPids();
    signal(this.pid, "SIGTERM");
    await this.#server.child.status;
    for (const pid of sessions) signal(pid, "SIGKILL");
    await this.#server.log.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const account of this.#owned) await account[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/**
 * Starts OpenSSH's sshd on a free loopback port and returns when it answers.
 *
 * @throws {Error} When sshd is not installed or does not start, with what it said.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const owned = options.accounts || Deno.uid() !== 0 ? [] : [await createAccount(options.account)];
  const accounts = options.accounts ?? owned;
  const account = accounts[0];
  const files = await writeSshdFiles({
    user: account?.name ?? (await mustRun(["id", "-un"])).trim(),
    alias: options.alias ?? DEFAULT_ALIAS,
    config: options.config ?? [],
    clientConfig: options.clientConfig ?? [],
    hostKeyTypes: options.hostKeyTypes ?? ["ed25519"],
    home: options.home,
  });
  const server = await startOnFreePort(files, options.within ?? []);
  await files.writeClientFiles(server.port);
  return new Sshd({ files, server, account, owned });
}

interface StartedSshd {
  readonly files: SshdFiles;
  readonly server: RunningSshd;
  readonly account: Account | undefined;
  readonly owned: readonly Account[];
}

interface RunningSshd {
  readonly port: number;
  readonly child: Deno.ChildProcess;
  readonly log: SshdLog;
}

async function startOnFreePort(
  files: SshdFiles,
  within: readonly string[],
): Promise<RunningSshd> {
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const program = await (sshdPath ??= sshdProgram());
  for (let attempt = 0; attempt < 10; attempt++) {
    const port = freePort();
    const [first, ...args] = [...within, program];
    const child = new Deno.Command(first!, {
      args: [...args, "-D", "-e", "-f", files.sshdConfigPath, "-p", String(port)],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const log = new SshdLog(child.stderr);
    const ready = await until("sshd listens or ends", () => log.verdict(port), {
      timeoutMs: 30_000,
    });
    if (ready === "listening") return { port, child, log };
    await child.status;
    // Another test may have taken the port between our look and sshd's bind.
    if (!/already in use/.test(log.text)) throw new Error(`sshd did not start: ${log.text}`);
  }
  throw new Error("No free port for sshd in ten attempts");
}

/** What sshd writes on standard error, drained from the start so that it never blocks. */
class SshdLog {
  text = "";
  readonly ended: Promise<void>;
  #done = false;

  constructor(stderr: ReadableStream<Uint8Array>) {
    this.ended = this.#drain(stderr);
  }

  verdict(port: number): "listening" | "ended" | undefined {
    if (/Server listening on [\d.]+ port (\d+)\./.exec(this.text)?.[1] === `${port}`) {
      return "listening";
    }
    return this.#done ? "ended" : undefined;
  }

  async #drain(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) this.text += text;
    this.#done = true;
  }
}

let sshdPath: Promise<string> | undefined;

/** Absolute path of sshd: it re-executes itself, so a bare name will not do (sshd(8)). */
async function sshdProgram(): Promise<string> {
  const found = await command([
    "sh",
    "-c",
    'PATH="$PATH:/usr/sbin:/usr/local/sbin"; command -v sshd',
  ]);
  if (found.code !== 0) throw new Error('sshd is not installed: run "deno task setup"');
  return found.stdout.trim();
}

/** A TCP port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
