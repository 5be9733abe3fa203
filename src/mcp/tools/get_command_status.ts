import * as z from "zod";
import { replyOn } from "../command/command_reply.ts";
import { commandId, maxOutputChars, shortWait } from "../schemas.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";
import { endedOrAsking, waitForJob } from "../waiting.ts";

/** State and output of a command, at once or when it changes. */
export const getCommandStatus: Tool = defineTool({
  name: "get_command_status",
  title: "State and output of a command",
  description: "State and output of a command. wait: seconds to wait for it to end or ask " +
    "something. offset: only what came since, from next_offset of an earlier reply.",
  input: {
    command_id: commandId,
    wait: shortWait(0),
    offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    max_output_chars: maxOutputChars,
  },
  annotations: READ_ONLY_ANNOTATIONS,
  meta: { "anthropic/maxResultSizeChars": 500_000 },
  run: async (args, call) => {
    const { commands } = call.services;
    const job = commands.jobs.get(args.command_id);
    await waitForJob(job, call, { holds: endedOrAsking(job), timeoutMs: args.wait * 1000 });
    const maxChars = args.max_output_chars;
    return args.offset === undefined
      ? replyOn(job, commands, { maxChars, cut: "middle" })
      : replyOn(job, commands, { maxChars, cut: "page", offset: args.offset });
  },
});
