import { ConfigError } from "../errors.ts";

/**
 * Reads MCP_SSH_DOWNLOADS; undefined where it is not set.
 *
 * @throws {ConfigError} For any other address than 127.0.0.1.
 */
export function downloadPort(environment: Readonly<Record<string, string>>): number | undefined {
  const text = environment["MCP_SSH_DOWNLOADS"] ?? "";
  if (text === "") return undefined;
  const digits = /^127\.0\.0\.1:(\d{1,5})$/.exec(text)?.[1];
  const port = Number(digits ?? Number.NaN);
  if (port <= 65_535) return port;
  throw new ConfigError(
    "MCP_SSH_DOWNLOADS is not of the form 127.0.0.1:PORT",
    "Files are offered on 127.0.0.1 only; port 0 takes any that is free",
  );
}
