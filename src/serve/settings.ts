import { ConfigError } from "../errors.ts";
import { type ClientSettings, readClientSettings } from "./callers/client_settings.ts";

/** An address to listen on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/** The issuer of callers' tokens. */
export interface IssuerSettings {
  readonly issuer: URL;
  /** As written: an issuer's name is compared as text. */
  readonly name: string;
  /** The audience that a token's `aud` must name. */
  readonly audience: string;
  readonly groupsClaim: string;
  /** Undefined where none is asked for. */
  readonly scope: string | undefined;
}

/** Files of a certificate and its key, PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The settings that join replicas. */
export interface ClusterSettings {
  readonly database: string;
  /** File of the certificate authorities of the database's TLS. */
  readonly databaseCa: string | undefined;
  readonly peerListen: ListenAddress;
  /** Where the other replicas reach this one. */
  readonly peerUrl: URL;
  /** The first seals, all open. */
  readonly secrets: readonly string[];
  readonly leaseMs: number;
  readonly keepsOutput: boolean;
  readonly retentionDays: number;
}

/** How certificates for callers are had. */
export interface SignerSettings {
  readonly kind: "vault" | "step-ca";
  readonly url: URL;
  /**
   * Vault's token, or the private key (JWK) of step-ca's provisioner. A file is read anew for each
   * signature: whoever renews it writes it there.
   */
  readonly token: string | { readonly file: string };
  /** Name of step-ca's provisioner. */
  readonly provisioner: string;
  /** The principal that a certificate is for; `{user}` and `{sub}` stand for the login and the caller. */
  readonly principal: string;
  readonly ttlS: number;
}

/** The shared server as its environment describes it. */
export interface ServeSettings {
  readonly listen: ListenAddress;
  /** Public URL of the MCP endpoint. */
  readonly resource: URL;
  /** Undefined on loopback, where whoever can connect is the one caller. */
  readonly issuer: IssuerSettings | undefined;
  /** This server as the issuer's client: with it there is a console. */
  readonly client: ClientSettings | undefined;
  readonly tls: TlsFiles | undefined;
  /** Hostnames of browsers' pages that may call. */
  readonly allowedOrigins: readonly string[];
  /** Hostnames that requests may be addressed to. */
  readonly allowedHosts: readonly string[];
  readonly metricsListen: ListenAddress | undefined;
  readonly cluster: ClusterSettings | undefined;
  readonly signer: SignerSettings | undefined;
  readonly drainMs: number;
}

type Environment = Readonly<Record<string, string>>;
type ReadText = (path: string) => Promise<string>;

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
const SECRET_BYTES = 32;

/** Of the machine of one person: callers of a shared server would get the server's own. */
const OF_ONE_MACHINE = [
  "MCP_SSH_CONSOLE",
  "MCP_SSH_DOWNLOADS",
  "MCP_SSH_FORWARD",
  "MCP_SSH_LOCAL_ROOTS",
];

function refuseOfOneMachine(environment: Environment): void {
  const stray = OF_ONE_MACHINE.find((name) => environment[name]);
  if (stray !== undefined) {
    throw new ConfigError(
      `${stray} opens this machine's ports or files, and callers of a shared server are on others`,
      `Unset ${stray} for serve`,
    );
  }
}

/**
 * Reads the settings of the shared server.
 *
 * @throws {ConfigError} At the first that cannot be used, or that another one is missing for.
 */
export async function readServeSettings(
  environment: Environment,
  readText: ReadText,
): Promise<ServeSettings> {
  refuseOfOneMachine(environment);
  const listen = address(environment, "MCP_SSH_LISTEN") ?? { hostname: "127.0.0.1", port: 8080 };
  const tls = tlsFiles(environment);
  const resource = url(environment, "MCP_SSH_RESOURCE") ??
    new URL(`${tls ? "https" : "http"}://${addressText(listen)}/mcp`);
  const issuer = issuerSettings(environment, resource);
  if (issuer === undefined && !isLoopback(listen)) {
    throw new ConfigError(
      `MCP_SSH_LISTEN is ${addressText(listen)} and nobody vouches for callers`,
      "Set MCP_SSH_ISSUER and MCP_SSH_RESOURCE, or listen on 127.0.0.1",
    );
  }
  if (issuer !== undefined && !environment["MCP_SSH_RESOURCE"]) {
    throw missing("MCP_SSH_ISSUER", "MCP_SSH_RESOURCE, the public URL of this server's /mcp");
  }
  return {
    listen,
    resource,
    issuer,
    client: await readClientSettings(environment, (path, name) => readFile(path, name, readText)),
    tls,
    allowedOrigins: words(environment, "MCP_SSH_ALLOWED_ORIGINS"),
    allowedHosts: [
      ...new Set([resource.hostname, ...words(environment, "MCP_SSH_ALLOWED_HTTP_HOSTS")]),
      ...(isLoopback(listen) ? LOOPBACK : []),
    ],
    metricsListen: address(environment, "MCP_SSH_METRICS_LISTEN"),
    cluster: await clusterSettings(environment, readText),
    signer: signerSettings(environment),
    drainMs: seconds(environment, "MCP_SSH_DRAIN_S", 60) * 1000,
  };
}

function issuerSettings(environment: Environment, resource: URL): IssuerSettings | undefined {
  const issuer = url(environment, "MCP_SSH_ISSUER");
  const only = ["MCP_SSH_AUDIENCE", "MCP_SSH_GROUPS_CLAIM", "MCP_SSH_SCOPE"];
  const set = only.find((name) => environment[name]);
  if (issuer === undefined) {
    if (set !== undefined) throw missing(set, "MCP_SSH_ISSUER");
    return undefined;
  }
  return {
    issuer,
    name: environment["MCP_SSH_ISSUER"]!,
    audience: environment["MCP_SSH_AUDIENCE"] || resource.href,
    groupsClaim: environment["MCP_SSH_GROUPS_CLAIM"] || "groups",
    scope: environment["MCP_SSH_SCOPE"] || undefined,
  };
}

function tlsFiles(environment: Environment): TlsFiles | undefined {
  const certificate = environment["MCP_SSH_TLS_CERT"];
  const key = environment["MCP_SSH_TLS_KEY"];
  if (!certificate && !key) return undefined;
  if (!certificate || !key) {
    throw missing(
      certificate ? "MCP_SSH_TLS_CERT" : "MCP_SSH_TLS_KEY",
      certificate ? "MCP_SSH_TLS_KEY" : "MCP_SSH_TLS_CERT",
    );
  }
  return { certificate, key };
}

async function clusterSettings(
  environment: Environment,
  readText: ReadText,
): Promise<ClusterSettings | undefined> {
  const database = environment["MCP_SSH_DATABASE"];
  const peerUrl = url(environment, "MCP_SSH_PEER_URL");
  const peerListen = address(environment, "MCP_SSH_PEER_LISTEN");
  const secrets = await clusterSecrets(environment, readText);
  if (!database) {
    const alone = peerUrl ? "MCP_SSH_PEER_URL" : peerListen ? "MCP_SSH_PEER_LISTEN" : undefined;
    if (alone !== undefined) throw missing(alone, "MCP_SSH_DATABASE");
    return undefined;
  }
  if (peerUrl === undefined) throw missing("MCP_SSH_DATABASE", "MCP_SSH_PEER_URL");
  if (peerListen === undefined) throw missing("MCP_SSH_DATABASE", "MCP_SSH_PEER_LISTEN");
  if (secrets.length === 0) throw missing("MCP_SSH_DATABASE", "MCP_SSH_CLUSTER_SECRET_FILE");
  return {
    database,
    databaseCa: environment["MCP_SSH_DATABASE_CA"] || undefined,
    peerListen,
    peerUrl,
    secrets,
    leaseMs: seconds(environment, "MCP_SSH_LEASE_S", 6) * 1000,
    keepsOutput: environment["MCP_SSH_KEEP_OUTPUT"] !== "0",
    retentionDays: seconds(environment, "MCP_SSH_RETENTION_DAYS", 7),
  };
}

async function clusterSecrets(
  environment: Environment,
  readText: ReadText,
): Promise<readonly string[]> {
  const file = environment["MCP_SSH_CLUSTER_SECRET_FILE"];
  const text = file
    ? await readFile(file, "MCP_SSH_CLUSTER_SECRET_FILE", readText)
    : environment["MCP_SSH_CLUSTER_SECRET"] ?? "";
  const secrets = text.split(/\r?\n/).filter((line) => line !== "");
  for (const secret of secrets) {
    if (new TextEncoder().encode(secret).length >= SECRET_BYTES) continue;
    throw new ConfigError(
      `The cluster's secret has fewer than ${SECRET_BYTES} bytes`,
      "openssl rand -hex 32 makes one; MCP_SSH_CLUSTER_SECRET_FILE may hold two, a line each",
    );
  }
  return secrets;
}

async function readFile(path: string, name: string, readText: ReadText): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    throw new ConfigError(
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      `Let the server read ${path}`,
    );
  }
}

function signerSettings(environment: Environment): SignerSettings | undefined {
  const text = environment["MCP_SSH_SIGNER"];
  if (!text) return undefined;
  const [, kind, rest = ""] = /^(vault|step-ca):(.+)$/.exec(text) ?? [];
  if ((kind !== "vault" && kind !== "step-ca") || !URL.canParse(rest)) {
    throw new ConfigError(
      `MCP_SSH_SIGNER is "${text}"`,
      "It takes vault:https://HOST/v1/ssh/sign/ROLE or step-ca:https://HOST",
    );
  }
  const file = environment["MCP_SSH_SIGNER_TOKEN_FILE"];
  const token = file ? { file } : environment["MCP_SSH_SIGNER_TOKEN"];
  if (!token) throw missing("MCP_SSH_SIGNER", "MCP_SSH_SIGNER_TOKEN_FILE");
  return {
    kind,
    url: new URL(rest),
    token,
    provisioner: environment["MCP_SSH_SIGNER_PROVISIONER"] || "mcp-ssh-session",
    principal: environment["MCP_SSH_SIGNER_PRINCIPAL"] || "{user}",
    ttlS: seconds(environment, "MCP_SSH_SIGNER_TTL_S", 300),
  };
}

function address(environment: Environment, name: string): ListenAddress | undefined {
  const text = environment[name];
  if (!text) return undefined;
  const [, ipv6, plain, digits = ""] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/
    .exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) {
    throw new ConfigError(`${name} is "${text}"`, "It takes ADDRESS:PORT, such as 0.0.0.0:8080");
  }
  return { hostname: ipv6 ?? plain ?? "127.0.0.1", port };
}

function url(environment: Environment, name: string): URL | undefined {
  const text = environment[name];
  if (!text) return undefined;
  if (URL.canParse(text)) {
    const parsed = new URL(text);
    if (["http:", "https:"].includes(parsed.protocol)) return parsed;
  }
  throw new ConfigError(`${name} is "${text}"`, "It takes a URL that begins with https://");
}

function seconds(environment: Environment, name: string, preset: number): number {
  const text = environment[name];
  if (!text) return preset;
  const count = Number(text);
  if (Number.isFinite(count) && count > 0) return count;
  throw new ConfigError(`${name} is "${text}"`, "It takes a number above 0");
}

function words(environment: Environment, name: string): readonly string[] {
  return (environment[name] ?? "").split(/[\s,]+/).filter((word) => word !== "");
}

/** Whether only this machine can connect. */
export function isLoopback({ hostname }: ListenAddress): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** ADDRESS:PORT. */
export function addressText({ hostname, port }: ListenAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function missing(set: string, wanted: string): ConfigError {
  return new ConfigError(`${set} is set and ${wanted} is not`, `Set both, or neither`);
}
