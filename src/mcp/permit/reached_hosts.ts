import type { ResolvedHost } from "../../config/resolved_host.ts";
import { parseCopyPlace } from "../../copy/copy_place.ts";
import { parseDetachedId } from "../../detached/detached_id.ts";
import type { SessionTarget } from "../../session/registry.ts";
import { type Services, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";
import type { ParsedArguments } from "../tool.ts";

/** The hosts that a call reaches, by its arguments; nothing is connected. */
export async function reachedHosts(
  args: ParsedArguments,
  services: Services,
): Promise<readonly ResolvedHost[]> {
  const targets = targetsOf(args);
  const { command_id } = args;
  const byId = typeof command_id === "string" ? hostsOfCommand(command_id, services) : [];
  if (targets.length + byId.length === 0) return [];
  const registry = await services.registry();
  return await Promise.all([...targets, ...byId].map((target) => registry.hostOf(target)));
}

function targetsOf(args: ParsedArguments): readonly SessionTarget[] {
  const { host, source, destination } = args;
  if (typeof host === "string") return [targetOf(args as TargetArguments)];
  // Of a copy.
  return [source, destination].flatMap((end) => {
    if (typeof end !== "string") return [];
    const place = parseCopyPlace(end, end === source ? "source" : "destination");
    return place.kind === "remote" ? [{ host: place.host }] : [];
  });
}

/** By the name and the account that the command was started with. */
function hostsOfCommand(id: string, { commands, runs }: Services): readonly SessionTarget[] {
  const durable = parseDetachedId(id);
  if (durable !== undefined) return [{ host: durable.host }];
  const jobs = runs.find(id)?.jobs ?? [commands.jobs.find(id)];
  return jobs.flatMap((job) =>
    job === undefined ? [] : [{ host: job.record.host, username: job.record.user }]
  );
}
