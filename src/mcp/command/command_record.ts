import type { TextSlice } from "../../jobs/bounded_text.ts";
import type { ShownCommand } from "./shown_command.ts";
import type { JobState } from "../../jobs/job_state.ts";
import type { CommandExit, NestedPlace } from "../../shell/shell.ts";

/** Key of the record in a result's `_meta`. */
export const COMMAND_META_KEY = "mcp-ssh-session/command";

/** A state's name in records and lists. */
export type WireState =
  | "queued"
  | "awaiting_approval"
  | "running"
  | "awaiting_input"
  | "held"
  | "exited"
  | "interrupted"
  /** The rules or a person did not let it run. */
  | "refused"
  | "lost";

/** The state as programs read it. */
export function wireState(state: JobState): WireState {
  if (state.kind === "awaiting-input") return "awaiting_input";
  if (state.kind === "lost" && state.cause.kind === "refused") return "refused";
  return state.kind === "awaiting-approval" ? "awaiting_approval" : state.kind;
}

/** The end of a command; undefined before it, or when it is unknown. */
export function exitOf(state: JobState): CommandExit | undefined {
  return "exit" in state ? state.exit : undefined;
}

function shownPlace(place: NestedPlace, { redactor }: Pick<ShownCommand, "redactor">): NestedPlace {
  const shown = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : redactor.apply(name);
  return { depth: place.depth, user: shown(place.user), host: shown(place.host) };
}

/** The facts of a reply for programs. Characters are UTF-16 units, times milliseconds. */
export function commandRecord(job: ShownCommand, slice: TextSlice): Record<string, unknown> {
  const { id, host, session, state } = job.record;
  const exit = exitOf(state);
  return {
    command_id: id,
    host,
    session,
    state: wireState(state),
    ...(state.kind === "exited" ? { exit_status: state.exit.exitStatus } : {}),
    ...(exit ? { exit_signal: exit.exitSignal } : {}),
    duration_ms: Math.round(job.durationMs),
    ...(exit?.cwd === undefined ? {} : { cwd: job.redactor.apply(exit.cwd) }),
    ...(exit?.nested === undefined ? {} : { nested: shownPlace(exit.nested, job) }),
    ...(exit?.mode === undefined ? {} : { mode: job.redactor.apply(exit.mode) }),
    ...(exit?.deviceError === undefined ? {} : { device_error: true }),
    ...(state.kind === "awaiting-input"
      ? { prompt: { kind: state.question.kind, text: job.redactor.apply(state.question.text) } }
      : {}),
    offset: slice.offset,
    next_offset: slice.nextOffset,
    total_chars: job.text.totalChars,
    omitted_chars: slice.omittedChars,
    dropped_chars: job.text.droppedChars,
    ...(job.redactor.count > 0 ? { redacted: job.redactor.count } : {}),
  };
}
