import * as z from "zod";
import { isoTime } from "../../clock.ts";
import type { ShownCommand } from "./shown_command.ts";
import { exitOf, wireState } from "./command_record.ts";
import { quoteText } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import { table } from "../table.ts";

const COMMAND_CHARS = 200;

const command = z.object({
  command_id: z.string(),
  host: z.string(),
  session: z.string(),
  state: z.string(),
  command: z.string(),
  duration_ms: z.number(),
  total_chars: z.number(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  exit_status: z.number().optional(),
  exit_signal: z.string().optional(),
  question: z.string().optional(),
});

/** One command of a list. */
export type CommandRow = z.output<typeof command>;

/** The answer of both lists of commands. */
export const commandListSchema: z.ZodObject = z.object({ commands: z.array(command) });

/** One command's row; long command lines are cut. */
export function commandRow(job: ShownCommand): CommandRow {
  const { id, host, session, state, startedAt, endedAt } = job.record;
  const exit = exitOf(state);
  return {
    command_id: id,
    host,
    session,
    state: wireState(state),
    command: shown(job, job.record.command),
    duration_ms: Math.round(job.durationMs),
    total_chars: job.text.totalChars,
    ...(startedAt === undefined ? {} : { started_at: isoTime(startedAt) }),
    ...(endedAt === undefined ? {} : { ended_at: isoTime(endedAt) }),
    ...(typeof exit?.exitStatus === "number" ? { exit_status: exit.exitStatus } : {}),
    ...(exit?.exitSignal ? { exit_signal: exit.exitSignal } : {}),
    ...(state.kind === "awaiting-input"
      ? { question: shown(job, state.question.text.trim()) }
      : {}),
  };
}

/** The rows as a table under headings. */
export function commandTable(rows: readonly CommandRow[]): string {
  return table(
    ["command_id", "host", "session", "state", "seconds", "chars", "command"],
    rows.map((row) => [
      row.command_id,
      row.host,
      row.session,
      row.exit_status === undefined || row.state !== "exited"
        ? row.state
        : `exit ${row.exit_status}`,
      (row.duration_ms / 1000).toFixed(2),
      String(row.total_chars),
      row.question === undefined
        ? row.command
        : `${row.command}  (asks: ${quoteText(row.question, COMMAND_CHARS + 1)})`,
    ]),
  );
}

function shown({ redactor }: ShownCommand, text: string): string {
  const known = redactor.apply(text);
  const short = known.length <= COMMAND_CHARS ? known : `${known.slice(0, COMMAND_CHARS)}…`;
  return makeVisible(short).text;
}
