import * as z from "zod";
import { HISTORY_LIMIT } from "../../jobs/store.ts";
import {
  commandListSchema,
  type CommandRow,
  commandRow,
  commandTable,
} from "../command/command_list.ts";
import { durableRowsIfReached, fleetRows } from "../command/rare_rows.ts";
import { renderList } from "../command/render.ts";
import { targetShape } from "../schemas.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";

/** Commands that are finished. */
export const listCommandHistory: Tool = defineTool({
  name: "list_command_history",
  title: "Finished commands",
  description: "Finished commands, newest first; the last 1,000 are kept, their output readable " +
    "by get_command_status. With host its durable ones too.",
  input: {
    limit: z.int().min(1).max(HISTORY_LIMIT).default(50),
    host: targetShape.host.describe("only of this host").optional(),
  },
  output: commandListSchema,
  annotations: READ_ONLY_ANNOTATIONS,
  run: async ({ limit, host }, call) => {
    const { commands: { jobs }, runs } = call.services;
    const finished = runs.all().filter((run) => run.isFinished);
    const ofRuns = host === undefined ? [] : finished.flatMap((run) => run.jobs);
    const wanted = [...jobs.history(), ...ofRuns].filter(({ record }) =>
      host === undefined || record.host === host
    );
    const own = [
      ...wanted.map(commandRow),
      // A command on many hosts is one row, unless one of them is asked for.
      ...(host === undefined ? await fleetRows(finished) : []),
    ];
    const durable = host === undefined ? undefined : await durableRowsIfReached(host, call);
    const commands = [...own, ...durable?.finished ?? []].toSorted(newestFirst).slice(0, limit);
    const text = commands.length === 0 ? "No command has finished" : commandTable(commands);
    const failure = durable?.failure;
    const note = failure === undefined ? "" : `\nWithout durable commands: ${failure}`;
    return renderList({ commands }, text + note);
  },
});

function newestFirst(one: CommandRow, other: CommandRow): number {
  return (other.ended_at ?? "").localeCompare(one.ended_at ?? "");
}
