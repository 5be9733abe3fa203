import { commandListSchema, commandRow, commandTable } from "../command/command_list.ts";
import { renderList } from "../command/render.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";

/** Commands that are not finished. */
export const listRunningCommands: Tool = defineTool({
  name: "list_running_commands",
  title: "Running commands",
  description: "Commands that run, wait for their turn or wait for input, oldest first.",
  input: {},
  output: commandListSchema,
  annotations: READ_ONLY_ANNOTATIONS,
  run: (_args, call) => {
    const commands = call.services.commands.jobs.unfinished().map(commandRow);
    const text = commands.length === 0 ? "No command is running" : commandTable(commands);
    return Promise.resolve(renderList({ commands }, text));
  },
});
