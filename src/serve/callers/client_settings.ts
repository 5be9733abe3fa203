import { ConfigError } from "../../errors.ts";

/** This server as a client that the issuer knows. */
export interface ClientSettings {
  readonly id: string;
  /** Undefined of a public client. */
  readonly secret: string | undefined;
  /** Whether the issuer is asked if tokens still hold (RFC 7662). */
  readonly introspects: boolean;
}

type Environment = Readonly<Record<string, string>>;

/**
 * Reads MCP_SSH_CLIENT_ID, MCP_SSH_CLIENT_SECRET_FILE and MCP_SSH_INTROSPECT.
 *
 * @throws {ConfigError} Where one is missing that another needs.
 */
export async function readClientSettings(
  environment: Environment,
  readSecret: (path: string, name: string) => Promise<string>,
): Promise<ClientSettings | undefined> {
  const [id, issuer] = [environment["MCP_SSH_CLIENT_ID"], environment["MCP_SSH_ISSUER"]];
  const file = environment["MCP_SSH_CLIENT_SECRET_FILE"];
  const introspects = environment["MCP_SSH_INTROSPECT"] === "1";
  if (!id) {
    const alone = introspects ? "MCP_SSH_INTROSPECT" : file && "MCP_SSH_CLIENT_SECRET_FILE";
    if (alone) throw missing(alone, "MCP_SSH_CLIENT_ID");
    return undefined;
  }
  if (!issuer) throw missing("MCP_SSH_CLIENT_ID", "MCP_SSH_ISSUER");
  if (introspects && !file) throw missing("MCP_SSH_INTROSPECT", "MCP_SSH_CLIENT_SECRET_FILE");
  const secret = file ? (await readSecret(file, "MCP_SSH_CLIENT_SECRET_FILE")).trim() : undefined;
  return { id, secret, introspects };
}

function missing(set: string, wanted: string): ConfigError {
  return new ConfigError(`${set} is set and ${wanted} is not`, "Set both, or neither");
}
