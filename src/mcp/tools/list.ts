import type { Tool } from "../tool.ts";
import { closeAllSessions } from "./close_all_sessions.ts";
import { closeSession } from "./close_session.ts";
import { executeCommand } from "./execute_command.ts";
import { getCommandStatus } from "./get_command_status.ts";
import { listSessions } from "./list_sessions.ts";

/** All tools, in the order clients see them; the order never changes between starts. */
export const TOOLS: readonly Tool[] = [
  executeCommand,
  getCommandStatus,
  listSessions,
  closeSession,
  closeAllSessions,
];
