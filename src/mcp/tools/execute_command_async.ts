import * as z from "zod";
import type { Job } from "../../jobs/job.ts";
import { hasBegun } from "../../jobs/job_state.ts";
import { acquireSession, type Call } from "../call.ts";
import { replyOn, throwIfRefused } from "../command/command_reply.ts";
import { commandRequest } from "../command/command_request.ts";
import { requestedSecrets } from "../command/requested_secrets.ts";
import { commandPermit } from "../permit/command_permit.ts";
import { commandShape, flag, seconds, targetShape } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";
import { endedOrAsking, waitForJob } from "../waiting.ts";

/** So long it waits for a start, an end or a question to report. */
const ANSWER_WITHIN_MS = 1_000;
/** A command that runs so long with no unfinished line is not about to end or to ask. */
const SETTLED_MS = 250;

/** Begins a command and answers within a second. */
export const executeCommandAsync: Tool = defineTool({
  name: "execute_command_async",
  title: "Begin a command",
  description:
    "Like execute_command, but answers within a second with the command_id. Follow it with " +
    "get_command_status(wait=…). Nothing is ever killed for being slow; timeout is only how long " +
    "you mean to wait. durable=true: it outlives this server and the connection; any server " +
    "can use its id; offsets count bytes.",
  input: {
    ...targetShape,
    ...commandShape,
    device_type: commandShape.device_type.describe("as in execute_command"),
    timeout: seconds(300),
    durable: flag("off"),
    stdin: z.enum(["null", "fifo", "pty"]).default("null").describe(
      "durable only; fifo and pty take send_input",
    ),
  },
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
  run: async (args, call) => {
    if (args.durable) {
      const { beginDurable } = await import("../durable/begin_durable.ts");
      return await beginDurable(args, call);
    }
    const { commands } = call.services;
    const session = await acquireSession(args, call);
    const secrets = await requestedSecrets(args, [session.host], call.services);
    const request = commandRequest(args, secrets);
    const job = commands.start(session, request, { permit: commandPermit(request, session, call) });
    await begun(job, call);
    throwIfRefused(job, call);
    return await replyOn(job, commands, {
      maxChars: args.max_output_chars,
      patienceS: args.timeout,
    });
  },
});

/** Waits for what can be reported at once: the start, an end or a question. */
async function begun(job: Job, call: Call): Promise<void> {
  const { clock } = call.services;
  const until = clock.now() + ANSWER_WITHIN_MS;
  const isQueued = (): boolean => !hasBegun(job.record.state);
  const holds = endedOrAsking(job);
  await waitForJob(job, call, { holds: () => !isQueued(), timeoutMs: ANSWER_WITHIN_MS });
  if (isQueued()) return;
  await waitForJob(job, call, { holds, timeoutMs: Math.min(SETTLED_MS, until - clock.now()) });
  if (job.text.hasOpenLine) await waitForJob(job, call, { holds, timeoutMs: until - clock.now() });
}
