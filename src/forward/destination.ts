import { BlockList, isIPv4, isIPv6 } from "node:net";
import { InputError } from "../errors.ts";
import type { TunnelTarget } from "../transport/transport.ts";

const LONGEST_NAME = 253;

/**
 * Reads `host:port`, or `[v6]:port`.
 *
 * @throws {InputError} For anything else.
 */
export function parseDestination(text: string): TunnelTarget {
  const colon = text.lastIndexOf(":");
  const name = text.slice(0, Math.max(colon, 0)).replace(/^\[([^\]]*)\]$/, "$1");
  const digits = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  const hostname = plainHostname(name);
  const isBare = name.includes(":") && !text.startsWith("[");
  if (hostname === undefined || isBare || port < 1 || port > 65_535) {
    throw new InputError(
      `destination ${JSON.stringify(text.slice(0, 300))} is not of the form host:port`,
      "Name it as the host sees it, such as localhost:5432, db.internal:5432 or [::1]:80",
    );
  }
  return { hostname, port };
}

/**
 * A name or an address without the dot at its end; undefined where it cannot be one.
 *
 * The dot is taken away because it changes nothing for the resolver, but a lot for patterns.
 */
export function plainHostname(name: string): string | undefined {
  const plain = name.endsWith(".") ? name.slice(0, -1) : name;
  if (plain === "" || plain.length > LONGEST_NAME || plain.endsWith(".")) return undefined;
  if (isIPv6(plain)) return plain;
  return /^[\w.-]+$/.test(plain) && !plain.startsWith("-") ? plain : undefined;
}

const OWN = new BlockList();
OWN.addSubnet("127.0.0.0", 8, "ipv4");
OWN.addAddress("::1", "ipv6");

/** Whether a destination is the host itself, by its loopback interface. */
export function isOwnLoopback(hostname: string): boolean {
  if (isIPv4(hostname)) return OWN.check(hostname, "ipv4");
  if (isIPv6(hostname)) return OWN.check(hostname, "ipv6");
  return hostname.toLowerCase() === "localhost";
}
