import { loadHostSettings } from "../config/host_settings.ts";
import type { Policy } from "../guard/policy.ts";
import type { HostBook } from "./call.ts";

/** The hosts of the user's ssh_config that the operator's policy allows. */
export function hostBook(
  environment: Readonly<Record<string, string>>,
  policy: Policy,
): HostBook {
  return {
    aliases: async () => {
      const [{ listHostAliases }, { systemSources }] = await Promise.all([
        import("../config/host_aliases.ts"),
        import("../config/sources.ts"),
      ]);
      const aliases = await listHostAliases(systemSources(environment));
      return aliases.filter((alias) => policy.allows(alias));
    },
    describe: async (host) => {
      policy.check({ host });
      const { resolved, text } = await loadHostSettings(host, environment);
      return text.formatResolved(resolved) +
        text.describeDifferences(resolved).replace(/^(?=.)/gm, "# ");
    },
  };
}
