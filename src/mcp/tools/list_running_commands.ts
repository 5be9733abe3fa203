import { commandListSchema, commandRow, commandTable } from "../command/command_list.ts";
import { renderList } from "../command/render.ts";
import { durableRows, fleetRows } from "../command/rare_rows.ts";
import { targetShape } from "../schemas.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";

/** Commands that are not finished. */
export const listRunningCommands: Tool = defineTool({
  name: "list_running_commands",
  title: "Running commands",
  description:
    "Commands that run, wait for their turn or wait for input, oldest first; with host " +
    "its durable ones too.",
  input: { host: targetShape.host.describe("only of this host").optional() },
  output: commandListSchema,
  annotations: READ_ONLY_ANNOTATIONS,
  run: async ({ host }, call) => {
    const { commands: { jobs }, runs } = call.services;
    // Of a command on many hosts the whole is one row, and each host that asks.
    const own = jobs.unfinished().filter(({ record }) =>
      host === undefined
        ? record.run === undefined || record.state.kind === "awaiting-input"
        : record.host === host
    );
    const wholes = host === undefined ? runs.all().filter((run) => !run.isFinished) : [];
    const durable = host === undefined ? [] : (await durableRows(host, call)).running;
    const commands = [...durable, ...own.map(commandRow), ...await fleetRows(wholes)];
    const text = commands.length === 0 ? "No command is running" : commandTable(commands);
    return renderList({ commands }, text);
  },
});
