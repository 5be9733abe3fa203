import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";

/** A command that runs and has printed its first line. */
export async function begun(
  server: ServerUnderTest,
  command: string,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> {
  const started = await server.call("execute_command_async", {
    host: server.host,
    command,
    ...extra,
  });
  return await until("it printed", async () => {
    const reply = await server.call("get_command_status", { command_id: idOf(started) });
    return reply.meta!.total_chars > 0 ? reply : undefined;
  });
}

/** A reply on a lost command: its output so far, then one line of advice that says why. */
export function assertLost(reply: ToolReply, output: string, said: RegExp): void {
  assert.equal(reply.meta?.state, "lost", reply.text);
  assert.match(reply.firstLine, /^\[lost\] /);
  assert.ok(reply.body.startsWith(output), reply.text);
  assert.match(reply.body.slice(output.length), /^\[.*\]$/);
  assert.match(reply.body.slice(output.length), said);
  assert.equal(reply.meta.exit_status, undefined);
}
