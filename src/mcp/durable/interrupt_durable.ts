import { type DetachedId, formatDetachedId } from "../../detached/detached_id.ts";
import type { CommandSignal } from "../../session/session.ts";
import type { Call } from "../call.ts";
import { DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import { ANSWER_WITHIN_MS, STRONGER } from "../command/interrupting.ts";
import type { ToolResult } from "../tool.ts";
import { attach } from "./attached.ts";
import { replyOnDurable } from "./durable_reply.ts";

/** Sends a durable command a signal and replies with what came of it within 2 s. */
export async function interruptDurable(
  id: DetachedId,
  signal: CommandSignal,
  call: Call,
): Promise<ToolResult> {
  const attached = await attach(id, call);
  const jobs = await call.services.detached();
  const none = { offset: 0, first: 0, last: 0 };
  const { record } = await jobs.read(attached.address, none);
  await jobs.signal(attached.address, signal);
  const next = STRONGER[signal];
  return await replyOnDurable(attached, call, {
    offset: record.outputBytes,
    maxBytes: DEFAULT_OUTPUT_CHARS,
    waitMs: ANSWER_WITHIN_MS,
    runningAdvice: next === ""
      ? `not even SIG${signal} ended it within 2 s`
      : `SIG${signal} did not end it; next: interrupt_command_by_id(command_id="${
        formatDetachedId(id)
      }", ${next})`,
  });
}
