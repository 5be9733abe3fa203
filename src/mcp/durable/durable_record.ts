import { parseTarget } from "../../config/target.ts";
import type { DetachedRecord } from "../../detached/record.ts";
import { type DetachedId, formatDetachedId } from "../../detached/detached_id.ts";
import { ConnectionLostError } from "../../errors.ts";
import type { JobState } from "../../jobs/job_state.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import { readStatus } from "../../shell/posix/exit_status.ts";
import type { ShownCommand } from "../command/shown_command.ts";

/** Whose command it is, beside what the record says. */
export interface DurableFacts {
  readonly id: DetachedId;
  readonly user: string;
  readonly redactor: Redactor;
  /** Bytes that were printed and are not on the host's disk any more. */
  readonly droppedBytes?: number | undefined;
}

/** A durable command as replies and lists show commands; its offsets count bytes. */
export function shownDurable(record: DetachedRecord, facts: DurableFacts): ShownCommand {
  const { id, user, redactor } = facts;
  const { startedAt, endedAt, askedAt } = record;
  return {
    id: formatDetachedId(id),
    redactor,
    durationMs: Math.max(0, (endedAt ?? askedAt) - startedAt),
    text: { totalChars: record.outputBytes, droppedChars: facts.droppedBytes ?? 0 },
    record: {
      id: formatDetachedId(id),
      host: parseTarget({ host: id.host }).alias,
      user: id.owner ?? user,
      session: "",
      command: record.command,
      state: stateOf(record),
      startedAt,
      endedAt,
    },
  };
}

/** Whether nothing more will happen to it, output included. */
export function isSettled({ state, askedAt, endedAt }: DetachedRecord): boolean {
  switch (state.kind) {
    case "starting":
    case "running":
      return false;
    case "exited":
      // The recorder needs a moment after the status; a process left behind may need for ever.
      return !state.outputOpen || askedAt - (endedAt ?? 0) > RECORDER_MS;
    case "lost":
    case "elsewhere":
      return true;
  }
}

const RECORDER_MS = 2_000;

/** Whether the command is over, whatever becomes of its output. */
export function hasEnded({ state }: DetachedRecord): boolean {
  return state.kind !== "starting" && state.kind !== "running";
}

function stateOf(record: DetachedRecord): JobState {
  const { state, signals } = record;
  switch (state.kind) {
    case "starting":
    case "running":
      return { kind: "running", signals };
    case "exited": {
      const exit = { ...readStatus(String(state.exitStatus)), cwd: record.cwd, ...noteOf(record) };
      const isInterrupted = exit.exitSignal !== null && signals.includes(exit.exitSignal);
      return { kind: isInterrupted ? "interrupted" : "exited", exit };
    }
    case "lost":
      return { kind: "lost", cause: lostCause(state.why) };
    case "elsewhere":
      return { kind: "lost", cause: elsewhere(state.node) };
  }
}

function noteOf(record: DetachedRecord): { note?: string } {
  if (record.state.kind !== "exited" || !record.state.outputOpen || !isSettled(record)) return {};
  return { note: "a process that it left behind still has its output open" };
}

function lostCause(why: "killed" | "rebooted"): ConnectionLostError {
  return new ConnectionLostError(
    why === "rebooted"
      ? "The host was rebooted while it ran"
      : "It is gone without a status: it and its supervisor were killed",
    "Look for its effects before running it again",
  );
}

function elsewhere(node: string): ConnectionLostError {
  return new ConnectionLostError(
    `Its record was made by a machine named ${JSON.stringify(node.slice(0, 64))}, not by this one`,
    "Name that machine as host; here only the record can be read",
  );
}
