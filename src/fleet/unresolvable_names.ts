import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, within } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";

/** Lookups under way at once. */
const AT_ONCE = 32;
/** A name service that answers slowly may take minutes for thousands of names. */
const LIMIT_MS = 5_000;

/**
 * The names whose hostname has no address: slips of the keyboard, most likely. One that a jump host
 * looks up, whose lookup fails for another reason, or that was not answered within 5 s of all, is
 * left to the connection.
 */
export async function unresolvableNames(
  hosts: readonly (readonly [name: string, resolved: ResolvedHost])[],
  clock: Clock,
): Promise<readonly string[]> {
  const unknown = new Set<string>();
  const left = hosts.filter(([, { hostname, proxyJump, refusal }]) =>
    isIP(hostname) === 0 && proxyJump.length === 0 && refusal === undefined
  );
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, { hostname }] = next;
      if (await isUnknown(hostname)) unknown.add(name);
    }
  };
  await within(clock, LIMIT_MS, Promise.all(Array.from({ length: AT_ONCE }, work)));
  left.length = 0;
  return hosts.map(([name]) => name).filter((name) => unknown.has(name));
}

async function isUnknown(hostname: string): Promise<boolean> {
  try {
    await lookup(hostname);
    return false;
  } catch (error) {
    return (error as { readonly code?: string }).code === "ENOTFOUND";
  }
}
