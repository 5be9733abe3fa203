import { isoTime } from "../../clock.ts";
import type { FleetRun } from "../../fleet/fleet_run.ts";
import { foldNodeSet } from "../../fleet/node_set.ts";
import type { CommandRow } from "../command/command_list.ts";
import { FLEET_SESSION } from "./folded_sessions.ts";
import { outcomes } from "./host_outputs.ts";

const SHOWN_CHARS = 200;

/** A command on many hosts as one row of a list. */
export function runRow(run: FleetRun): CommandRow {
  const counts = [...outcomes(run)].filter(([, count]) => count > 0);
  return {
    command_id: run.id,
    host: clip(foldNodeSet(run.members.map(({ target }) => target.host))),
    session: FLEET_SESSION,
    state: counts.map(([outcome, count]) => `${count} ${outcome}`).join(", "),
    command: clip(run.command),
    duration_ms: Math.round(run.durationMs),
    total_chars: run.jobs.reduce((sum, { text }) => sum + text.totalChars, 0),
    started_at: isoTime(run.createdAt),
    ...(run.isFinished ? { ended_at: isoTime(run.createdAt + run.durationMs) } : {}),
  };
}

function clip(text: string): string {
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS).toWellFormed()}…`;
}
