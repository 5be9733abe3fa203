import { ConfigError, SshError } from "../errors.ts";
import { canonicalHostname } from "./canonicalize.ts";
import { concealError } from "./conceal.ts";
import { withProxySettings } from "./proxy/proxy_settings.ts";
import type { SshHop } from "./proxy/route.ts";
import { applyDirective, understand } from "./ssh_config/directives.ts";
import { expandTilde, expandTokens } from "./ssh_config/expand.ts";
import { assembleHost } from "./assemble_host.ts";
import { userIncludeDirectory } from "./ssh_config/include.ts";
import { jumpsBefore, parseJumpList } from "./ssh_config/jump_list.ts";
import { type LocalFacts, readLocalFacts } from "./local_facts.ts";
import type { MatchFacts } from "./ssh_config/match.ts";
import { execJudge } from "./ssh_config/match_exec.ts";
import { readDirective } from "./ssh_config/parser.ts";
import { type Overrides, readOverrides } from "./overrides.ts";
import { lowerCase } from "./ssh_config/pattern.ts";
import {
  type ConfigRoot,
  readConfig,
  type ReadingOptions,
  type UndecidedLine,
} from "./ssh_config/reader.ts";
import type { JumpHost, ResolvedHost } from "./resolved_host.ts";
import { Settings } from "./ssh_config/settings.ts";
import type { ConfigSources } from "./sources.ts";
import { type ParsedTarget, parseTarget, type Target } from "./target.ts";

/** Shared by all hops to one target. */
interface Journey {
  readonly sources: ConfigSources;
  readonly local: LocalFacts;
  /** Hops being resolved, outermost first; to find loops. */
  readonly trail: readonly string[];
  /** As `ssh -J`: the hops before this one, whatever its own settings say. */
  readonly jumps: string;
  /** The options of an `ssh` in a ProxyCommand. */
  readonly command?: HopCommand | undefined;
}

/** An `ssh` in a ProxyCommand, and the "file:line" of it. */
interface HopCommand {
  readonly hop: SshHop;
  readonly place: string;
}

const MAX_HOPS = 16;

/**
 * Makes of a target what `ssh` makes of it.
 *
 * Authority, highest first: OVRD_<alias>_* of the environment, the call, ssh_config(5), defaults
 * of OpenSSH. What can be printed but not followed, such as ProxyCommand, is left in `refusal`.
 *
 * @throws {InputError} For a parameter that cannot be meant; names it.
 * @throws {ConfigError} Where ssh would reject the configuration; names file and line.
 * @throws {ConnectError} Where a name must be canonical and does not resolve.
 */
export async function resolveHost(target: Target, sources: ConfigSources): Promise<ResolvedHost> {
  const parsed = parseTarget(target);
  const local = await readLocalFacts(sources);
  return await resolveHop(parsed, { sources, local, trail: [], jumps: "" });
}

async function resolveHop(target: ParsedTarget, journey: Journey): Promise<ResolvedHost> {
  const overrides = readOverrides(target.alias, journey.sources.environment);
  try {
    return await resolveOverridden(target, { overrides, journey });
  } catch (error) {
    throw concealError(error, overrides.hidden);
  }
}

async function resolveOverridden(
  target: ParsedTarget,
  { overrides, journey }: { readonly overrides: Overrides; readonly journey: Journey },
): Promise<ResolvedHost> {
  const settings = new Settings();
  const user = overrides.user ?? target.user;
  const port = overrides.port ?? target.port;
  const preset = { hostname: overrides.hostname?.replaceAll("%", "%%"), user, port };
  for (const [keyword, value] of Object.entries(preset)) {
    if (value !== undefined) settings.claim(keyword, [String(value)], "the call");
  }
  if (journey.jumps !== "") {
    settings.claim("proxyjump", [journey.jumps], "the hop behind it");
    settings.claim("proxycommand", ["none"], "the hop behind it");
  }
  if (journey.command !== undefined) applyOptions(journey.command, settings, journey.sources);
  const read = await readPasses(target.alias, { settings, journey });
  const assembled = assembleHost({ ...read, target, overrides, settings, ...journey });
  const jumpText = settings.value("proxyjump");
  if (jumpText !== undefined && lowerCase(jumpText) !== "none") {
    return await withJumps(assembled, { target, jumpText, journey });
  }
  const { home, environment } = journey.sources;
  const { homes } = journey.local;
  const { host, hop, place } = withProxySettings(assembled, { settings, environment, home, homes });
  if (hop === undefined || host.refusal !== undefined) return host;
  return await withCommandHop(host, { target, journey, command: { hop, place } });
}

/** Options of a command line come before the files. */
function applyOptions(
  { hop, place }: HopCommand,
  settings: Settings,
  { environment }: ConfigSources,
): void {
  for (const path of hop.identityFiles) settings.append("identityfile", path, place);
  const colon = place.lastIndexOf(":");
  const at = { file: place.slice(0, colon), line: Number(place.slice(colon + 1)) };
  for (const line of hop.lines) {
    const directive = readDirective(line, at);
    if (directive === undefined) continue;
    applyDirective(understand(directive), { settings, environment, block: "applies" });
  }
}

/** Adds the jump host of a ProxyCommand, resolved with the options of its `ssh`. */
async function withCommandHop(
  resolved: ResolvedHost,
  { target, journey, command }: {
    readonly target: ParsedTarget;
    readonly journey: Journey;
    readonly command: HopCommand;
  },
): Promise<ResolvedHost> {
  const { destination, user, port, configPath } = command.hop;
  const { sources, local } = journey;
  const { home } = sources;
  const only = configPath && expandTilde(configPath, { home, homes: local.homes });
  const to = { host: destination, username: user, port };
  return await withHop(resolved, {
    target,
    journey,
    name: destination,
    resolve: (trail) =>
      resolveHop(parseTarget(to), {
        ...journey,
        sources: only === undefined ? sources : { ...sources, onlyConfigPath: only },
        trail,
        jumps: "",
        command,
      }),
    hops: 1,
  });
}

interface ReadPasses {
  readonly hostname: string;
  readonly localUser: string;
  readonly warnings: readonly string[];
  readonly undecided: readonly UndecidedLine[];
}

/** Reads the files, and a second time where the canonical name may change what applies. */
async function readPasses(
  alias: string,
  { settings, journey }: { readonly settings: Settings; readonly journey: Journey },
): Promise<ReadPasses> {
  const { sources, local } = journey;
  const localUser = local.user ?? settings.value("user");
  if (localUser === undefined) {
    throw new ConfigError("Cannot tell who the local user is", "Set USER, or pass username");
  }
  const roots = configRoots(sources);
  const options = readingOptions(alias, { settings, localUser, ...journey });
  const facts: MatchFacts = {
    originalHost: alias,
    host: alias,
    pass: "first",
    localUser,
    settings,
  };
  const first = await readConfig(roots, { ...options, facts });
  settleCanonicalization(settings);
  const named = expandHostname(alias, settings);
  const lookUp = sources.lookUp.bind(sources);
  const hostname = await canonicalHostname(named, { settings, lookUp });
  const canonicalizes = settings.value("canonicalizehostname") !== "false";
  const warnings = new Set(first.warnings);
  let undecided = first.undecided;
  if (first.wantsFinalPass || canonicalizes) {
    settings.replace("hostname", [hostname]);
    const final = await readConfig(roots, {
      ...options,
      facts: { ...facts, host: hostname, pass: "final" },
    });
    for (const warning of final.warnings) warnings.add(warning);
    undecided = first.undecided.length > 0 ? first.undecided : final.undecided;
  }
  return { hostname, localUser, warnings: [...warnings], undecided };
}

function readingOptions(
  alias: string,
  facts: Pick<Journey, "sources" | "local"> & {
    readonly settings: Settings;
    readonly localUser: string;
  },
): Omit<ReadingOptions, "facts"> {
  const { environment, files, home } = facts.sources;
  const hostname = (): string => expandHostname(alias, facts.settings);
  const judge = execJudge({ ...facts, alias, hostname });
  return { environment, files, home, homes: facts.local.homes, judgeExec: judge };
}

/** ssh settles these before the final pass, which can no longer change them. */
function settleCanonicalization(settings: Settings): void {
  settings.claim("canonicalizehostname", ["false"], "the defaults");
  settings.claim("canonicalizefallbacklocal", ["yes"], "the defaults");
  settings.claim("canonicalizemaxdots", ["1"], "the defaults");
}

function expandHostname(alias: string, settings: Settings): string {
  const hostname = settings.value("hostname");
  if (hostname === undefined) return alias;
  try {
    return expandTokens(hostname, { h: alias });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      `${settings.place("hostname")}: hostname: ${error.message}`,
      error.advice,
    );
  }
}

function configRoots(sources: ConfigSources): readonly ConfigRoot[] {
  const userDirectory = userIncludeDirectory(sources);
  if (sources.onlyConfigPath !== undefined) {
    if (lowerCase(sources.onlyConfigPath) === "none") return [];
    const path = sources.onlyConfigPath;
    return [{
      path,
      missing: "fault",
      permissions: "ignored",
      includeDirectory: userDirectory,
      tilde: "allowed",
    }];
  }
  const systemPath = sources.systemConfigPath;
  return [
    {
      path: sources.userConfigPath,
      missing: "allowed",
      permissions: "checked",
      includeDirectory: userDirectory,
      tilde: "allowed",
    },
    {
      path: systemPath,
      missing: "allowed",
      permissions: "ignored",
      includeDirectory: systemPath.slice(0, systemPath.lastIndexOf("/")),
      tilde: "fault",
    },
  ];
}

/** Adds the hops of ProxyJump, each resolved like a host of its own. */
async function withJumps(
  resolved: ResolvedHost,
  { target, jumpText, journey }: {
    readonly target: ParsedTarget;
    readonly jumpText: string;
    readonly journey: Journey;
  },
): Promise<ResolvedHost> {
  const jumps = parseJumpList(jumpText);
  const last = jumps?.at(-1);
  if (jumps === undefined || last === undefined) return resolved;
  const leadsBack = last.host === resolved.hostname && (last.port ?? 22) === resolved.port &&
    (last.user ?? resolved.user) === resolved.user;
  if (leadsBack) throw loopFault(resolved.host, last.host);
  const hopTarget = { host: last.host, username: last.user, port: last.port };
  return await withHop(resolved, {
    target,
    journey,
    name: last.host,
    resolve: (trail) =>
      resolveHop(parseTarget(hopTarget), {
        ...journey,
        trail,
        jumps: jumpsBefore(jumpText),
        command: undefined,
      }),
    hops: jumps.length,
  });
}

/** Adds the last hop, which brings those before it; what is wrong with it is a refusal. */
async function withHop(
  resolved: ResolvedHost,
  { target, journey, name, resolve, hops }: {
    readonly target: ParsedTarget;
    readonly journey: Journey;
    readonly name: string;
    readonly resolve: (trail: readonly string[]) => Promise<ResolvedHost>;
    readonly hops: number;
  },
): Promise<ResolvedHost> {
  const { trail, jumps, command } = journey;
  const key = JSON.stringify([target.alias, target.user, target.port, jumps, command?.hop]);
  try {
    if (trail.includes(key)) throw loopFault(resolved.host, name);
    if (trail.length + hops > MAX_HOPS) {
      throw new ConfigError(`More than ${MAX_HOPS} jump hosts`, "Shorten ProxyJump");
    }
    const hop = await resolve([...trail, key]);
    return joinJumps(resolved, [...hop.proxyJump, hop]);
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    const refusal = resolved.refusal ??
      new ConfigError(`Jump host "${name}": ${error.message}`, error.advice, { cause: error });
    return { ...resolved, refusal };
  }
}

function joinJumps(resolved: ResolvedHost, hops: readonly JumpHost[]): ResolvedHost {
  const refusal = resolved.refusal ?? hops.find((hop) => hop.refusal !== undefined)?.refusal;
  const hidden = [resolved, ...hops].flatMap((host) => host.hidden);
  const warnings = [resolved, ...hops].flatMap((host) => host.warnings);
  return {
    ...resolved,
    proxyJump: hops,
    hidden: [...hidden].sort((a, b) => b.value.length - a.value.length),
    warnings: [...new Set(warnings)],
    refusal,
  };
}

function loopFault(host: string, jump: string): ConfigError {
  return new ConfigError(
    `ProxyJump of "${host}" leads back to itself through "${jump}"`,
    `Exclude the jump host from the block, as in Host * !${jump}, or give it ProxyJump none`,
  );
}
