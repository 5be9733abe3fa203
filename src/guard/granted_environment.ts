import { ConfigError } from "../errors.ts";

/** Variables read by name; `OVRD_<alias>_*` and those that ssh_config names come on top. */
const OWN: readonly string[] = [
  "HOME",
  "USERPROFILE",
  "USER",
  "LOGNAME",
  "SSH_AUTH_SOCK",
  "MCP_SSH_CONFIG",
  "MCP_SSH_CONSOLE",
  "MCP_SSH_CONSOLE_KEY",
  "MCP_SSH_DOWNLOADS",
  "MCP_SSH_FORWARD",
  "MCP_SSH_INVENTORY",
  "MCP_SSH_LOCAL_ROOTS",
  "MCP_SSH_LOG",
  "MCP_SSH_PROFILES",
  "MCP_SSH_PROXY",
  "MCP_SSH_IDLE_CLOSE",
];

/** Of the shared server alone. */
const SHARED: readonly string[] = [
  "LISTEN",
  "RESOURCE",
  "ISSUER",
  "AUDIENCE",
  "GROUPS_CLAIM",
  "SCOPE",
  "ALLOWED_ORIGINS",
  "ALLOWED_HTTP_HOSTS",
  "TLS_CERT",
  "TLS_KEY",
  "METRICS_LISTEN",
  "DATABASE",
  "DATABASE_CA",
  "PEER_LISTEN",
  "PEER_URL",
  "CLUSTER_SECRET",
  "CLUSTER_SECRET_FILE",
  "LEASE_S",
  "DRAIN_S",
  "KEEP_OUTPUT",
  "RETENTION_DAYS",
  "SIGNER",
  "SIGNER_TOKEN",
  "SIGNER_TOKEN_FILE",
  "SIGNER_PRINCIPAL",
  "SIGNER_PROVISIONER",
  "SIGNER_TTL_S",
].map((name) => `MCP_SSH_${name}`);

/** Policy variables: if the sandbox hides one, the policy must not count as empty. */
const POLICY: readonly string[] = [
  "MCP_SSH_ALLOWED_HOSTS",
  "MCP_SSH_DISABLED_TOOLS",
  "MCP_SSH_POLICY",
  "MCP_SSH_DEFAULT",
  "MCP_SSH_AUDIT",
];

/** The environment, as `Deno.env` gives it. */
export interface EnvironmentSource {
  toObject(): Record<string, string>;
  get(name: string): string | undefined;
}

/**
 * Reads as much of the environment as `--allow-env` grants.
 *
 * @throws {ConfigError} Where a variable of the operator's policy is hidden from this program.
 */
export function readEnvironment(source: EnvironmentSource): Record<string, string> {
  const hidden = POLICY.filter((name) => !isGranted(name));
  if (hidden.length > 0) {
    throw new ConfigError(
      `--allow-env hides ${hidden.join(", ")} from this program`,
      `Add ${hidden.length === 1 ? "it" : "them"} to --allow-env, set or not`,
    );
  }
  try {
    return source.toObject();
  } catch (error) {
    // Only --ignore-env lets all be asked for at once under a list of names.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return readNamed(source);
  }
}

function readNamed(source: EnvironmentSource): Record<string, string> {
  const granted = [...OWN, ...SHARED, ...POLICY].filter(isGranted);
  const found = granted.map((name) => [name, source.get(name)] as const);
  return Object.fromEntries(
    found.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}

function isGranted(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}
