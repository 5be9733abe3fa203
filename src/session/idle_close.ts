import { ConfigError } from "../errors.ts";

const NAME = "MCP_SSH_IDLE_CLOSE";
const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 10_000;

/**
 * After how long MCP_SSH_IDLE_CLOSE closes a session, in milliseconds; undefined for `off`.
 *
 * @throws {ConfigError} For a value that is neither `off` nor a number of minutes.
 */
export function idleCloseMs(environment: Readonly<Record<string, string>>): number | undefined {
  const text = environment[NAME] ?? "";
  if (text === "" || text === "off") return undefined;
  const minutes = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (minutes < 1 || minutes > LONGEST_MINUTES) {
    throw new ConfigError(
      `${NAME} is neither off nor a number of minutes from 1 to ${LONGEST_MINUTES}`,
      "Correct the variable in the server's environment",
    );
  }
  return minutes * MINUTE_MS;
}
