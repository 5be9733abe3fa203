import project from "../deno.json" with { type: "json" };
import { complainOf, type Output } from "./cli/output.ts";
import { printConfig } from "./cli/print_config.ts";
import { systemClock, within } from "./clock.ts";
import { LIST_LIMIT_BYTES, readBoundedText } from "./config/bounded_file.ts";
import { ConfigError, SshError } from "./errors.ts";
import { AsyncWriter } from "./mcp/stdio/async_writer.ts";
import { type CommandLine, parseCommandLine } from "./cli/command_line.ts";
import { readEnvironment } from "./guard/granted_environment.ts";
import { Log, parseLogLevel } from "./guard/log.ts";
import { Concealer } from "./guard/concealer.ts";
import { Approvals } from "./guard/approvals.ts";
import type { AuditTrail } from "./guard/audit/audit_trail.ts";
import { Policy } from "./guard/policy.ts";
import { RulesReader } from "./guard/rules_file.ts";
import { serveOnStdio } from "./mcp/stdio/stdio.ts";
import { TOOL_NAMES, VOCABULARY } from "./mcp/tools/list.ts";
import { loadProfiles, loadSsh, openServices } from "./services.ts";
import type { Console } from "./console/console.ts";
import type { Services } from "./mcp/call.ts";
import type { Registry } from "./session/registry.ts";
import type { Agents } from "./transport/auth/agent.ts";

const VERSION = project.version;
const STDERR_QUEUE_BYTES = 1024 * 1024;
const AUDIT_LIMIT_BYTES = 256 * 1024 * 1024;
const CLOSING_LIMIT_MS = 1_000;

const OUTPUT: Output = {
  print: (text) => print(text, Deno.stdout),
  complain: (text) => print(text, Deno.stderr),
};

type Environment = Readonly<Record<string, string>>;

let standardError: AsyncWriter | undefined;

if (import.meta.main) Deno.exit(await start(await parseCommandLine(Deno.args, VERSION)));

async function start(request: CommandLine): Promise<number> {
  try {
    return await main(request);
  } catch (error) {
    if (error instanceof ConfigError) return await complainOf(error, OUTPUT, 2);
    if (error instanceof SshError) return await complainOf(error, OUTPUT);
    // Thrown on, it would be reported as a stray fault, and what already listens would keep the
    // program alive without its work.
    await OUTPUT.complain(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  } finally {
    // The end of the process would take along what its client has not read yet.
    await within(systemClock, CLOSING_LIMIT_MS, standardError?.flushed() ?? Promise.resolve());
  }
}

async function main(request: CommandLine): Promise<number> {
  switch (request.kind) {
    case "serve":
      return await serve(readEnvironment(Deno.env));
    case "shared":
      return await serveOverHttp(readEnvironment(Deno.env), request);
    case "print":
      await print(request.text, Deno.stdout);
      return 0;
    case "config":
      return await printConfig(request.host, readEnvironment(Deno.env), OUTPUT);
    case "check":
      return await check(request.host, readEnvironment(Deno.env));
    case "replay":
      return await replay(request, readEnvironment(Deno.env));
    case "record":
      return await record(request, readEnvironment(Deno.env));
    case "audit":
      return await verifyAudit(request.path);
    case "wrong":
      await print(request.message, Deno.stderr);
      return 2;
  }
}

async function serve(environment: Environment): Promise<number> {
  const policy = readPolicy(environment);
  const rules = new RulesReader(environment, { toolNames: TOOL_NAMES });
  if (Deno.stdin.isTerminal()) await greet();
  const agents = await agentsOfOwnForm(environment);
  const concealer = new Concealer(environment, VOCABULARY);
  const log = openLog(environment, concealer);
  const stop = new AbortController();
  for (const name of stopSignals()) Deno.addSignalListener(name, () => stop.abort());
  catchStrayFaults(log);
  const page: { personConsole: Console | undefined } = { personConsole: undefined };
  const audit = await auditOf(environment, log);
  const { services, registry } = openServices(environment, {
    version: VERSION,
    audit,
    policy,
    rules,
    approvals: new Approvals({ clock: systemClock }),
    log,
    concealer,
    agents,
    onShell: (session, shell) => page.personConsole?.onShell(session, shell),
  });
  page.personConsole = await openConsole(environment, services);
  await serveOnStdio({ ...services, ...page }, stop.signal);
  await page.personConsole?.[Symbol.asyncDispose]();
  await closeAll(registry());
  await audit?.close();
  return 0;
}

/** Loaded only where it is switched on. */
async function openConsole(
  environment: Environment,
  { clock, log, concealer, commands, approvals }: Services,
): Promise<Console | undefined> {
  if (!environment["MCP_SSH_CONSOLE"]) return undefined;
  const { readConsoleSetting } = await import("./console/console_setting.ts");
  const setting = readConsoleSetting(environment);
  if (setting === undefined) return undefined;
  const { Console } = await import("./console/console.ts");
  const opened = await Console.open(setting, {
    clock,
    log,
    concealer,
    approvals,
    jobs: commands.jobs,
    takeovers: commands.takeovers,
    interrupt: (job, signal) => commands.interrupt(job, signal, { byPerson: true }),
  });
  if (Deno.stdin.isTerminal()) await print(`Console: ${opened.address}\n`, Deno.stderr);
  return opened;
}

/** Loaded here alone: standard input and output need none of it. */
async function serveOverHttp(
  environment: Environment,
  request: CommandLine & { readonly kind: "shared" },
): Promise<number> {
  const { openShared } = await import("./shared.ts");
  const stop = new AbortController();
  for (const name of stopSignals()) Deno.addSignalListener(name, () => stop.abort());
  const log = openLog(environment, new Concealer(environment, VOCABULARY));
  catchStrayFaults(log);
  const audit = await auditOf(environment, log);
  const status = await openShared(environment, {
    version: VERSION,
    audit,
    policy: readPolicy(environment),
    rules: new RulesReader(environment, { toolNames: TOOL_NAMES }),
    approvals: new Approvals({ clock: systemClock }),
    log,
    logOf: (concealer, fields) => openLog(environment, concealer, fields),
    print: (line) => print(`${line}\n`, Deno.stderr),
    signal: stop.signal,
    onlyCheck: request.onlyCheck,
  });
  await audit?.close();
  return status;
}

/** Loaded only where MCP_SSH_AUDIT is set. */
async function auditOf(environment: Environment, log: Log): Promise<AuditTrail | undefined> {
  const setting = environment["MCP_SSH_AUDIT"];
  if (!setting?.trim()) return undefined;
  const { openAudit } = await import("./guard/audit/open_audit.ts");
  const stderr = standardError ??= new AsyncWriter(Deno.stderr, STDERR_QUEUE_BYTES);
  return await openAudit(setting, {
    ...{ clock: systemClock, log, version: VERSION, pid: Deno.pid },
    writeStderr: (line) => {
      if (stderr.isFull || stderr.isBroken) return false;
      stderr.write(line);
      return true;
    },
  });
}

function readPolicy(environment: Environment): Policy {
  return Policy.read(environment, TOOL_NAMES);
}

async function verifyAudit(path: string): Promise<number> {
  const { verifyFile } = await import("./cli/verify_audit.ts");
  return await verifyFile(path, {
    output: OUTPUT,
    readText: (file) => readBoundedText(file, AUDIT_LIMIT_BYTES),
  });
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

async function record(
  request: CommandLine & { readonly kind: "record" },
  environment: Environment,
): Promise<number> {
  const policy = readPolicy(environment);
  const [{ recordProfile }, { table }] = await Promise.all([
    import("./cli/record_profile.ts"),
    loadProfiles(environment),
  ]);
  const ssh = await loadSsh(environment, { policy, agents: await agentsOfOwnForm(environment) });
  return await recordProfile(request, { ssh, table, output: OUTPUT });
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

/** `fields`: facts of every line. */
function openLog(
  environment: Environment,
  concealer: Concealer,
  fields: Readonly<Record<string, string>> = {},
): Log {
  const stderr = standardError ??= new AsyncWriter(Deno.stderr, STDERR_QUEUE_BYTES);
  const facts = JSON.stringify(fields).slice(1, -1);
  const write = (line: string): void => {
    if (!stderr.isFull) stderr.write(facts === "" ? line : `{${facts},${line.slice(1)}`);
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

async function greet(): Promise<void> {
  const { inATerminal } = await import("./cli/in_a_terminal.ts");
  await print(inATerminal(ownCommand()), Deno.stderr);
}

/** How a client starts this very program. */
function ownCommand(): [string, ...string[]] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const directory = import.meta.dirname?.replace(/[/\\]src$/, "") ?? ".";
  if (/[/\\]node_modules[/\\]mcp-ssh-session[/\\]/.test(directory)) {
    return ["npx", "-y", "mcp-ssh-session"];
  }
  return ["npx", "-y", `deno@${Deno.version.deno}`, "task", "-q", "--cwd", directory, "start"];
}

async function print(text: string, stream: typeof Deno.stdout | typeof Deno.stderr): Promise<void> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}
