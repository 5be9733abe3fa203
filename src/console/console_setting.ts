import { ConfigError } from "../errors.ts";

/** Where the console listens, and what a person must enter once in each browser. */
export interface ConsoleSetting {
  readonly hostname: "127.0.0.1" | "::1";
  /** 0 for any free one. */
  readonly port: number;
  readonly key: string;
}

const NAME = "MCP_SSH_CONSOLE";
const KEY = "MCP_SSH_CONSOLE_KEY";
/** A key that is guessed five times a minute must outlast the guessing. */
const KEY_CHARS = 12;
const ADDRESS = /^(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})$/;

/**
 * Reads MCP_SSH_CONSOLE and MCP_SSH_CONSOLE_KEY; undefined where the console is off.
 *
 * @throws {ConfigError} At an address that other machines reach, and at a missing or short key.
 */
export function readConsoleSetting(
  environment: Readonly<Record<string, string>>,
): ConsoleSetting | undefined {
  const value = environment[NAME]?.trim() ?? "";
  if (value === "") return undefined;
  const [, name, digits] = ADDRESS.exec(value) ?? [];
  const port = Number(digits);
  if (name === undefined || port > 65_535) {
    throw new ConfigError(
      `${NAME} is no loopback address with a port`,
      `Set it to 127.0.0.1:PORT; port 0 takes any free one`,
    );
  }
  const key = environment[KEY] ?? "";
  if (key.length < KEY_CHARS) {
    throw new ConfigError(
      `${NAME} needs ${KEY} with at least ${KEY_CHARS} characters`,
      `Set it to a random value, such as that of: openssl rand -hex 16`,
    );
  }
  return { hostname: name === "[::1]" ? "::1" : "127.0.0.1", port, key };
}
