import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ResolvedHost } from "../config/resolved_host.ts";

/** Lookups under way at once. */
const AT_ONCE = 32;

/**
 * The names whose hostname has no address: slips of the keyboard, most likely. One that a jump host
 * looks up, or whose lookup fails for another reason, is left to the connection.
 */
export async function unresolvableNames(
  hosts: readonly (readonly [name: string, resolved: ResolvedHost])[],
): Promise<readonly string[]> {
  const unknown: string[] = [];
  const left = hosts.filter(([, { hostname, proxyJump, refusal }]) =>
    isIP(hostname) === 0 && proxyJump.length === 0 && refusal === undefined
  );
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, { hostname }] = next;
      if (await isUnknown(hostname)) unknown.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return hosts.map(([name]) => name).filter((name) => unknown.includes(name));
}

async function isUnknown(hostname: string): Promise<boolean> {
  try {
    await lookup(hostname);
    return false;
  } catch (error) {
    return (error as { readonly code?: string }).code === "ENOTFOUND";
  }
}
