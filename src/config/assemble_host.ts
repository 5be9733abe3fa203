import { ConfigError, type SshError, UnsupportedError } from "../errors.ts";
import { type AlgorithmFamily, expandAlgorithms } from "./ssh_config/algorithms.ts";
import { environmentToSend } from "./environment.ts";
import { type Environment, Expander } from "./ssh_config/expand.ts";
import type { LocalFacts } from "./local_facts.ts";
import type { Overrides } from "./overrides.ts";
import { readPaths } from "./paths.ts";
import { listPrinted } from "./printed_settings.ts";
import type { ResolvedHost } from "./resolved_host.ts";
import type { UndecidedLine } from "./ssh_config/reader.ts";
import type { Settings } from "./ssh_config/settings.ts";
import { BATCH_MODE, expandPrinted, fillInDefaults } from "./defaults.ts";
import type { ConfigSources } from "./sources.ts";
import type { ParsedTarget } from "./target.ts";
import { reportWithoutEffect } from "./without_effect.ts";

/** A host's settings once the files are read. */
export interface HostParts {
  readonly target: ParsedTarget;
  readonly overrides: Overrides;
  readonly settings: Settings;
  readonly hostname: string;
  readonly localUser: string;
  readonly warnings: readonly string[];
  readonly undecided: readonly UndecidedLine[];
  readonly sources: ConfigSources;
  readonly local: LocalFacts;
}

/**
 * Fills in OpenSSH's defaults, expands what ssh expands and puts it all in our own form; the
 * hops of ProxyJump are still missing.
 *
 * @throws {ConfigError} Where ssh would not even print the settings.
 */
export function assembleHost(parts: HostParts): ResolvedHost {
  const { overrides, settings, sources, target } = parts;
  fillInDefaults(settings, { ...parts, alias: target.alias });
  expandUser(parts);
  const expander = makeExpander(parts);
  expandPrinted(settings, expander);
  const paths = readPaths(parts, expander);
  const { warnings, unavailable } = reportWithoutEffect(settings);
  const refusal = refuseUndecided(parts) ?? refuseByOrder(settings, target.alias) ??
    paths.refusal;
  return {
    ...connectionSettings(settings),
    ...hostKeySettings(settings),
    globalKnownHostsFiles: paths.globalKnownHostsFiles,
    ...algorithmSettings(settings),
    ...authenticationSettings(settings, sources.environment),
    identityFiles: paths.identityFiles,
    certificateFiles: paths.certificateFiles,
    ...sessionSettings(settings, sources.environment),
    proxyJump: [],
    password: overrides.password ?? target.password,
    sudoPassword: overrides.sudoPassword,
    enablePassword: overrides.enablePassword,
    deviceType: overrides.deviceType,
    revokedHostKeysFile: paths.revokedHostKeysFile,
    refusal,
    hidden: paths.hidden,
    warnings: [...parts.warnings, ...warnings],
    unavailable,
    settings: listPrinted(settings),
  };
}

/** As ssh 10 has it; what it would refuse, earlier ones take as it stands. */
function expandUser(parts: HostParts): void {
  const { settings } = parts;
  const user = settings.value("user") ?? "";
  const place = settings.place("user") ?? "";
  if (!/%[^rC]|\$\{/.test(user) || !place.includes(":") || /%[rC]/.test(user)) return;
  const expanded = makeExpander(parts).variables("user", user);
  settings.replace("user", [expanded]);
}

function makeExpander(
  { hostname, local, settings, sources, target, localUser }: HostParts,
): Expander {
  return new Expander({
    settings,
    environment: sources.environment,
    homes: local.homes,
    facts: {
      host: target.alias,
      hostname,
      hostKeyAlias: settings.value("hostkeyalias"),
      port: Number(settings.value("port")),
      user: settings.value("user") ?? localUser,
      proxyJump: settings.value("proxyjump") ?? "",
      home: sources.home,
      localUser,
      localHostname: local.hostname,
      localUid: local.uid,
    },
  });
}

function connectionSettings(
  settings: Settings,
): Pick<
  ResolvedHost,
  | "host"
  | "hostname"
  | "port"
  | "user"
  | "addressFamily"
  | "bindAddress"
  | "connectTimeoutMs"
  | "connectionAttempts"
  | "tcpKeepAlive"
  | "serverAliveIntervalMs"
  | "serverAliveCountMax"
> {
  return {
    host: settings.value("host") ?? "",
    hostname: settings.value("hostname") ?? "",
    port: Number(settings.value("port")),
    user: settings.value("user") ?? "",
    addressFamily: (settings.value("addressfamily") ?? "any") as ResolvedHost["addressFamily"],
    bindAddress: settings.value("bindaddress"),
    connectTimeoutMs: 1000 * numberOf(settings, "connecttimeout", 0),
    connectionAttempts: numberOf(settings, "connectionattempts", 1),
    tcpKeepAlive: settings.value("tcpkeepalive") !== "no",
    serverAliveIntervalMs: 1000 * serverAliveInterval(settings),
    serverAliveCountMax: numberOf(settings, "serveralivecountmax", 3),
  };
}

/** Seconds between keepalive messages where ssh_config says nothing; ssh itself would send none. */
const OWN_SERVER_ALIVE_INTERVAL = 15;

/** A value from a file is used as it is, 0 included; BatchMode's 300 s are from no file. */
function serverAliveInterval(settings: Settings): number {
  const isSaid = (settings.place("serveraliveinterval") ?? BATCH_MODE) !== BATCH_MODE;
  return isSaid ? numberOf(settings, "serveraliveinterval", 0) : OWN_SERVER_ALIVE_INTERVAL;
}

const STRICTNESS = { true: "yes", false: "no", ask: "ask", "accept-new": "accept-new" } as const;

function hostKeySettings(
  settings: Settings,
): Pick<
  ResolvedHost,
  | "hostKeyAlias"
  | "strictHostKeyChecking"
  | "userKnownHostsFiles"
  | "checkHostIp"
  | "requiredRsaBits"
  | "caSignatureAlgorithms"
> {
  const strict = (settings.value("stricthostkeychecking") ?? "ask") as keyof typeof STRICTNESS;
  return {
    hostKeyAlias: settings.value("hostkeyalias"),
    // BatchMode: nobody is asked.
    strictHostKeyChecking: STRICTNESS[strict === "ask" && isBatch(settings) ? "true" : strict],
    userKnownHostsFiles: settings.values("userknownhostsfile"),
    checkHostIp: settings.value("checkhostip") === "yes",
    requiredRsaBits: numberOf(settings, "requiredrsasize", 1024),
    caSignatureAlgorithms: expandAlgorithms("signature", settings.value("casignaturealgorithms")) ??
      [],
  };
}

function algorithmSettings(
  settings: Settings,
): Pick<
  ResolvedHost,
  | "hostKeyAlgorithms"
  | "kexAlgorithms"
  | "ciphers"
  | "macs"
  | "pubkeyAcceptedAlgorithms"
> {
  return {
    hostKeyAlgorithms: algorithmsOf(settings, "hostkeyalgorithms", "key"),
    kexAlgorithms: algorithmsOf(settings, "kexalgorithms", "kex"),
    ciphers: algorithmsOf(settings, "ciphers", "cipher"),
    macs: algorithmsOf(settings, "macs", "mac"),
    pubkeyAcceptedAlgorithms: algorithmsOf(settings, "pubkeyacceptedalgorithms", "key"),
  };
}

function algorithmsOf(
  settings: Settings,
  keyword: string,
  family: AlgorithmFamily,
): readonly string[] | undefined {
  const list = settings.value(keyword);
  return list === undefined ? undefined : expandAlgorithms(family, list);
}

function authenticationSettings(
  settings: Settings,
  environment: Environment,
): Pick<
  ResolvedHost,
  "preferredAuthentications" | "identitiesOnly" | "identityAgent" | "asksPerson"
> {
  // A password is offered once, so that only 0 differs from the other numbers.
  const hasPrompts = numberOf(settings, "numberofpasswordprompts", 3) > 0;
  const allowed = {
    publickey: settings.value("pubkeyauthentication") !== "false",
    "keyboard-interactive": hasPrompts && settings.value("kbdinteractiveauthentication") !== "no",
    password: hasPrompts && settings.value("passwordauthentication") !== "no",
  };
  const wanted = settings.value("preferredauthentications")?.split(",") ?? Object.keys(allowed);
  return {
    preferredAuthentications: [...new Set(wanted)].filter((method) =>
      Object.hasOwn(allowed, method) && allowed[method as keyof typeof allowed]
    ),
    identitiesOnly: settings.value("identitiesonly") === "yes",
    identityAgent: agentSocket(settings.value("identityagent"), environment),
    asksPerson: !isBatch(settings),
  };
}

function agentSocket(setting: string | undefined, environment: Environment): string | undefined {
  if (setting === "none") return undefined;
  if (setting === undefined || setting === "SSH_AUTH_SOCK") {
    return environment["SSH_AUTH_SOCK"] || undefined;
  }
  return setting.startsWith("$") ? environment[setting.slice(1)] || undefined : setting;
}

function sessionSettings(
  settings: Settings,
  environment: Environment,
): Pick<ResolvedHost, "environment"> {
  return { environment: environmentToSend(settings, environment) };
}

/** A block that may or may not apply says who is reached: neither answer is safe. */
function refuseUndecided({ target, undecided }: HostParts): SshError | undefined {
  const [first] = undecided;
  if (first === undefined) return undefined;
  const lines = undecided.map(({ keyword, place }) => `${keyword} (${place})`).join(", ");
  const move = ADDED_UP.has(first.keyword)
    ? `Move ${first.keyword} to a Host block`
    : `Set ${first.keyword} for the host in a Host block above that line, where it wins either way`;
  return new UnsupportedError(
    `Cannot tell the settings of "${target.alias}": ${first.reason}, and it decides on ${lines}`,
    `${move}, or give this program a file of its own with MCP_SSH_CONFIG`,
  );
}

/** Keywords of which every line counts, so that an earlier one does not settle them. */
const ADDED_UP: ReadonlySet<string> = new Set(["identityfile", "certificatefile"]);

function refuseByOrder(settings: Settings, host: string): SshError | undefined {
  const message = settings.value("refuseconnection");
  if (message === undefined) return undefined;
  return new ConfigError(
    `Connections to "${host}" are refused by RefuseConnection: ${message}`,
    `See ${settings.place("refuseconnection")}`,
  );
}

function isBatch(settings: Settings): boolean {
  return settings.value("batchmode") === "yes";
}

function numberOf(settings: Settings, keyword: string, otherwise: number): number {
  return Number(settings.value(keyword) ?? otherwise);
}
