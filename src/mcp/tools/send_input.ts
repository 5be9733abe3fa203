import * as z from "zod";
import { parseDetachedId } from "../../detached/detached_id.ts";
import { replyOn } from "../command/command_reply.ts";
import { requireOneHost } from "../fleet/run_calls.ts";
import { inputAction } from "../permit/command_permit.ts";
import { commandId, DEFAULT_OUTPUT_CHARS, flag, shortWait } from "../schemas.ts";
import type { Call } from "../call.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool, type ToolResult } from "../tool.ts";
import { settledOrAsks, waitForJob } from "../waiting.ts";

/** Parameters of send_input. */
export const sendInputShape = {
  command_id: commandId,
  input_text: z.string().describe("may be empty: just Enter"),
  enter: flag("on"),
  secret: flag("off"),
  wait: shortWait(5),
};

/** The description of send_input. */
export const SEND_INPUT = {
  name: "send_input",
  title: "Answer a command",
  description: "Types text, and Enter unless enter=false, to a running command, then waits up to " +
    "wait seconds for it to end or ask again; replies with what came since. secret=true for " +
    "passwords: never shown or kept, [redacted] wherever it comes back.",
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
} as const;

/** Types text to a running command. */
export const sendInput: Tool = defineTool({
  ...SEND_INPUT,
  input: sendInputShape,
  run: typeInput,
});

/** Types a caller's text to a running command. */
export async function typeInput(
  args: z.output<z.ZodObject<typeof sendInputShape>>,
  call: Call,
): Promise<ToolResult> {
  const durable = parseDetachedId(args.command_id);
  if (durable !== undefined) {
    const { sendDurableInput } = await import("../durable/send_durable_input.ts");
    return await sendDurableInput(durable, args, call);
  }
  const { commands } = call.services;
  requireOneHost(args.command_id, call.services);
  const job = commands.jobs.get(args.command_id);
  const offset = job.text.position();
  if (job.isHeld) return await replyOn(job, commands, { offset, maxChars: 0 });
  const holds = settledOrAsks(job);
  const { state } = job.record;
  const prompt = state.kind === "awaiting-input" ? state.question.text : "";
  const data = args.input_text + (args.enter ? "\r" : "");
  const session = commands.sessionOf(job);
  await call.permit(inputAction({ data, isSecret: args.secret, session, job }, call));
  await commands.type(job, data, call.signal);
  await waitForJob(job, call, { holds, timeoutMs: args.wait * 1000 });
  const shownFrom = job.text.behindLineEnd(offset);
  return await replyOn(job, commands, {
    offset: shownFrom,
    maxChars: DEFAULT_OUTPUT_CHARS,
    typed: { prompt, lines: args.input_text.split("\n"), isEnded: shownFrom > offset },
  });
}
