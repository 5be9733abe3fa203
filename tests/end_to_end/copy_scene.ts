import { mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { Random } from "../support/random.ts";
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

/** The same bytes for the same seed. */
export function randomBytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

/** The hash of a file, by sha256sum(1). */
export async function sha256(path: string): Promise<string> {
  return (await mustRun(["sha256sum", path])).replace(/^\\/, "").slice(0, 64);
}

/** Each name below a directory with its kind, mode, time and hash or link text. */
export async function listing(directory: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    const info = await Deno.lstat(path);
    const what = info.isSymlink
      ? `-> ${await Deno.readLink(path)}`
      : `${(info.mode! & 0o7777).toString(8)} ${Math.floor(info.mtime!.getTime() / 1000)}`;
    const hash = info.isFile ? await sha256(path) : "";
    lines.push(`${JSON.stringify(name)} ${what} ${hash}`);
    if (info.isDirectory) {
      lines.push(...(await listing(path)).map((line) => `${JSON.stringify(name)}/${line}`));
    }
  }
  return lines.sort();
}

/** Odd names of files. */
export const TREE_NAMES: readonly string[] = [
  "plain",
  " lead",
  "-rf",
  "a'b\"c",
  "new\nline",
  "日本 é",
  "$HOME`id`",
  ".hidden",
  "*",
  "a".repeat(48),
];
/** Some of them, for ends where each costs a script. */
export const FEW_NAMES: readonly string[] = ["plain", "-a'b\"\nc *", "a".repeat(48)];
