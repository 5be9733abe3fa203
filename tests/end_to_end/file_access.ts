import type { Account } from "../support/account.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import type { SshdOptions } from "../support/sshd.ts";
import { startWorld } from "../support/world.ts";

/** Arguments of write_file. */
export interface WriteArguments {
  readonly append?: boolean;
  readonly make_dirs?: boolean;
  readonly permissions?: string;
}

const SUDO = { sudoers: "ALL=(ALL) NOPASSWD: ALL" };
/** Of sshd_config(5). */
export const NO_SFTP = ["Subsystem none /bin/false"];

/** One way of write_file and read_file to a host. */
export class FileAccess implements AsyncDisposable {
  constructor(
    readonly server: ServerUnderTest,
    /** Who logs in. */
    readonly account: Account,
    readonly dispose: () => Promise<void>,
    readonly usesSudo = false,
  ) {}

  /** `write_file`. */
  write(remote_path: string, content: string, request: WriteArguments = {}): Promise<ToolReply> {
    return this.#call("write_file", { remote_path, content, ...request });
  }

  /** `read_file`. */
  read(remote_path: string): Promise<ToolReply> {
    return this.#call("read_file", { remote_path });
  }

  #call(tool: string, args: Readonly<Record<string, unknown>>): Promise<ToolReply> {
    const { server, usesSudo } = this;
    return server.call(tool, { host: server.host, use_sudo: usesSudo, ...args });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** Starts a host and the program under test. */
export async function openAccess(
  options: SshdOptions = {},
  usesSudo?: boolean,
): Promise<FileAccess> {
  const world = await startWorld(options);
  const account = options.accounts?.[0] ?? world.sshd.account!;
  return new FileAccess(
    world.server,
    account,
    async () => await world[Symbol.asyncDispose](),
    usesSudo,
  );
}

/** A login that can do nothing but by sudo, so that nothing is done before. */
export function openSudo(): Promise<FileAccess> {
  return openAccess({ account: SUDO, config: NO_SFTP }, Boolean(1));
}

/** Over SFTP, in an empty home: bash would read the real root's start-up files. */
export async function openRoot(): Promise<FileAccess> {
  const home = await Deno.makeTempDir({ prefix: "mss_root_" });
  const remove = (): Promise<void> => Deno.remove(home, { recursive: true });
  const account: Account = {
    ...{ name: "root", uid: 0, gid: 0, home, shell: "/bin/sh", password: undefined },
    [Symbol.asyncDispose]: remove,
  };
  const access = await openAccess({ accounts: [account], config: [`SetEnv HOME=${home}`] });
  return new FileAccess(access.server, account, async () => {
    await access.dispose();
    await remove();
  });
}
