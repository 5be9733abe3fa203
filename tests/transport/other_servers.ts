import { join } from "node:path";
import type { Account } from "../support/account.ts";
import { command, mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { freePort } from "../support/sshd.ts";

/** An SSH server that is not OpenSSH's, with the public key of its host. */
export interface OtherServer extends AsyncDisposable {
  readonly port: number;
  /** Line for known_hosts, without the name. */
  readonly hostKey: string;
}

/** Starts dropbear(8), which shows one host key of the type. */
export async function startDropbear(type: "ed25519" | "rsa" | "ecdsa"): Promise<OtherServer> {
  const directory = await Deno.makeTempDir({ prefix: "mss_dropbear_" });
  const keyFile = join(directory, "host_key");
  await mustRun(["dropbearkey", "-t", type, "-f", keyFile]);
  const shown = await mustRun(["dropbearkey", "-y", "-f", keyFile]);
  const port = freePort();
  const address = `127.0.0.1:${port}`;
  const child = new Deno.Command("dropbear", {
    args: ["-F", "-E", "-p", address, "-r", keyFile, "-P", join(directory, "pid")],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until("dropbear listens", () => answers(port));
  return {
    port,
    hostKey: /^((?:ssh|ecdsa)-\S+ \S+)/m.exec(shown)![1]!,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Starts tinysshd(8) for each connection, as inetd would; it has no TCP of its own. */
export async function startTinysshd(): Promise<OtherServer> {
  const directory = await Deno.makeTempDir({ prefix: "mss_tinyssh_" });
  const keys = join(directory, "keys");
  await mustRun(["tinysshd-makekey", keys]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const children: Deno.ChildProcess[] = [];
  const serving = serveTinysshd(listener, keys, children);
  return {
    port: listener.addr.port,
    hostKey: (await mustRun(["tinysshd-printkey", keys])).split("\n")
      .map((line) => /(ssh-ed25519 \S+)/.exec(line)?.[1]).find((found) => found !== undefined)!,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
      await Promise.all(children.map(end));
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function serveTinysshd(
  listener: Deno.Listener,
  keys: string,
  children: Deno.ChildProcess[],
): Promise<void> {
  for await (const connection of listener) {
    const child = new Deno.Command("tinysshd", {
      args: ["-v", "-v", keys],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    children.push(child);
    connection.readable.pipeTo(child.stdin).catch(() => {});
    child.stdout.pipeTo(connection.writable).catch(() => {});
  }
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await child.status;
}

/** Lets a public key in, where these servers look for it: in the account's own home. */
export async function authorize(account: Account, publicKey: string): Promise<void> {
  const directory = join(account.home, ".ssh");
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "authorized_keys");
  await Deno.writeTextFile(file, publicKey, { append: true, mode: 0o600 });
  await mustRun(["chown", "-R", `${account.uid}:${account.gid}`, directory]);
  await mustRun(["chmod", "go-w", account.home]);
}

/**
 * Gives the account a home below directories that nobody else may write, which tinysshd insists on
 * and /tmp is not. Disposing removes it.
 */
export async function strictHome(account: Account): Promise<Account> {
  const home = `/srv/${account.name}`;
  await Deno.mkdir(home, { mode: 0o755 });
  await mustRun(["chown", `${account.uid}:${account.gid}`, home]);
  // useradd(8) and its kin fail at once when another holds the lock.
  await until("usermod", async () => {
    return (await command(["usermod", "--home", home, account.name])).code === 0;
  }, { everyMs: 100, timeoutMs: 30_000 });
  return {
    ...account,
    home,
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}
