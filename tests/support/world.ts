import { until } from "./condition.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "./mcp_client.ts";
import { type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

/** A host and the program under test, which knows it as the default alias. */
export interface World extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
}

/** Starts an sshd with a throwaway account, and the server; disposing ends both. */
export async function startWorld(options: SshdOptions = {}): Promise<World> {
  const sshd = await startSshd(options);
  try {
    const server = await startServer({ env: sshd.environment() });
    return {
      sshd,
      server,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await sshd[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await sshd[Symbol.asyncDispose]();
    throw error;
  }
}

/** The id of the command that a reply is on. */
export function idOf(reply: ToolReply): string {
  if (reply.meta === undefined) throw new Error(`Not a reply on a command: ${reply.text}`);
  return reply.meta.command_id;
}

/** A program that says when it runs, and then sleeps as long as no test lasts. */
export const SLEEP = "sh -c 'echo up; exec sleep 300'";

/** Begins a command and waits until it runs and has printed what it is to; {@link SLEEP} says "up". */
export async function begin(
  server: ServerUnderTest,
  command: string,
  options: { readonly session?: string; readonly shows?: RegExp } = {},
): Promise<ToolReply> {
  const { session, shows = command.includes(SLEEP) ? /^up$/m : /^/ } = options;
  const begun = await server.call("execute_command_async", {
    host: server.host,
    command,
    ...(session === undefined ? {} : { session }),
  });
  return await until(`${command} runs`, async () => {
    const reply = await server.call("get_command_status", { command_id: idOf(begun) });
    if (reply.meta?.state === "queued") return;
    return shows.test(reply.body) && reply;
  }, { timeoutMs: 30_000, everyMs: 50 });
}

/** Waits until a command ends or asks something, as a patient caller does. */
export async function settled(server: ServerUnderTest, reply: ToolReply): Promise<ToolReply> {
  const { state } = reply.meta ?? {};
  if (state !== "running" && state !== "queued") return reply;
  return await server.call("get_command_status", { command_id: idOf(reply), wait: 30 });
}

/**
 * Waits until a command, named by a reply on it or by its id, has ended.
 *
 * A screen at rest ends a wait, too: on a busy machine a program rests where it goes on by itself.
 */
export async function endOf(server: ServerUnderTest, of: ToolReply | string): Promise<ToolReply> {
  const command_id = typeof of === "string" ? of : idOf(of);
  return await until(`the end of ${command_id}`, async () => {
    const reply = await server.call("get_command_status", { command_id, wait: 30 });
    return /^(exited|interrupted|lost|refused)$/.test(reply.meta?.state ?? "") && reply;
  }, { timeoutMs: 180_000, everyMs: 200 });
}
