import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { until } from "../support/condition.ts";
import { idOf } from "../support/world.ts";

/** Starts a durable command; the reply has its id. */
export async function beginDurable(
  server: ServerUnderTest,
  command: string,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> {
  const args = { host: server.host, command, durable: true, ...extra };
  const reply = await server.call("execute_command_async", args);
  if (reply.isError) throw new Error(reply.text);
  return reply;
}

/** Asks for all output until it has what it is to have. */
export function showsDurable(
  server: ServerUnderTest,
  begun: ToolReply,
  wanted: RegExp,
): Promise<ToolReply> {
  return until(`${idOf(begun)} prints ${wanted}`, async () => {
    const reply = await server.call("get_command_status", { command_id: idOf(begun) });
    return wanted.test(reply.body) && reply;
  }, { timeoutMs: 30_000, everyMs: 100 });
}

/** Waits for its end. */
export function endOf(server: ServerUnderTest, begun: ToolReply): Promise<ToolReply> {
  return server.call("get_command_status", { command_id: idOf(begun), wait: 40 });
}
