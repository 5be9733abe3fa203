import { InputError } from "../../errors.ts";
import type { Call } from "../call.ts";
import { replyOn } from "../command/command_reply.ts";
import { requireOneHost } from "../fleet/run_calls.ts";
import { DEFAULT_OUTPUT_CHARS, flag } from "../schemas.ts";
import { defineTool, type Tool, type ToolResult } from "../tool.ts";
import { settledOrAsks, waitForJob } from "../waiting.ts";
import { SEND_INPUT, sendInputShape, typeInput } from "./send_input.ts";

/** send_input as it is where the console is on: a person may type the answer. */
export const sendInputOrAskPerson: Tool = defineTool({
  ...SEND_INPUT,
  description: `${SEND_INPUT.description} by_person=true: a person types the answer in the ` +
    "console, for secrets you must not see.",
  input: {
    ...sendInputShape,
    input_text: sendInputShape.input_text.optional(),
    by_person: flag("off"),
  },
  run: async ({ by_person, input_text, ...args }, call) => {
    if (by_person && input_text === undefined) return await askPerson(args, call);
    if (!by_person && input_text !== undefined) {
      return await typeInput({ ...args, input_text }, call);
    }
    throw new InputError(
      by_person ? "Both input_text and by_person=true are given" : '"input_text" is missing',
      "Give input_text, or by_person=true for a person to type it in the console",
    );
  },
});

/** Waits while a person is asked to answer; the reply holds what came after the answer. */
async function askPerson(
  { command_id, wait }: { readonly command_id: string; readonly wait: number },
  call: Call,
): Promise<ToolResult> {
  const { commands, personConsole } = call.services;
  requireOneHost(command_id, call.services);
  const job = commands.jobs.get(command_id);
  const url = personConsole!.want(job, commands.sessionOf(job));
  const { host, session } = job.record;
  const page = call.sendToPage({
    key: `answer ${job.id} ${job.record.questions}`,
    url,
    message: `A command on ${host} (session ${session}) asks for something that only you are to ` +
      "type. Open the console and type it there.",
  });
  if (page !== undefined) return page;
  const offset = job.text.position();
  const holds = settledOrAsks(job);
  await waitForJob(job, call, { holds, timeoutMs: wait * 1000 });
  const isOpen = job.record.state.kind === "awaiting-input" && !holds();
  return await replyOn(job, commands, {
    offset: job.text.behindLineEnd(offset),
    maxChars: DEFAULT_OUTPUT_CHARS,
    ...(isOpen
      ? {
        advice: `a person is asked to type the answer at ${url}; ` +
          `send_input(command_id="${job.id}", by_person=true, wait=50) waits for it`,
      }
      : {}),
  });
}
