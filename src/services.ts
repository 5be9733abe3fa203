import { systemClock } from "./clock.ts";
import { hostBook } from "./mcp/host_book.ts";
import { readBoundedText } from "./config/bounded_file.ts";
import { downloadPort } from "./copy/download_port.ts";
import { rememberResolutions } from "./config/recent_resolution.ts";
import type { ResolvedHost } from "./config/resolved_host.ts";
import type { ConfigError } from "./errors.ts";
import type { Forwardings } from "./forward/forwardings.ts";
import { FleetRuns } from "./fleet/fleet_runs.ts";
import type { Services } from "./mcp/call.ts";
import { Commands } from "./mcp/command/commands.ts";
import { FileVersions } from "./mcp/file/file_versions.ts";
import { DeferredCalls } from "./mcp/permit/deferred_calls.ts";
import type { PersonQuestions } from "./mcp/person/elicitation.ts";
import { HostKeyTrust } from "./mcp/person/host_key_trust.ts";
import { LoginCodes } from "./mcp/person/login_codes.ts";
import type { Log } from "./guard/log.ts";
import type { Job } from "./jobs/job.ts";
import type { Concealer } from "./guard/concealer.ts";
import type { AuditTrail } from "./guard/audit/audit_trail.ts";
import type { Approvals } from "./guard/approvals.ts";
import type { Caller } from "./guard/caller.ts";
import { NamedSecrets } from "./guard/named_secrets.ts";
import type { Policy } from "./guard/policy.ts";
import type { RulesReader } from "./guard/rules_file.ts";
import { idleCloseMs } from "./session/idle_close.ts";
import type { Registry, RegistryOptions, SessionTarget } from "./session/registry.ts";
import type { OpenShellOptions } from "./shell/open_shell.ts";
import type { ProfileTable } from "./shell/device/profiles/profile_table.ts";
import type { DetachedJobs } from "./detached/detached_jobs.ts";
import type { RemoteFiles } from "./sftp/remote_files.ts";
import type { AgentSource } from "./transport/auth/agent.ts";
import type { ConnectOptions } from "./transport/connector.ts";

type Environment = Readonly<Record<string, string>>;

/** The parts that reach hosts. */
export interface SshParts {
  readonly policy: Policy;
  readonly questions?: PersonQuestions;
  readonly agents: AgentSource | undefined;
  /** Puts credentials in the place of those that ssh_config names. */
  readonly loginAs?: ((host: ResolvedHost) => ResolvedHost) | undefined;
}

/** The parts of one caller's services. */
export interface ServiceParts {
  readonly version: string;
  readonly policy: Policy;
  readonly rules: RulesReader;
  /** The same for all callers: a person looks at one list. */
  readonly approvals: Approvals;
  /** One chain for all callers; undefined where nothing is recorded. */
  readonly audit?: AuditTrail | undefined;
  /** Undefined on standard input and output. */
  readonly caller?: Caller | undefined;
  readonly log: Log;
  readonly concealer: Concealer;
  readonly agents: AgentSource | undefined;
  readonly loginAs?: SshParts["loginAs"];
  /** Called after each change of a command's state. */
  readonly onChanged?: ((job: Job) => void) | undefined;
  /** Once for each session that was elsewhere before: what its next user is to know. */
  readonly noteOf?: RegistryOptions["noteOf"];
  /** Called with each shell that a session opens. */
  readonly onShell?: RegistryOptions["onShell"] | undefined;
}

/** One caller's services. */
export interface OpenServices {
  readonly services: Services;
  /** Undefined while nobody asked for it. */
  readonly registry: () => Promise<Registry> | undefined;
}

/** Sessions, commands, trust and secrets of one caller; nothing is connected or loaded yet. */
export function openServices(environment: Environment, parts: ServiceParts): OpenServices {
  const { version, policy, rules, approvals, audit, caller, log, concealer, agents } = parts;
  const questions = { hostKeys: new HostKeyTrust(), codes: new LoginCodes() };
  const [idle, namedSecrets] = [idleCloseMs(environment), namedSecretsOf(environment)];
  const registry = lazy(async () => {
    const [{ Registry }, ssh] = await Promise.all([
      import("./session/registry.ts"),
      loadSsh(environment, { policy, questions, agents, loginAs: parts.loginAs }),
    ]);
    for (const { message } of ssh.mistakes) log.warn("profile", { mistake: message });
    const { noteOf, onShell } = parts;
    return new Registry({ ...ssh, idleCloseMs: idle, noteOf, onShell });
  });
  const commands = new Commands({
    clock: systemClock,
    log,
    concealer,
    onChanged: parts.onChanged,
    audit,
  });
  const services: Services = {
    version,
    clock: systemClock,
    log,
    commands,
    runs: new FleetRuns(commands.jobs),
    registry: registry.get,
    files: lazy(openFiles).get,
    detached: lazy(openDetached).get,
    forwardings: environment["MCP_SSH_FORWARD"] === "1" ? lazy(openForwardings).get : undefined,
    hosts: hostBook(environment, policy),
    ...{ policy, rules, approvals, audit, caller },
    ...{ deferred: new DeferredCalls(), versions: new FileVersions(), namedSecrets },
    localRoots: localRoots(environment),
    downloads: downloads(environment),
    questions,
    concealer,
  };
  return { services, registry: registry.loaded };
}

/**
 * The operator's secrets for commands; undefined where there are none.
 *
 * @throws {ConfigError} At a name that no secret may have.
 */
export function namedSecretsOf(environment: Environment): NamedSecrets | undefined {
  const secrets = new NamedSecrets(environment);
  return secrets.names.length === 0 ? undefined : secrets;
}

/** Absolute paths, parted as in PATH. */
function localRoots(environment: Environment): readonly string[] {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return (environment["MCP_SSH_LOCAL_ROOTS"] ?? "").split(separator).filter((root) => root !== "");
}

/** The door that offers files to this machine, where MCP_SSH_DOWNLOADS names a port. */
function downloads(environment: Environment): Services["downloads"] {
  const port = downloadPort(environment);
  if (port === undefined) return undefined;
  return lazy(async () => {
    const { DownloadDoor } = await import("./copy/download_door.ts");
    return new DownloadDoor(port, systemClock);
  }).get;
}

/** SSH is loaded at its first use: clients probe servers by starting several and asking nothing. */
export async function loadSsh(
  environment: Environment,
  { policy, questions, agents, loginAs = (host) => host }: SshParts,
): Promise<RegistryOptions & { readonly mistakes: readonly ConfigError[] }> {
  const [config, sources, shell, { table, mistakes }, transport, unknown] = await Promise.all([
    import("./config/resolver.ts"),
    import("./config/sources.ts"),
    import("./shell/open_shell.ts"),
    loadProfiles(environment),
    import("./transport/connector.ts"),
    import("./session/unknown_host.ts"),
  ]);
  const clock = systemClock;
  const connector = new transport.Connector({ clock, ...(agents ? { agents } : {}) });
  const asks = asksOf(questions);
  const from = sources.systemSources(environment);
  const resolve = (target: SessionTarget): Promise<ResolvedHost> =>
    config.resolveHost(target, from);
  return {
    mistakes,
    clock,
    resolve: policy.guard(rememberResolutions(resolve, clock)),
    connect: unknown.namingNearest(
      (host, { signal }) => connector.connect(loginAs(table.asLogin(host)), { signal, ...asks }),
      hostBook(environment, policy).aliases,
    ),
    openShell: (connection, host, options) =>
      shell.openShell(connection, {
        clock,
        profiles: table,
        environment: host.environment,
        hostName: host.host,
        profile: options.profile,
        avoidsExec: options.avoidsExec,
        signal: options.signal,
        ...secretsOf(host),
      }),
  };
}

function asksOf(
  questions: PersonQuestions | undefined,
): Pick<ConnectOptions, "askHostKey" | "askUser"> {
  return questions ? { askHostKey: questions.hostKeys.ask, askUser: questions.codes.ask } : {};
}

/** The built-in device profiles and the operator's own. */
export async function loadProfiles(
  environment: Environment,
): Promise<{ readonly table: ProfileTable; readonly mistakes: readonly ConfigError[] }> {
  const { ProfileTable } = await import("./shell/device/profiles/profile_table.ts");
  const directory = environment["MCP_SSH_PROFILES"];
  if (!directory) return { table: new ProfileTable(), mistakes: [] };
  const { loadUserProfiles } = await import("./shell/device/profiles/user_profiles.ts");
  const { profiles, mistakes } = await loadUserProfiles(directory, {
    readDir: async (path) => (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name),
    readText: (path) => readBoundedText(path),
  });
  return { table: new ProfileTable(profiles), mistakes };
}

/** Answers to a device's questions; the operator's enable password is used before each of its commands. */
function secretsOf({ user, password, enablePassword }: ResolvedHost): Partial<OpenShellOptions> {
  const enable = enablePassword && { enable: { password: enablePassword, command: "enable" } };
  return { credentials: { user, password }, ...(enable || {}) };
}

async function openFiles(): Promise<RemoteFiles> {
  const { RemoteFiles } = await import("./sftp/remote_files.ts");
  return new RemoteFiles({ clock: systemClock });
}

async function openDetached(): Promise<DetachedJobs> {
  const { DetachedJobs } = await import("./detached/detached_jobs.ts");
  return new DetachedJobs({ clock: systemClock });
}

async function openForwardings(): Promise<Forwardings> {
  const { Forwardings } = await import("./forward/forwardings.ts");
  return new Forwardings({ clock: systemClock });
}

interface Lazy<T> {
  readonly get: () => Promise<T>;
  /** Undefined while nobody asked for it. */
  readonly loaded: () => Promise<T> | undefined;
}

function lazy<T>(load: () => Promise<T>): Lazy<T> {
  let value: Promise<T> | undefined;
  return { get: () => value ??= load(), loaded: () => value };
}
