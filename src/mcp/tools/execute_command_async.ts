import * as z from "zod";
import { acquireSession } from "../call.ts";
import { replyOn } from "../command/command_reply.ts";
import { commandRequest } from "../command/command_request.ts";
import { beginDurable } from "../durable/begin_durable.ts";
import { commandShape, flag, seconds, targetShape } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

/** Begins a command and answers at once. */
export const executeCommandAsync: Tool = defineTool({
  name: "execute_command_async",
  title: "Begin a command",
  description: "Like execute_command, but answers at once with the command_id. Follow it with " +
    "get_command_status(wait=…). Nothing is ever killed for being slow; timeout is only how long " +
    "you mean to wait. durable=true: the command outlives this server and the connection; " +
    "any server can use its id, and its offsets count bytes.",
  input: {
    ...targetShape,
    ...commandShape,
    timeout: seconds(300),
    durable: flag("off"),
    stdin: z.enum(["null", "fifo", "pty"]).default("null").describe(
      "durable only; fifo and pty take send_input",
    ),
  },
  annotations: COMMAND_ANNOTATIONS,
  run: async (args, call) => {
    if (args.durable) return await beginDurable(args, call);
    const { commands } = call.services;
    const session = await acquireSession(args, call);
    const job = commands.start(session, commandRequest(args));
    return await replyOn(job, commands, { maxChars: 0, patienceS: args.timeout });
  },
});
