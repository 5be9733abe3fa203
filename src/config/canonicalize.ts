import { ConnectError } from "../errors.ts";
import { addressFamilyOf, canonicalAddress, looksLikeAddress } from "./ssh_config/address.ts";
import { lowerCase, matchPatternList } from "./ssh_config/pattern.ts";
import type { Settings } from "./ssh_config/settings.ts";
import type { ConfigSources } from "./sources.ts";

type LookUp = ConfigSources["lookUp"];

/**
 * The name to connect to, as ssh makes it of HostName: addresses in canonical form, names in
 * lower case, completed by CanonicalDomains and followed through permitted CNAMEs.
 *
 * @throws {ConnectError} Where CanonicalizeFallbackLocal is off and no domain completes it.
 */
export async function canonicalHostname(
  hostname: string,
  { settings, lookUp }: { readonly settings: Settings; readonly lookUp: LookUp },
): Promise<string> {
  const address = numericAddress(hostname, settings);
  if (address !== undefined) return address;
  const addressLike = looksLikeAddress(hostname);
  const name = addressLike ? hostname : lowerCase(hostname);
  const found = addressLike ? undefined : await completeByDomains(name, { settings, lookUp });
  if (found !== undefined) return found;
  if (!mayFollowCnames(settings) || !mayLookUp(settings)) return name;
  const resolved = await lookUp(name, familyOf(settings));
  if (resolved === undefined && isDirect(settings)) throw unresolved(name);
  return followCname(name, { settings, cname: resolved?.canonicalName });
}

function numericAddress(hostname: string, settings: Settings): string | undefined {
  const address = canonicalAddress(hostname);
  if (address === undefined) return undefined;
  const family = familyOf(settings);
  return family === "any" || family === addressFamilyOf(address) ? address : undefined;
}

async function completeByDomains(
  name: string,
  { settings, lookUp }: { readonly settings: Settings; readonly lookUp: LookUp },
): Promise<string | undefined> {
  if ((settings.value("canonicalizehostname") ?? "false") === "false") return undefined;
  if (!mayLookUp(settings)) return undefined;
  const candidates = candidateNames(name, settings);
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) {
    const resolved = await lookUp(candidate, familyOf(settings));
    if (resolved === undefined) continue;
    const full = candidate.slice(0, -1);
    return followCname(full, { settings, cname: resolved.canonicalName });
  }
  if (settings.value("canonicalizefallbacklocal") === "no") throw unresolved(name);
  return undefined;
}

/** Names with a final dot to look up; undefined for a name with too many dots to complete. */
function candidateNames(name: string, settings: Settings): readonly string[] | undefined {
  if (name.endsWith(".")) return [name];
  const maxDots = Number(settings.value("canonicalizemaxdots") ?? "1");
  if (name.split(".").length - 1 > maxDots) return undefined;
  const domains = settings.values("canonicaldomains");
  const end = domains.findIndex((domain) => lowerCase(domain) === "none");
  return domains.slice(0, end < 0 ? undefined : end).map((domain) => `${name}.${domain}.`);
}

function followCname(
  name: string,
  { settings, cname }: { readonly settings: Settings; readonly cname: string | undefined },
): string {
  if (cname === undefined || cname === name || !mayFollowCnames(settings)) return name;
  if ((settings.value("canonicalizehostname") ?? "false") === "false") return name;
  const permitted = settings.values("canonicalizepermittedcnames").some((rule) => {
    const [sources = "", targets = ""] = rule.split(/:(.*)/s, 2);
    return matchPatternList(name, sources) === "matched" &&
      matchPatternList(cname, targets) === "matched";
  });
  return permitted ? cname : name;
}

function mayFollowCnames(settings: Settings): boolean {
  const rules = settings.values("canonicalizepermittedcnames");
  return rules.length > 0 && rules[0] !== "none";
}

function mayLookUp(settings: Settings): boolean {
  return isDirect(settings) || settings.value("canonicalizehostname") === "always";
}

function isDirect(settings: Settings): boolean {
  const command = settings.value("proxycommand");
  return (command === undefined || lowerCase(command) === "none") &&
    settings.value("proxyjump") === undefined;
}

function familyOf(settings: Settings): "any" | "inet" | "inet6" {
  return (settings.value("addressfamily") ?? "any") as "any" | "inet" | "inet6";
}

function unresolved(name: string): ConnectError {
  return new ConnectError(
    `The name "${name}" does not resolve`,
    "Check the spelling, CanonicalDomains and the name server",
  );
}
