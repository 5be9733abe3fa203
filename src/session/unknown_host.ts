import { nearestAliases } from "../config/host_aliases.ts";
import { ConnectError } from "../errors.ts";
import type { Connect } from "./connections.ts";

/** Names the nearest aliases of ssh_config in the error of a host that nobody knows. */
export function namingNearest(
  connect: Connect,
  aliases: () => Promise<readonly string[]>,
): Connect {
  return async (host, options) => {
    try {
      return await connect(host, options);
    } catch (error) {
      if (!(error instanceof ConnectError) || !error.isUnknownName) throw error;
      const nearest = nearestAliases(host.host, await aliases().catch(() => []));
      throw error.reworded(error.message, adviceWith(nearest, error.advice));
    }
  };
}

function adviceWith(nearest: readonly string[], advice: string): string {
  if (nearest.length === 0) return `${advice}; list_hosts names the hosts there are`;
  const names = nearest.map((name) => JSON.stringify(name)).join(", ");
  return `Hosts of ssh_config with a name like it: ${names}; list_hosts names all. Otherwise: ${advice}`;
}
