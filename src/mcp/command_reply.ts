import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Job } from "../jobs/job.ts";
import { answerAdvice } from "./advice.ts";
import type { Commands } from "./commands.ts";
import { renderCommand } from "./render.ts";

/** Which part of the output a reply carries. */
export interface ReplyRange {
  /** Undefined shows the beginning and the end of all there is. */
  readonly offset?: number;
  readonly maxChars: number;
  readonly cut: "middle" | "page";
}

/** The reply on a job as it stands now, with the call to make next. */
export function replyOn(job: Job, commands: Commands, range: ReplyRange): CallToolResult {
  const slice = job.text.read({
    offset: range.offset ?? 0,
    maxChars: range.maxChars,
    cut: range.cut,
  });
  const rest = job.text.totalChars - slice.nextOffset;
  const advice = rest > 0
    ? `${rest} more characters: get_command_status(command_id="${job.id}", ` +
      `offset=${slice.nextOffset}) reads on`
    : nextCall(job, commands, slice.nextOffset);
  return renderCommand(job, { slice, advice });
}

function nextCall(job: Job, commands: Commands, nextOffset: number): string {
  const { id, state } = job.record;
  switch (state.kind) {
    case "queued":
      return queuedAdvice(job, commands);
    case "running":
      return `get_command_status(command_id="${id}", offset=${nextOffset}, wait=30) waits for the rest`;
    case "awaiting-input":
      return answerAdvice(job);
    case "exited":
      return state.exit.note ?? "";
    case "interrupted":
      return state.exit ? state.exit.note ?? "" : "taken from the queue; it never ran";
    case "lost":
      return `${job.redactor.apply(state.cause.message)}; ${state.cause.advice}`;
  }
}

function queuedAdvice(job: Job, commands: Commands): string {
  const waits = `get_command_status(command_id="${job.id}", wait=30) waits for it`;
  const asking = commands.asking(job.record.sessionKey);
  if (asking) return `waits behind command ${asking.id}, which asks: ${answerAdvice(asking)}`;
  const before = commands.ahead(job).at(-1);
  if (before) return `waits for its turn behind command ${before.id}; ${waits}`;
  return `still connecting to ${job.record.host}; ${waits}`;
}
