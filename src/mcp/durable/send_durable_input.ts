import { type DetachedId, formatDetachedId } from "../../detached/detached_id.ts";
import type { Call } from "../call.ts";
import { DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import type { ToolResult } from "../tool.ts";
import { attach } from "./attached.ts";
import { replyOnDurable } from "./durable_reply.ts";

/** The text for a durable command's input. */
export interface DurableInputArguments {
  readonly input_text: string;
  readonly enter: boolean;
  /** Seconds. */
  readonly wait: number;
}

/** Writes to a durable command's fifo or terminal; replies with what came since. */
export async function sendDurableInput(
  id: DetachedId,
  args: DurableInputArguments,
  call: Call,
): Promise<ToolResult> {
  const attached = await attach(id, call);
  const jobs = await call.services.detached();
  const { record } = await jobs.read(attached.address, { offset: 0, first: 0, last: 0 });
  const enter = !args.enter ? "" : record.input === "pty" ? "\r" : "\n";
  await call.permit({
    hosts: [attached.host],
    words: "type to a durable command",
    text: args.input_text + enter,
    facts: [`to the command ${formatDetachedId(id)}: ${record.command}`],
  });
  await jobs.input(attached.address, new TextEncoder().encode(args.input_text + enter));
  return await replyOnDurable(attached, call, {
    offset: record.outputBytes,
    maxBytes: DEFAULT_OUTPUT_CHARS,
    waitMs: args.wait * 1000,
  });
}
