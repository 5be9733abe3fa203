import { systemClock } from "../../src/clock.ts";
import type { Elevation } from "../../src/sftp/script/elevation.ts";
import type { FileRange, WriteReport, WriteRequest } from "../../src/sftp/file_range.ts";
import { type AccessMethod, RemoteFiles } from "../../src/sftp/remote_files.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { type Account, type AccountOptions, createAccount } from "../support/account.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";

/** Which way files of a {@link Station} go. */
export interface StationOptions {
  readonly account?: AccountOptions;
  /** `off`: sshd has no such subsystem. */
  readonly sftp?: "on" | "off";
  readonly elevation?: Elevation;
  /** sudoers(5) lines for the account of that name. */
  readonly sudoers?: (name: string) => string;
  /** More sshd_config(5) lines. */
  readonly config?: readonly string[];
}

/** One sshd, one connection to it, and files over it as the product reaches them. */
export class Station implements AsyncDisposable {
  readonly files = new RemoteFiles({ clock: systemClock });
  /** What the last write left beside its target, as far as it was told. */
  aside: string | undefined;

  constructor(
    readonly sshd: Sshd,
    readonly account: Account,
    readonly connection: Connection,
    readonly elevation: Elevation,
  ) {}

  read(
    path: string,
    request: Partial<{ offset: number; limitBytes: number }> = {},
  ): Promise<FileRange & { readonly via: AccessMethod }> {
    return this.files.read(this.connection, path, {
      elevation: this.elevation,
      request: { offset: 0, limitBytes: 2 * 1024 * 1024, ...request },
    });
  }

  write(
    path: string,
    content: Uint8Array | string,
    request: Partial<WriteRequest> = {},
  ): Promise<WriteReport & { readonly via: AccessMethod }> {
    return this.files.write(this.connection, path, {
      elevation: this.elevation,
      onAside: (left) => this.aside = left,
      request: {
        content: typeof content === "string" ? new TextEncoder().encode(content) : content,
        mode: "replace",
        makesDirectories: false,
        ...request,
      },
    });
  }

  /** A new directory below the account's home, which the account may write or only root. */
  async directory(name: string, owner: "account" | "root" = "account"): Promise<string> {
    const path = `${this.account.home}/${name}`;
    await Deno.mkdir(path, { mode: 0o700 });
    if (owner === "account") await Deno.chown(path, this.account.uid, this.account.gid);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
    await this.sshd[Symbol.asyncDispose]();
    await this.account[Symbol.asyncDispose]();
  }
}

/** Starts an sshd with an account of its own and connects. */
export async function openStation(options: StationOptions = {}): Promise<Station> {
  const account = await createAccount(options.account);
  if (options.sudoers !== undefined) {
    const rules = `${options.sudoers(account.name)}\n`;
    await Deno.writeTextFile(`/etc/sudoers.d/${account.name}`, rules, { mode: 0o440 });
  }
  const sshd = await startSshd({
    accounts: [account],
    config: [
      ...options.config ?? [],
      ...options.sftp === "off" ? ["Subsystem none /bin/false"] : [],
    ],
  });
  const connection = await open(targetOf(sshd));
  return new Station(sshd, account, connection, options.elevation ?? { kind: "none" });
}

/**
 * Logs in as root, over SFTP; what it opens is the real root's.
 *
 * Its home is empty: bash reads root's own start-up files for each command, and they may take long.
 */
export async function openRootStation(): Promise<Station> {
  const home = await Deno.makeTempDir({ prefix: "mss_root_" });
  const account: Account = {
    name: "root",
    uid: 0,
    gid: 0,
    home,
    shell: "/bin/sh",
    password: undefined,
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
  const sshd = await startSshd({ accounts: [account], config: [`SetEnv HOME=${home}`] });
  return new Station(sshd, account, await open(targetOf(sshd)), { kind: "none" });
}
