import type { Clock } from "../clock.ts";
import type { HostAlias } from "../config/host_aliases.ts";
import type { HiddenValue } from "../config/resolved_host.ts";
import type { DownloadDoor } from "../copy/download_door.ts";
import type { FleetRuns } from "../fleet/fleet_runs.ts";
import type { Forwardings } from "../forward/forwardings.ts";
import type { Job } from "../jobs/job.ts";
import type { Session } from "../session/session.ts";
import type { Registry, SessionTarget } from "../session/registry.ts";
import type { RemoteFiles } from "../sftp/remote_files.ts";
import type { DetachedJobs } from "../detached/detached_jobs.ts";
import type { Commands } from "./command/commands.ts";
import type { PageRequest, PersonQuestions } from "./person/elicitation.ts";
import type { Concealer } from "../guard/concealer.ts";
import type { Log, LogFields } from "../guard/log.ts";
import type { AuditTrail } from "../guard/audit/audit_trail.ts";
import type { Approvals } from "../guard/approvals.ts";
import type { Caller } from "../guard/caller.ts";
import type { NamedSecrets } from "../guard/named_secrets.ts";
import type { Policy } from "../guard/policy.ts";
import type { RulesReader } from "../guard/rules_file.ts";
import type { FileVersions } from "./file/file_versions.ts";
import type { DeferredCalls } from "./permit/deferred_calls.ts";
import type { Permit } from "./permit/permit.ts";
import type { ProgressReporter } from "./progress.ts";
import type { TargetArguments } from "./schemas.ts";
import type { ToolResult } from "./tool.ts";

/** Shared by all calls; outlives the server object, which is made anew for each connection. */
export interface Services {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly commands: Commands;
  /** Commands on many hosts. */
  readonly runs: FleetRuns;
  /** Loads the SSH side at its first use. */
  readonly registry: () => Promise<Registry>;
  /** Loads what reads and writes files at its first use. */
  readonly files: () => Promise<RemoteFiles>;
  /** Loads what reads the records of durable commands at its first use. */
  readonly detached: () => Promise<DetachedJobs>;
  /** Loads what forwards ports at its first use; undefined where it is not switched on. */
  readonly forwardings?: (() => Promise<Forwardings>) | undefined;
  /** Facts of hosts before anything is connected. */
  readonly hosts: HostBook;
  /** Which tools are switched on. */
  readonly policy: Policy;
  /** The rules: allowed callers, tools and hosts, and the questions to a person. */
  readonly rules: RulesReader;
  /** The operator's secrets for commands; undefined where there are none. */
  readonly namedSecrets?: NamedSecrets | undefined;
  /** Actions that wait for a person's word. */
  readonly approvals: Approvals;
  /** Undefined where nothing is recorded. */
  readonly audit?: AuditTrail | undefined;
  /** Calls that wait for an answer which the client brings with the next one. */
  readonly deferred: DeferredCalls;
  /** The caller; undefined on standard input and output. */
  readonly caller?: Caller | undefined;
  /** The content of files before this server wrote them. */
  readonly versions: FileVersions;
  /** Directories of this machine that the operator lets be copied from, as written. */
  readonly localRoots: readonly string[];
  /** Loads what offers files of hosts to this machine; undefined where it is not switched on. */
  readonly downloads?: (() => Promise<DownloadDoor>) | undefined;
  /** Where persons watch and answer; undefined where it is switched off. */
  readonly personConsole?: PersonConsole | undefined;
  /** Questions to persons while a host is connected to. */
  readonly questions: PersonQuestions;
  /** The one door that all text passes before a caller sees it. */
  readonly concealer: Concealer;
}

/** The page where persons watch sessions and answer commands. */
export interface PersonConsole {
  /** Its address, which holds no secret. */
  readonly address: string;
  /** Shows that a person is to answer a command; returns the address where. */
  want(job: Job, session: Session): string;
}

/** The user's ssh_config, as far as clients may look into it. */
export interface HostBook {
  /** Hosts that ssh_config names outright, as it is now. */
  list(): Promise<HostList>;
  /** Host aliases, in the order of the files. */
  aliases(): Promise<readonly string[]>;
  /**
   * The hosts of a selection such as `web[01-40],@group,!web07`.
   *
   * @throws {InputError} That names what fits no host.
   */
  select(selection: string): Promise<readonly string[]>;
  /** The settings in use for one host, as `ssh -G` prints them, without hidden values. */
  describe(host: string): Promise<string>;
}

/** Hosts that ssh_config names outright. */
export interface HostList {
  /** In the order of the files. */
  readonly hosts: readonly HostAlias[];
  /** Where one of them leads; nothing is looked up in the network. */
  summary(alias: string): Promise<HostSummary>;
}

/** Where a host leads. */
export interface HostSummary {
  readonly user: string | undefined;
  /** As rules compare it, never shown; undefined where the host cannot be resolved. */
  readonly hostname: string | undefined;
  /** hostname:port; undefined where an override hides it. */
  readonly address: string | undefined;
  /** Hops before it. */
  readonly through: readonly string[];
  /** Why it cannot be reached, known before any attempt. */
  readonly problem: string | undefined;
  /** Values that must not show in any of these. */
  readonly hidden: readonly HiddenValue[];
}

/** One `tools/call`. */
export interface Call {
  readonly services: Services;
  /** Aborts when the client cancels; its reason tells why. */
  readonly signal: AbortSignal;
  /** Undefined where the client asked for none. */
  readonly progress: ProgressReporter | undefined;
  /** Directories that the client names as its roots; undefined where it has none to name. */
  readonly clientRoots: () => Promise<readonly string[] | undefined>;
  /** To be awaited where it is known exactly what a tool is about to do on a host. */
  readonly permit: Permit;
  /**
   * Shows an address to the client's person, by a result that the client answers; undefined where it
   * shows none, or has answered already.
   */
  readonly sendToPage: (page: PageRequest) => ToolResult | undefined;
  /** Adds facts to the line that the call leaves in the log: never content, nor a secret. */
  readonly audit: (facts: LogFields) => void;
}

/** The session that a call addresses; connects nothing. */
export async function acquireSession(args: TargetArguments, call: Call): Promise<Session> {
  const registry = await call.services.registry();
  return await registry.acquire(targetOf(args), args.session);
}

/** The target without its session. */
export function targetOf(args: Omit<TargetArguments, "session">): SessionTarget {
  return {
    host: args.host,
    ...(args.username === undefined ? {} : { username: args.username }),
    ...(args.port === undefined ? {} : { port: args.port }),
    ...(args.password === undefined ? {} : { password: args.password }),
    ...(args.key_filename === undefined ? {} : { keyFilename: args.key_filename }),
  };
}
