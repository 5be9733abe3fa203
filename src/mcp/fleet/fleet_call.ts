import { nearestAliases } from "../../config/host_aliases.ts";
import { InputError, RefusedError, SshError } from "../../errors.ts";
import { batchSizes } from "../../fleet/batches.ts";
import { FleetRun, type FleetTarget } from "../../fleet/fleet_run.ts";
import { foldNodeSet } from "../../fleet/node_set.ts";
import { unresolvableNames } from "../../fleet/unresolvable_names.ts";
import type { CommandSignal, Session } from "../../session/session.ts";
import type { Call, Services } from "../call.ts";
import { requestedSecrets } from "../command/requested_secrets.ts";
import { secretFacts } from "../permit/command_permit.ts";
import { commandRequest } from "../command/command_request.ts";
import { FLEET_SESSION } from "./folded_sessions.ts";
import type { CommandPermit, CommandRequest } from "../command/commands.ts";
import { judged } from "../permit/permit.ts";

/** Of hosts that cannot be used; the rest is counted. */
const SHOWN_FAULTS = 10;
const COMMAND_CHARS = 16 * 1024;

/** The arguments of execute_on_hosts. */
export interface FleetArguments {
  readonly hosts: string;
  readonly command: string;
  readonly sudo_password?: string | undefined;
  readonly timeout: number;
  readonly batches?: string | undefined;
  readonly max_failures?: number | undefined;
}

/**
 * Begins a command on the hosts of a selection.
 *
 * @throws {SshError} When any of them is unknown or may not be reached: then nothing runs anywhere.
 */
export async function beginOnHosts(args: FleetArguments, call: Call): Promise<FleetRun> {
  const { services } = call;
  const names = await services.hosts.select(args.hosts);
  const sessions = await acquireAll(names, services);
  const sizes = batchSizes(args.batches, names.length);
  const { runs, concealer, commands, clock } = services;
  runs.checkRoom(names.length);
  call.audit({ hosts: names.length });
  for (const name of names) {
    if (args.sudo_password !== undefined) concealer.learn(name, args.sudo_password);
  }
  const hosts = [...sessions.values()].map(({ host }) => host);
  const secrets = await requestedSecrets(args, hosts, services);
  const request = commandRequest({
    command: args.command,
    sudo_password: args.sudo_password,
    enable_command: "enable",
  }, secrets);
  const permit = await permitRun(args.command, request, { sessions: [...sessions.values()], call });
  const run = new FleetRun({
    clock,
    changes: commands.jobs.changes,
    targets: names.map((host) => targetOf(host, sessions.get(host)!)),
    command: concealer.conceal(args.command.slice(0, COMMAND_CHARS), undefined),
    batches: sizes,
    // A canary that fails is one to stop at, unless the caller says otherwise.
    maxFailures: args.max_failures ?? (args.batches === undefined ? undefined : 0),
    timeoutMs: args.timeout * 1000,
    begin: (host, part) => {
      const session = sessions.get(host)!;
      return commands.start(session, request, { run: part, permit: permit?.(session) });
    },
  });
  runs.add(run);
  return run;
}

/**
 * One word for all hosts. What it returns is to hold on each of them when its turn comes: the rules
 * as they are then, and the login shell, which is all that a person was shown.
 */
async function permitRun(
  command: string,
  { options }: CommandRequest,
  { sessions, call }: { readonly sessions: readonly Session[]; readonly call: Call },
): Promise<((session: Session) => CommandPermit) | undefined> {
  const { services, audit } = call;
  if (!services.rules.isSet) return undefined;
  const names = foldNodeSet(sessions.map(({ host }) => host.host));
  await call.permit({
    hosts: sessions.map(({ host }) => host),
    words: `run a command on ${sessions.length} hosts`,
    text: command,
    usesSudo: options.sudoPassword !== undefined,
    facts: [
      `hosts: ${names}`,
      `each in the login shell of its session "${FLEET_SESSION}"`,
      ...secretFacts(options.secrets),
    ],
  });
  return ({ host }) => async ({ place }) => {
    const verdict = await judged([host], command, { tool: "execute_on_hosts", services, audit });
    if (verdict.mode === "ask" && place.inside.length > 0) throw notInLoginShell(host.host);
  };
}

function notInLoginShell(host: string): RefusedError {
  return new RefusedError(
    `Session "${FLEET_SESSION}" of ${host} is inside another shell, which was not shown to the person ` +
      "who was asked; nothing was run there",
    `close_session(host="${host}", session="${FLEET_SESSION}"), then run it again`,
  );
}

/** Begins no further host, and signals the command on those that run it. */
export async function interruptRun(
  run: FleetRun,
  signal: CommandSignal,
  { commands }: Services,
): Promise<void> {
  run.stop("interrupted");
  const jobs = run.jobs.filter((job) => !job.isFinished);
  await Promise.allSettled(jobs.map((job) => commands.interrupt(job, signal)));
}

async function acquireAll(
  names: readonly string[],
  services: Services,
): Promise<ReadonlyMap<string, Session>> {
  const faults = new Map<string, unknown>();
  const sessions = new Map<string, Session>();
  const registry = await services.registry();
  for (const host of names) {
    try {
      services.policy.check({ host });
    } catch (error) {
      faults.set(host, error);
    }
  }
  throwIfAny(faults, names.length);
  for (const host of names) {
    try {
      // Sessions of their own, so that no host's work in progress is touched.
      sessions.set(host, await registry.acquire({ host }, FLEET_SESSION));
    } catch (error) {
      faults.set(host, error);
    }
  }
  throwIfAny(faults, names.length);
  throwIfTwice(sessions);
  await throwIfUnknown(sessions, services);
  return sessions;
}

/** One fault as it is; several as the hosts they are about, with the first one's advice. */
function throwIfAny(faults: ReadonlyMap<string, unknown>, total: number): void {
  const [first] = faults.values();
  if (first === undefined) return;
  if (!(first instanceof SshError)) throw first;
  const of = faults.size === 1
    ? ""
    : `; so it is with ${faults.size} of ${total} hosts: ${listed([...faults.keys()])}`;
  throw first.reworded(`Nothing was run: ${first.message}${of}`);
}

function throwIfTwice(sessions: ReadonlyMap<string, Session>): void {
  const known = new Map<string, string>();
  for (const [host, { key }] of sessions) {
    const other = known.get(key);
    if (other !== undefined) {
      throw new InputError(
        `Nothing was run: "${other}" and "${host}" are the same login`,
        "Name it once, or it would run the command twice",
      );
    }
    known.set(key, host);
  }
}

async function throwIfUnknown(
  sessions: ReadonlyMap<string, Session>,
  services: Services,
): Promise<void> {
  const aliases = await services.hosts.aliases();
  const known = new Set(aliases);
  const others = [...sessions].filter(([, { host }]) => !known.has(host.host))
    .map(([name, { host }]) => [name, host] as const);
  const unknown = await unresolvableNames(others, services.clock);
  if (unknown.length === 0) return;
  const near = [
    ...new Set(unknown.slice(0, SHOWN_FAULTS).flatMap((name) => nearestAliases(name, aliases))),
  ].slice(0, SHOWN_FAULTS);
  throw new InputError(
    `Nothing was run: ${listed(unknown)} ` +
      `${unknown.length === 1 ? "is no alias" : "are no aliases"} of ssh_config, and no name ` +
      "service knows an address",
    near.length === 0
      ? "Correct the names, or take them away with !"
      : `Did you mean ${near.join(", ")}? Correct the names, or take them away with !`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_FAULTS).join(", ");
  return names.length > SHOWN_FAULTS ? `${shown} and ${names.length - SHOWN_FAULTS} more` : shown;
}

function targetOf(host: string, { host: resolved }: Session): FleetTarget {
  const { hostname, hidden } = resolved;
  const isShown = hostname !== resolved.host && !hidden.some(({ value }) => value === hostname);
  return {
    host,
    names: { host: resolved.host, address: isShown ? hostname : undefined },
  };
}
