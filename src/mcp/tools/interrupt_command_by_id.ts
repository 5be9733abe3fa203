import * as z from "zod";
import { parseDetachedId } from "../../detached/detached_id.ts";
import type { Job } from "../../jobs/job.ts";
import type { CommandSignal } from "../../session/session.ts";
import type { Call } from "../call.ts";
import { replyOn } from "../command/command_reply.ts";
import { ANSWER_WITHIN_MS, STRONGER } from "../command/interrupting.ts";
import { interruptRunAndReply, requireOneHost } from "../fleet/run_calls.ts";
import { commandId, DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";
import { settledOrAsks, waitForJob } from "../waiting.ts";

/** Interrupts a command and tells what came of it. */
export const interruptCommandById: Tool = defineTool({
  name: "interrupt_command_by_id",
  title: "Interrupt a command",
  description:
    "Interrupts a command. INT, QUIT and TSTP are typed as Ctrl-C, Ctrl-\\ and Ctrl-Z; " +
    "TERM, KILL and HUP go to its whole process group. A queued command is taken from the queue. " +
    "Answers within 2 s with what happened.",
  input: {
    command_id: commandId,
    signal: z.enum(["INT", "QUIT", "TSTP", "TERM", "KILL", "HUP"]).default("INT"),
  },
  annotations: COMMAND_ANNOTATIONS,
  run: async ({ command_id, signal }, call) => {
    const durable = parseDetachedId(command_id);
    if (durable !== undefined) {
      const { interruptDurable } = await import("../durable/interrupt_durable.ts");
      return await interruptDurable(durable, signal, call);
    }
    const { commands, runs } = call.services;
    const run = runs.find(command_id);
    if (run !== undefined) return await interruptRunAndReply(run, signal, call);
    requireOneHost(command_id, call.services);
    const job = commands.jobs.get(command_id);
    const before = job.text.position();
    if (job.isHeld && job.innerState.kind !== "queued") {
      return await replyOn(job, commands, { offset: before, maxChars: 0 });
    }
    const wasFinished = job.isFinished;
    await interruptAndWait(job, signal, call);
    return await replyOn(job, commands, {
      offset: wasFinished ? undefined : before,
      maxChars: DEFAULT_OUTPUT_CHARS,
      ...(job.isFinished ? {} : { advice: strongerAdvice(job, signal) }),
    });
  },
});

async function interruptAndWait(job: Job, signal: CommandSignal, call: Call): Promise<void> {
  const { commands } = call.services;
  let failure: unknown;
  const settled = settledOrAsks(job);
  commands.interrupt(job, signal).catch((error) => {
    failure = error;
    commands.jobs.changes.notify();
  });
  const holds = (): boolean => settled() || failure !== undefined;
  await waitForJob(job, call, { holds, timeoutMs: ANSWER_WITHIN_MS });
  if (failure !== undefined) throw failure;
}

function strongerAdvice(job: Job, signal: CommandSignal): string {
  const next = STRONGER[signal];
  return next === ""
    ? `not even SIG${signal} ended it within 2 s; close_session gives the session up`
    : `SIG${signal} did not end it; next: interrupt_command_by_id(command_id="${job.id}", ${next})`;
}
