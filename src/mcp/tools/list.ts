import type { Services } from "../call.ts";
import { INSTRUCTIONS } from "../instructions.ts";
import { withSecrets } from "../command/requested_secrets.ts";
import type { Tool } from "../tool.ts";
import { closeAllSessions } from "./close_all_sessions.ts";
import { closeSession } from "./close_session.ts";
import { copyFile } from "./copy_file.ts";
import { editFile } from "./edit_file.ts";
import { executeCommand } from "./execute_command.ts";
import { executeCommandAsync } from "./execute_command_async.ts";
import { executeOnHosts } from "./execute_on_hosts.ts";
import { getCommandStatus } from "./get_command_status.ts";
import { interruptCommandById } from "./interrupt_command_by_id.ts";
import { listCommandHistory } from "./list_command_history.ts";
import { listHosts } from "./list_hosts.ts";
import { listRunningCommands } from "./list_running_commands.ts";
import { forwardPort } from "./forward_port.ts";
import { listSessions, listSessionsAndPorts } from "./list_sessions.ts";
import { readFile } from "./read_file.ts";
import { readScreen } from "./read_screen.ts";
import { sendInput } from "./send_input.ts";
import { sendInputOrAskPerson } from "./send_input_or_ask_person.ts";
import { sendKeys } from "./send_keys.ts";
import { writeFile } from "./write_file.ts";

/** All tools, in the order clients see them; the order never changes between starts. */
export const TOOLS: readonly Tool[] = [
  executeCommand,
  executeCommandAsync,
  executeOnHosts,
  getCommandStatus,
  interruptCommandById,
  listRunningCommands,
  listCommandHistory,
  listHosts,
  listSessions,
  closeSession,
  closeAllSessions,
  readFile,
  writeFile,
  editFile,
  copyFile,
  sendInput,
  sendKeys,
  readScreen,
];

/** Those whose commands may get the operator's secrets. */
const RUNS_COMMANDS: ReadonlySet<Tool> = new Set([
  executeCommand,
  executeCommandAsync,
  executeOnHosts,
]);

/** Made once, where there are secrets: schemas are dear, and a server object may be made for a request. */
let withOperatorSecrets: readonly Tool[] | undefined;

/** Those that only some operators switch on. */
const OPTIONAL: readonly Tool[] = [forwardPort];

/** All names that an operator may switch off, whether they are on or not. */
export const TOOL_NAMES: readonly string[] = [...TOOLS, ...OPTIONAL].map(({ name }) => name);

/** The tools of a server as its operator has it. */
export function toolsOf(
  { forwardings, personConsole, namedSecrets }: Pick<
    Services,
    "forwardings" | "personConsole" | "namedSecrets"
  >,
): readonly Tool[] {
  const all = namedSecrets === undefined
    ? TOOLS
    : withOperatorSecrets ??= TOOLS.map((tool) =>
      RUNS_COMMANDS.has(tool) ? withSecrets(tool) : tool
    );
  const answering = personConsole === undefined
    ? all
    : all.map((tool) => tool === sendInput ? sendInputOrAskPerson : tool);
  if (forwardings === undefined) return answering;
  const listed = answering.map((tool) => tool === listSessions ? listSessionsAndPorts : tool);
  return [...listed, forwardPort];
}

/** Our own words, of which a secret may happen to be one. */
export const VOCABULARY: string = [
  INSTRUCTIONS,
  ...[...TOOLS, ...OPTIONAL].flatMap(({ name, description, input }) => [
    name,
    description,
    ...Object.keys(input.shape),
  ]),
].join("\n");
