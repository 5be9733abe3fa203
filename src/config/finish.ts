import { SshError } from "../errors.ts";
import { type AlgorithmFamily, expandAlgorithms } from "./algorithms.ts";
import { conceal } from "./conceal.ts";
import type { Environment } from "./expand.ts";
import { Expander } from "./expander.ts";
import type { LocalFacts } from "./local_facts.ts";
import { hideSecret, type Overrides, sortHidden } from "./overrides.ts";
import { lowerCase, matchPattern } from "./pattern.ts";
import { defaultIdentities, listPrinted } from "./printed_settings.ts";
import { refuseProxyCommand } from "./proxy_command.ts";
import type { IdentityFile, ResolvedHost } from "./resolved_host.ts";
import type { Settings } from "./settings.ts";
import { settleDefaults, settleExpansions } from "./settle.ts";
import type { ConfigSources } from "./sources.ts";
import type { ParsedTarget } from "./target.ts";

/** All that a host's settings are made of once the files are read. */
export interface Gathered {
  readonly target: ParsedTarget;
  readonly overrides: Overrides;
  readonly settings: Settings;
  readonly hostname: string;
  readonly localUser: string;
  readonly warnings: readonly string[];
  readonly sources: ConfigSources;
  readonly local: LocalFacts;
}

/**
 * Fills in OpenSSH's defaults, expands what ssh expands and puts it all in our own form; the
 * hops of ProxyJump are still missing.
 *
 * @throws {ConfigError} Where ssh would not even print the settings.
 */
export function finishHost(gathered: Gathered): ResolvedHost {
  const { overrides, settings, sources, target } = gathered;
  settleDefaults(settings, { ...gathered, alias: target.alias });
  const expander = makeExpander(gathered);
  settleExpansions(settings, expander);
  const keys = readKeys(gathered, expander);
  const refusal = keys.refusal ?? refuseCommand(settings, target.alias);
  return {
    ...connectionSettings(settings),
    ...hostKeySettings(settings, expander),
    ...algorithmSettings(settings),
    ...authenticationSettings(settings, sources.environment),
    identityFiles: keys.identityFiles,
    certificateFiles: keys.certificateFiles,
    ...sessionSettings(settings, sources.environment),
    proxyJump: [],
    ...present({
      password: overrides.password ?? target.password,
      sudoPassword: overrides.sudoPassword,
      enablePassword: overrides.enablePassword,
      deviceType: overrides.deviceType,
      refusal,
    }),
    hidden: keys.hidden,
    warnings: gathered.warnings,
    settings: listPrinted(settings),
  };
}

function makeExpander(
  { hostname, local, settings, sources, target, localUser }: Gathered,
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
    ...present({ bindAddress: settings.value("bindaddress") }),
    connectTimeoutMs: 1000 * numberOf(settings, "connecttimeout", 0),
    connectionAttempts: numberOf(settings, "connectionattempts", 1),
    tcpKeepAlive: settings.value("tcpkeepalive") !== "no",
    serverAliveIntervalMs: 1000 * numberOf(settings, "serveraliveinterval", 0),
    serverAliveCountMax: numberOf(settings, "serveralivecountmax", 3),
  };
}

const strictness = { true: "yes", false: "no", ask: "ask", "accept-new": "accept-new" } as const;

function hostKeySettings(
  settings: Settings,
  expander: Expander,
): Pick<
  ResolvedHost,
  | "hostKeyAlias"
  | "strictHostKeyChecking"
  | "userKnownHostsFiles"
  | "globalKnownHostsFiles"
  | "checkHostIp"
> {
  const strict = (settings.value("stricthostkeychecking") ?? "ask") as keyof typeof strictness;
  return {
    ...present({ hostKeyAlias: settings.value("hostkeyalias") }),
    strictHostKeyChecking: strictness[strict],
    userKnownHostsFiles: settings.values("userknownhostsfile"),
    globalKnownHostsFiles: settings.values("globalknownhostsfile")
      .map((file) => expander.tilde("globalknownhostsfile", file)),
    checkHostIp: settings.value("checkhostip") === "yes",
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
  | "compression"
> {
  return {
    ...present({
      hostKeyAlgorithms: algorithmsOf(settings, "hostkeyalgorithms", "key"),
      kexAlgorithms: algorithmsOf(settings, "kexalgorithms", "kex"),
      ciphers: algorithmsOf(settings, "ciphers", "cipher"),
      macs: algorithmsOf(settings, "macs", "mac"),
      pubkeyAcceptedAlgorithms: algorithmsOf(settings, "pubkeyacceptedalgorithms", "key"),
    }),
    compression: settings.value("compression") === "yes",
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
  "preferredAuthentications" | "identitiesOnly" | "identityAgent" | "numberOfPasswordPrompts"
> {
  const allowed = {
    publickey: settings.value("pubkeyauthentication") !== "false",
    "keyboard-interactive": settings.value("kbdinteractiveauthentication") !== "no",
    password: settings.value("passwordauthentication") !== "no",
  };
  const wanted = settings.value("preferredauthentications")?.split(",") ?? Object.keys(allowed);
  return {
    preferredAuthentications: [...new Set(wanted)].filter((method) =>
      Object.hasOwn(allowed, method) && allowed[method as keyof typeof allowed]
    ),
    identitiesOnly: settings.value("identitiesonly") === "yes",
    ...present({ identityAgent: agentSocket(settings.value("identityagent"), environment) }),
    numberOfPasswordPrompts: numberOf(settings, "numberofpasswordprompts", 3),
  };
}

function agentSocket(setting: string | undefined, environment: Environment): string | undefined {
  if (setting === "none") return undefined;
  if (setting === undefined || setting === "SSH_AUTH_SOCK") {
    return environment["SSH_AUTH_SOCK"] || undefined;
  }
  return setting.startsWith("$") ? environment[setting.slice(1)] || undefined : setting;
}

interface Keys {
  readonly identityFiles: readonly IdentityFile[];
  readonly certificateFiles: readonly string[];
  readonly hidden: ResolvedHost["hidden"];
  /** A name of a file that cannot be expanded; ssh prints it, but does not connect. */
  readonly refusal: SshError | undefined;
}

/** Names of key files in order of trial: the call's, then those of the files or the defaults. */
function readKeys(gathered: Gathered, expander: Expander): Keys {
  const { overrides, settings, target } = gathered;
  const named = settings.values("identityfile");
  const explicit = overrides.identityFile ?? target.keyFilename;
  if (explicit !== undefined) {
    settings.replace("identityfile", [explicit, ...named], settings.place("identityfile") ?? "");
  }
  let identityFiles: readonly IdentityFile[] = [];
  let certificateFiles: readonly string[] = [];
  let refusal: SshError | undefined;
  let hidden = overrides.hidden;
  try {
    const first = explicit === undefined ? [] : [expander.tilde("identityfile", explicit)];
    if (overrides.identityFile !== undefined) {
      hidden = sortHidden([...hidden, ...first.map(hideSecret)]);
    }
    identityFiles = expandIdentities(first, { named, expander });
    certificateFiles = settings.values("certificatefile")
      .filter((path) => lowerCase(path) !== "none")
      .map((path) => expander.path("certificatefile", path));
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    const kind = error.constructor as new (seen: string, advice: string) => SshError;
    refusal = new kind(conceal(error.message, hidden).text, error.advice);
  }
  return { identityFiles, certificateFiles, hidden, refusal };
}

// Keys of hardware tokens and XMSS need programs or libraries that we do not have.
const unusableDefault = /_sk$|_xmss$/;

function expandIdentities(
  first: readonly string[],
  { named, expander }: { readonly named: readonly string[]; readonly expander: Expander },
): readonly IdentityFile[] {
  const isDefault = first.length + named.length === 0;
  const texts = isDefault ? defaultIdentities.filter((path) => !unusableDefault.test(path)) : named;
  const paths = texts.filter((path) => lowerCase(path) !== "none")
    .map((path) => expander.path("identityfile", path));
  return [...new Set([...first, ...paths])].map((path) => ({ path, named: !isDefault }));
}

function sessionSettings(
  settings: Settings,
  environment: Environment,
): Pick<ResolvedHost, "environment" | "remoteCommand" | "requestTty"> {
  const tty = settings.value("requesttty") ?? "auto";
  return {
    environment: environmentToSend(settings, environment),
    ...present({ remoteCommand: settings.value("remotecommand") }),
    requestTty: ({ true: "yes", false: "no", force: "force" } as const)[tty] ?? "auto",
  };
}

function environmentToSend(
  settings: Settings,
  environment: Environment,
): Readonly<Record<string, string>> {
  const patterns = settings.values("sendenv");
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    // What the operator hides from the caller is hidden from the far end too.
    if (value === undefined || name.startsWith("OVRD_")) continue;
    if (patterns.some((pattern) => matchPattern(name, pattern))) sent[name] = value;
  }
  for (const text of settings.values("setenv")) {
    sent[text.slice(0, text.indexOf("="))] = text.slice(text.indexOf("=") + 1);
  }
  return sent;
}

function refuseCommand(settings: Settings, host: string): SshError | undefined {
  const command = settings.value("proxycommand");
  if (command === undefined) return undefined;
  const place = settings.place("proxycommand") ?? "";
  return refuseProxyCommand(command, { host, place });
}

function numberOf(settings: Settings, keyword: string, otherwise: number): number {
  return Number(settings.value(keyword) ?? otherwise);
}

/** The members that are there, for exact optional properties. */
function present<T extends object>(
  members: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}
