import type { HostAlias } from "../config/host_aliases.ts";
import type { ConfigSources } from "../config/sources.ts";
import { HostGroups } from "./groups.ts";
import type { HostNames } from "./selection.ts";

/** The names that a selection can refer to: the listed hosts, their tags, and groups in files. */
export function hostNames(hosts: readonly HostAlias[], sources: ConfigSources): HostNames {
  const tags = new Map(hosts.map(({ alias, tag }) => [alias, tag ?? ""]));
  const groups = new HostGroups({ sources, tags });
  return {
    aliases: hosts.map(({ alias }) => alias),
    group: (name) => groups.group(name),
    groupNames: () => groups.names(),
  };
}
