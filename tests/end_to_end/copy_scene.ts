import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";

type Extra = Readonly<Record<string, unknown>>;

/** One sshd, the server under test, and copies by it to their end. */
export interface CopyScene extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  readonly home: string;
  /** A directory of the account's own. */
  directory(name: string): Promise<string>;
  copy(source: string, destination: string, extra?: Extra): Promise<ToolReply>;
}

/** Starts them. */
export async function openCopyScene(
  options: SshdOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CopyScene> {
  const { env = {}, ...sshdOptions } = options;
  const sshd = await startSshd(sshdOptions);
  const server = await startServer({ env: sshd.environment(env) });
  const { home, uid, gid } = sshd.account!;
  return {
    sshd,
    server,
    home,
    directory: async (name) => {
      await Deno.mkdir(`${home}/${name}`);
      await Deno.chown(`${home}/${name}`, uid, gid);
      return `${home}/${name}`;
    },
    copy: (source, destination, extra = {}) => copyToEnd(server, { source, destination, ...extra }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

/** A busy machine may take longer than the call waits. */
export async function copyToEnd(server: ServerUnderTest, args: Extra): Promise<ToolReply> {
  let reply = await server.call("copy_file", args);
  while (reply.meta?.state === "running") {
    const { command_id } = reply.meta;
    reply = await server.call("get_command_status", { command_id, wait: 50 });
  }
  const isError = reply.isError || /^\[exit [1-9]/.test(reply.firstLine);
  return { ...reply, isError };
}
