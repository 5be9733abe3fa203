import type { DetachedId } from "../../detached/detached_id.ts";
import type { Call } from "../call.ts";
import type { ToolResult } from "../tool.ts";
import { attach } from "./attached.ts";
import { replyOnDurable } from "./durable_reply.ts";

/** What get_command_status is asked about a durable command. */
export interface DurableStatusArguments {
  /** Seconds. */
  readonly wait: number;
  readonly offset?: number | undefined;
  readonly max_output_chars: number;
}

/** State and output of a durable command, read from its host. */
export async function durableStatus(
  id: DetachedId,
  args: DurableStatusArguments,
  call: Call,
): Promise<ToolResult> {
  const attached = await attach(id, call);
  return await replyOnDurable(attached, call, {
    offset: args.offset ?? 0,
    maxBytes: args.max_output_chars,
    waitMs: args.wait * 1000,
  });
}
