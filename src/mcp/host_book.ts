import { loadHostSettings } from "../config/host_settings.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { SshError } from "../errors.ts";
import type { Policy } from "../guard/policy.ts";
import type { HostBook, HostList, HostSummary } from "./call.ts";

/** The hosts of the user's ssh_config that the operator's policy allows. */
export function hostBook(
  environment: Readonly<Record<string, string>>,
  policy: Policy,
): HostBook {
  const list = (): Promise<HostList> => listOf(environment, policy);
  return {
    list,
    aliases: async () => (await list()).hosts.map(({ alias }) => alias),
    select: async (selection) => {
      const [{ selectHosts }, { hostNames }, { systemSources }, { hosts }] = await Promise.all([
        import("../fleet/selection.ts"),
        import("../fleet/host_names.ts"),
        import("../config/sources.ts"),
        list(),
      ]);
      return await selectHosts(selection, hostNames(hosts, systemSources(environment)));
    },
    describe: async (host) => {
      policy.check({ host });
      const { resolved, text } = await loadHostSettings(host, environment);
      return text.formatResolved(resolved) +
        text.describeDifferences(resolved).replace(/^(?=.)/gm, "# ");
    },
  };
}

async function listOf(
  environment: Readonly<Record<string, string>>,
  policy: Policy,
): Promise<HostList> {
  const [{ resolveHost }, { systemSources }, { listHostAliases, listingSources }] = await Promise
    .all([
      import("../config/resolver.ts"),
      import("../config/sources.ts"),
      import("../config/host_aliases.ts"),
    ]);
  const sources = listingSources(systemSources(environment));
  const aliases = await listHostAliases(sources);
  return {
    hosts: aliases.filter(({ alias }) => policy.allows(alias)),
    summary: (alias) => summaryOf(() => resolveHost({ host: alias }, sources)),
  };
}

async function summaryOf(resolve: () => Promise<ResolvedHost>): Promise<HostSummary> {
  try {
    const host = await resolve();
    const { hidden, hostname, port, refusal, user } = host;
    const isHidden = hidden.some(({ value }) => value === hostname || value === String(port));
    return {
      user,
      hostname,
      address: isHidden ? undefined : addressOf(hostname, port),
      through: host.proxyJump.map((hop) => hop.host),
      problem: refusal?.message,
      hidden,
    };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    const { message } = error;
    const unknown = { user: undefined, hostname: undefined, address: undefined };
    return { ...unknown, through: [], problem: message, hidden: [] };
  }
}

function addressOf(hostname: string, port: number): string {
  if (port === 22) return hostname;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
