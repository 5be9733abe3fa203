import type { CallToolResult } from "@modelcontextprotocol/server";
import type { TextSlice } from "../../jobs/bounded_text.ts";
import type { Job } from "../../jobs/job.ts";
import { type FoundText, type SearchOptions, searchText } from "../../jobs/text_search.ts";
import type { Call } from "../call.ts";
import { answerAdvice, questionKey, whatAsks } from "./advice.ts";
import type { Commands } from "./commands.ts";
import { renderCommand } from "./render.ts";
import { type TypedLines, withoutPrompts } from "./typed_lines.ts";

/** Which part of the output a reply carries. */
export interface ReplyRange {
  /** Where to start; undefined for the beginning. Longer text shows its beginning and end. */
  readonly offset?: number | undefined;
  readonly maxChars: number;
  /** The lines that the output answers. */
  readonly typed?: TypedLines | undefined;
  /** A fact that stands before the next call. */
  readonly remark?: string | undefined;
  /** The next call, where this reply knows better than the job's state does. */
  readonly advice?: string;
  /** How long the caller of an unfinished command means to wait for it, in seconds. */
  readonly patienceS?: number;
}

/**
 * The reply on a job as it stands now, with the call to make next. Where its program has the whole
 * screen, that is shown behind the output.
 */
export async function replyOn(
  job: Job,
  commands: Commands,
  range: ReplyRange,
): Promise<CallToolResult> {
  const screen = range.maxChars === 0 ? undefined : await commands.screenOf(job);
  const read = job.read({
    offset: range.offset ?? 0,
    maxChars: range.maxChars,
  });
  const isWhole = range.typed !== undefined && read.tail === "";
  const slice = isWhole ? { ...read, head: withoutPrompts(read.head, range.typed) } : read;
  return renderCommand(job, {
    slice,
    screen,
    advice: [range.remark ?? "", range.advice ?? adviceOn(job, commands, { slice, range })]
      .filter((part) => part !== "").join("; "),
  });
}

/** The lines of the kept output in which a word was found, each with its offset. */
export function replyWithMatches(job: Job, options: SearchOptions): CallToolResult {
  const { text, ...found } = searchText(job.text, options);
  const { totalChars } = job.text;
  return renderCommand(job, {
    slice: {
      offset: options.offset,
      nextOffset: totalChars,
      head: job.redactor.apply(text),
      tail: "",
      gapOffset: totalChars,
      omittedChars: 0,
      missingChars: 0,
    },
    advice: matchAdvice(job.id, found),
  });
}

function matchAdvice(
  id: string,
  { matches, shown, rest, from }: Omit<FoundText, "text">,
): string {
  if (from === undefined) return "no line of the kept output matches";
  return rest === undefined
    ? `${matches} matching ${matches === 1 ? "line" : "lines"}, each after its offset: ` +
      `get_command_status(command_id="${id}", offset=${from}) reads from there`
    : `${shown} of ${matches} matching lines: ` +
      `get_command_status(command_id="${id}", offset=${rest}, match="…") shows the next`;
}

interface Replied {
  readonly slice: TextSlice;
  readonly range: ReplyRange;
}

function adviceOn(job: Job, commands: Commands, { slice, range }: Replied): string {
  const { id, state } = job.record;
  const wait = Math.min(50, Math.max(1, Math.ceil(range.patienceS ?? 30)));
  switch (state.kind) {
    case "queued":
      return queuedAdvice(job, commands, wait);
    case "awaiting-approval":
      return `a person is asked whether it may run: get_command_status(command_id="${id}", ` +
        "wait=50) waits for the answer";
    case "running":
      if (isAdvised(job, commands.drawsScreen(job) ? "running-screen" : "running")) {
        return `next offset=${slice.nextOffset}`;
      }
      if (commands.drawsScreen(job)) {
        return `its screen is not at rest: read_screen(command_id="${id}") shows it again, ` +
          `send_keys(command_id="${id}", keys="…") types to it`;
      }
      return `get_command_status(command_id="${id}", offset=${slice.nextOffset}, wait=${wait}) ` +
        "waits for the rest";
    case "awaiting-input":
      return isAdvised(job, questionKey(job)) ? "" : answerAdvice(job);
    case "held":
      return heldAdvice(id);
    case "exited":
      return job.redactor.apply(state.exit.note ?? "");
    case "interrupted":
      return state.exit
        ? job.redactor.apply(state.exit.note ?? "")
        : "taken from the queue; it never ran";
    case "lost":
      return `${job.redactor.apply(state.cause.message)}; ${state.cause.advice}`;
  }
}

/** The next call while a person has the keyboard. */
function heldAdvice(id: string): string {
  return "a person has the keyboard of this session, and nothing was typed; " +
    `get_command_status(command_id="${id}", wait=50) waits until it is handed back`;
}

/** The last advice on each job: the same advice twice only costs. */
const advised = new WeakMap<Job, string>();

function isAdvised(job: Job, kind: string): boolean {
  if (advised.get(job) === kind) return true;
  advised.set(job, kind);
  return false;
}

function queuedAdvice(job: Job, commands: Commands, wait: number): string {
  const waits = `get_command_status(command_id="${job.id}", wait=${wait}) waits for it`;
  const asking = commands.asking(job.record.sessionKey);
  if (asking) {
    return `waits behind command ${asking.id}, ${whatAsks(asking)}: ${answerAdvice(asking)}`;
  }
  const before = commands.ahead(job).at(-1);
  if (before) return `waits for its turn behind command ${before.id}; ${waits}`;
  if (!commands.hasShell(job)) {
    const what = commands.isConnected(job)
      ? "its shell is being opened"
      : `${job.record.host} is being connected to`;
    return `not typed yet, ${what}; ${waits}`;
  }
  return "not typed yet: the shell still runs its start-up files, or a line typed before; " +
    `${waits}, close_session gives the shell up`;
}

/**
 * A command that could not begin is an error of this call and leaves no trace; so is one whose
 * password was refused, though that one has begun and stays in the history.
 */
export function throwIfRefused(job: Job, call: Call): void {
  const { state, startedAt } = job.record;
  if (state.kind !== "lost") return;
  if (startedAt === undefined) call.services.commands.jobs.forget(job);
  else if (state.cause.kind !== "privilege") return;
  throw state.cause;
}
