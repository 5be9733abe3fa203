import project from "../deno.json" with { type: "json" };
import { complainOf, type Output } from "./cli/output.ts";
import { printConfig } from "./cli/print_config.ts";
import { systemClock } from "./clock.ts";
import { hostBook } from "./mcp/host_book.ts";
import { LIST_LIMIT_BYTES, readBoundedText } from "./config/bounded_file.ts";
import { rememberResolutions } from "./config/recent_resolution.ts";
import type { ResolvedHost } from "./config/resolved_host.ts";
import { ConfigError } from "./errors.ts";
import { FleetRuns } from "./fleet/fleet_runs.ts";
import { AsyncWriter } from "./mcp/stdio/async_writer.ts";
import type { Services } from "./mcp/call.ts";
import { type CommandLine, parseCommandLine } from "./cli/command_line.ts";
import { Commands } from "./mcp/command/commands.ts";
import { inATerminal } from "./cli/help.ts";
import type { PersonQuestions } from "./mcp/person/elicitation.ts";
import { readEnvironment } from "./guard/granted_environment.ts";
import { HostKeyTrust } from "./mcp/person/host_key_trust.ts";
import { LoginCodes } from "./mcp/person/login_codes.ts";
import { Log, parseLogLevel } from "./guard/log.ts";
import { Concealer } from "./guard/concealer.ts";
import { Policy } from "./guard/policy.ts";
import { serveOnStdio } from "./mcp/stdio/stdio.ts";
import { TOOLS, VOCABULARY } from "./mcp/tools/list.ts";
import { idleCloseMs } from "./session/idle_close.ts";
import type { Registry, RegistryOptions, SessionTarget } from "./session/registry.ts";
import type { OpenShellOptions } from "./shell/open_shell.ts";
import type { ProfileTable } from "./shell/device/profiles/profile_table.ts";
import type { DetachedJobs } from "./detached/detached_jobs.ts";
import type { RemoteFiles } from "./sftp/remote_files.ts";
import type { Agents } from "./transport/auth/agent.ts";
import type { ConnectOptions } from "./transport/connector.ts";

const VERSION = project.version;
const STDERR_QUEUE_BYTES = 1024 * 1024;
const CLOSING_LIMIT_MS = 1_000;

const OUTPUT: Output = {
  print: (text) => print(text, Deno.stdout),
  complain: (text) => print(text, Deno.stderr),
};

type Environment = Readonly<Record<string, string>>;

interface SshParts {
  readonly policy: Policy;
  readonly questions?: PersonQuestions;
  readonly agents: Agents | undefined;
}

if (import.meta.main) Deno.exit(await start(await parseCommandLine(Deno.args, VERSION)));

async function start(request: CommandLine): Promise<number> {
  try {
    return await main(request);
  } catch (error) {
    if (error instanceof ConfigError) return await complainOf(error, OUTPUT, 2);
    throw error;
  }
}

async function main(request: CommandLine): Promise<number> {
  switch (request.kind) {
    case "serve":
      return await serve(readEnvironment(Deno.env));
    case "print":
      await print(request.text, Deno.stdout);
      return 0;
    case "config":
      return await printConfig(request.host, readEnvironment(Deno.env), OUTPUT);
    case "check":
      return await check(request.host, readEnvironment(Deno.env));
    case "replay":
      return await replay(request, readEnvironment(Deno.env));
    case "wrong":
      await print(request.message, Deno.stderr);
      return 2;
  }
}

async function serve(environment: Environment): Promise<number> {
  const policy = readPolicy(environment);
  if (Deno.stdin.isTerminal()) await print(inATerminal(ownCommand()), Deno.stderr);
  const agents = await agentsOfOwnForm(environment);
  const concealer = new Concealer(environment, VOCABULARY);
  const log = openLog(environment, concealer);
  const stop = new AbortController();
  for (const name of stopSignals()) Deno.addSignalListener(name, () => stop.abort());
  catchStrayFaults(log);
  const questions = { hostKeys: new HostKeyTrust(), codes: new LoginCodes() };
  const idle = idleCloseMs(environment);
  const registry = lazy(async () => {
    const [{ Registry }, ssh] = await Promise.all([
      import("./session/registry.ts"),
      loadSsh(environment, { policy, questions, agents }),
    ]);
    for (const { message } of ssh.mistakes) log.warn("profile", { mistake: message });
    return new Registry({ ...ssh, idleCloseMs: idle });
  });
  const commands = new Commands({ clock: systemClock, log, concealer });
  const services: Services = {
    version: VERSION,
    clock: systemClock,
    log,
    commands,
    runs: new FleetRuns(commands.jobs),
    registry: registry.get,
    files: lazy(openFiles).get,
    detached: lazy(openDetached).get,
    hosts: hostBook(environment, policy),
    policy,
    localRoots: localRoots(environment),
    questions,
    concealer,
  };
  await serveOnStdio(services, stop.signal);
  await closeAll(registry.loaded());
  return 0;
}

/** Absolute paths, parted as in PATH. */
function localRoots(environment: Environment): readonly string[] {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return (environment["MCP_SSH_LOCAL_ROOTS"] ?? "").split(separator).filter((root) => root !== "");
}

/** SSH is loaded at its first use: clients probe servers by starting several and asking nothing. */
async function loadSsh(
  environment: Environment,
  { policy, questions, agents }: SshParts,
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
      (host, { signal }) => connector.connect(table.asLogin(host), { signal, ...asks }),
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
async function loadProfiles(
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

/** What a device may ask; the operator's enable password is used before each of its commands. */
function secretsOf({ user, password, enablePassword }: ResolvedHost): Partial<OpenShellOptions> {
  const enable = enablePassword && { enable: { password: enablePassword, command: "enable" } };
  return { credentials: { user, password }, ...(enable || {}) };
}

function readPolicy(environment: Environment): Policy {
  return Policy.read(environment, TOOLS.map(({ name }) => name));
}

async function openFiles(): Promise<RemoteFiles> {
  const { RemoteFiles } = await import("./sftp/remote_files.ts");
  return new RemoteFiles({ clock: systemClock });
}

async function openDetached(): Promise<DetachedJobs> {
  const { DetachedJobs } = await import("./detached/detached_jobs.ts");
  return new DetachedJobs({ clock: systemClock });
}

async function replay(
  request: CommandLine & { readonly kind: "replay" },
  environment: Environment,
): Promise<number> {
  const [{ replayFile }, { table, mistakes }] = await Promise.all([
    import("./cli/replay_recording.ts"),
    loadProfiles(environment),
  ]);
  for (const mistake of mistakes) await complainOf(mistake, OUTPUT);
  const status = await replayFile(request, table, {
    output: OUTPUT,
    readText: (path) => readBoundedText(path, LIST_LIMIT_BYTES),
  });
  return mistakes.length === 0 ? status : 1;
}

async function check(host: string, environment: Environment): Promise<number> {
  const policy = readPolicy(environment);
  const { checkHost } = await import("./cli/check_host.ts");
  const concealer = new Concealer(environment, VOCABULARY);
  const isWell = await checkHost(host, {
    ssh: await loadSsh(environment, { policy, agents: await agentsOfOwnForm(environment) }),
    write: (line) => print(line, Deno.stdout),
    conceal: (text) => concealer.conceal(text, host),
  });
  return isWell ? 0 : 1;
}

function openLog(environment: Environment, concealer: Concealer): Log {
  const stderr = new AsyncWriter(Deno.stderr, STDERR_QUEUE_BYTES);
  const write = (line: string): void => {
    if (!stderr.isFull) stderr.write(line);
  };
  const word = environment["MCP_SSH_LOG"] ?? "warn";
  const level = parseLogLevel(word) ?? "warn";
  const log = new Log({ level, clock: systemClock, write, concealer });
  if (!parseLogLevel(word)) log.warn("setting", { name: "MCP_SSH_LOG", unknown: word });
  return log;
}

/** A fault that nobody awaited must not end the sessions of everybody else. */
function catchStrayFaults(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("stray-fault", { error: String(event.reason?.stack ?? event.reason) });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log.error("stray-fault", { error: String(event.error?.stack ?? event.message) });
  });
}

async function closeAll(loaded: Promise<Registry> | undefined): Promise<void> {
  const limit = systemClock.sleep(CLOSING_LIMIT_MS);
  await Promise.race([loaded?.then((registry) => registry.closeAll()), limit]).catch(() => {});
}

function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** Before the first request: the form with write permission gives it up; the others have none. */
async function agentsOfOwnForm(environment: Environment): Promise<Agents | undefined> {
  if ((await Deno.permissions.query({ name: "write" })).state !== "granted") return undefined;
  const { openAgentAndGiveUpWriting } = await import("./transport/auth/agent_form.ts");
  return await openAgentAndGiveUpWriting(environment["SSH_AUTH_SOCK"]);
}

/** How a client starts this very program. */
function ownCommand(): [string, ...string[]] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const directory = import.meta.dirname?.replace(/[/\\]src$/, "") ?? ".";
  return ["npx", "-y", `deno@${Deno.version.deno}`, "task", "-q", "--cwd", directory, "start"];
}

async function print(text: string, stream: typeof Deno.stdout | typeof Deno.stderr): Promise<void> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
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
