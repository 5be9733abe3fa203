import type { Job } from "../../jobs/job.ts";
import { acquireSession, type Call } from "../call.ts";
import { commandRequest } from "../command/command_request.ts";
import { replyOn, throwIfRefused } from "../command/command_reply.ts";
import { requestedSecrets } from "../command/requested_secrets.ts";
import { commandPermit } from "../permit/command_permit.ts";
import { firstNotice } from "../durable/first_notice.ts";
import { commandShape, seconds, targetShape } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool, type ToolResult } from "../tool.ts";
import { cancelledByUser, waitForJob } from "../waiting.ts";

const input = {
  ...targetShape,
  ...commandShape,
  timeout: seconds(30).describe("waits 50 s at most, then the command goes on"),
};

/** Runs a command in the session's shell and waits for it. */
export const executeCommand: Tool = defineTool({
  name: "execute_command",
  title: "Run a command",
  description: "Runs a command in the persistent shell of a session and waits for it up to " +
    "timeout seconds. Not done by then: the reply is [running] with the output so far and the " +
    "command goes on untouched. Connects by itself; a busy shell's command waits its turn. Write " +
    "huge output to a file and search it there, or in what is kept by get_command_status(match=…).",
  input,
  annotations: COMMAND_ANNOTATIONS,
  meta: { "anthropic/maxResultSizeChars": 500_000 },
  asksItself: true,
  run: async (args, call) => {
    const session = await acquireSession(args, call);
    const { services } = call;
    const secrets = services.namedSecrets === undefined
      ? undefined
      : await requestedSecrets(args, [session.host], services);
    const request = commandRequest(args, secrets);
    const permit = services.rules.isSet ? commandPermit(request, session, call) : undefined;
    const job = services.commands.start(session, request, { permit });
    return await answerWhenSettled(job, call, {
      timeoutMs: args.timeout * 1000,
      maxChars: args.max_output_chars,
      notice: () => firstNotice(session, args, call),
    });
  },
});

interface AnswerOptions {
  readonly timeoutMs: number;
  readonly maxChars: number;
  /** The notice in the first reply of a host. */
  readonly notice: () => Promise<string>;
}

async function answerWhenSettled(
  job: Job,
  call: Call,
  options: AnswerOptions,
): Promise<ToolResult> {
  const { commands } = call.services;
  const end = await waitForJob(job, call, {
    holds: () => {
      const { kind } = job.record.state;
      if (kind === "queued") return commands.asking(job.record.sessionKey) !== undefined;
      return kind !== "running" && kind !== "awaiting-approval";
    },
    timeoutMs: options.timeoutMs,
  });
  if (end === "cancelled" && cancelledByUser(call.signal)) await commands.interrupt(job, "INT");
  throwIfRefused(job, call);
  const remark = await options.notice();
  return await replyOn(job, commands, { maxChars: options.maxChars, remark });
}
