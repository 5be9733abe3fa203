import { type AlgorithmFamily, expandAlgorithms } from "./ssh_config/algorithms.ts";
import { conceal } from "./conceal.ts";
import type { PrintedSetting, ResolvedHost } from "./resolved_host.ts";
import type { Settings } from "./ssh_config/settings.ts";

/** How `ssh -G` prints a keyword, and what it prints where nothing is set. */
type Form =
  | { readonly kind: "value"; readonly otherwise?: string }
  /** A line for each value. */
  | { readonly kind: "lines"; readonly otherwise?: readonly string[] }
  /** All values on one line. */
  | { readonly kind: "list"; readonly otherwise: string }
  | { readonly kind: "algorithms"; readonly family: AlgorithmFamily };

/** Keys that ssh tries where none is named, below ~/.ssh. */
export const DEFAULT_IDENTITIES: readonly string[] = [
  "~/.ssh/id_rsa",
  "~/.ssh/id_ecdsa",
  "~/.ssh/id_ecdsa_sk",
  "~/.ssh/id_ed25519",
  "~/.ssh/id_ed25519_sk",
  "~/.ssh/id_xmss",
  "~/.ssh/id_dsa",
];

const OPTIONAL: Form = { kind: "value" };

// In the order of ssh -G.
const FORMS: readonly (readonly [string, Form])[] = [
  ["host", OPTIONAL],
  ["user", OPTIONAL],
  ["hostname", OPTIONAL],
  ["port", { kind: "value", otherwise: "22" }],
  ["tag", OPTIONAL],
  ["addressfamily", { kind: "value", otherwise: "any" }],
  ["batchmode", { kind: "value", otherwise: "no" }],
  ["canonicalizefallbacklocal", { kind: "value", otherwise: "yes" }],
  ["canonicalizehostname", { kind: "value", otherwise: "false" }],
  ["checkhostip", { kind: "value", otherwise: "no" }],
  ["compression", { kind: "value", otherwise: "no" }],
  ["identitiesonly", { kind: "value", otherwise: "no" }],
  ["kbdinteractiveauthentication", { kind: "value", otherwise: "yes" }],
  ["passwordauthentication", { kind: "value", otherwise: "yes" }],
  ["pubkeyauthentication", { kind: "value", otherwise: "true" }],
  ["requesttty", { kind: "value", otherwise: "auto" }],
  ["stricthostkeychecking", { kind: "value", otherwise: "ask" }],
  ["tcpkeepalive", { kind: "value", otherwise: "yes" }],
  ["canonicalizemaxdots", { kind: "value", otherwise: "1" }],
  ["connectionattempts", { kind: "value", otherwise: "1" }],
  ["numberofpasswordprompts", { kind: "value", otherwise: "3" }],
  ["serveralivecountmax", { kind: "value", otherwise: "3" }],
  ["serveraliveinterval", { kind: "value", otherwise: "0" }],
  ["requiredrsasize", { kind: "value", otherwise: "1024" }],
  ["bindaddress", OPTIONAL],
  ["ciphers", { kind: "algorithms", family: "cipher" }],
  ["hostkeyalgorithms", { kind: "algorithms", family: "key" }],
  ["hostkeyalias", OPTIONAL],
  ["identityagent", OPTIONAL],
  ["ignoreunknown", OPTIONAL],
  ["kexalgorithms", { kind: "algorithms", family: "kex" }],
  ["casignaturealgorithms", { kind: "algorithms", family: "signature" }],
  ["remotecommand", OPTIONAL],
  ["macs", { kind: "algorithms", family: "mac" }],
  ["preferredauthentications", OPTIONAL],
  ["revokedhostkeys", OPTIONAL],
  ["pubkeyacceptedalgorithms", { kind: "algorithms", family: "key" }],
  ["identityfile", { kind: "lines", otherwise: DEFAULT_IDENTITIES }],
  ["canonicaldomains", { kind: "list", otherwise: "none" }],
  ["certificatefile", { kind: "lines" }],
  ["globalknownhostsfile", { kind: "list", otherwise: "none" }],
  ["userknownhostsfile", { kind: "list", otherwise: "none" }],
  ["sendenv", { kind: "lines" }],
  ["setenv", { kind: "lines" }],
  ["connecttimeout", { kind: "value", otherwise: "none" }],
  ["canonicalizePermittedcnames", { kind: "list", otherwise: "none" }],
  ["refuseconnection", OPTIONAL],
  ["proxycommand", OPTIONAL],
  ["proxyjump", OPTIONAL],
];

/** Lists what `ssh -G` prints of the settings, defaults included. */
export function listPrinted(settings: Settings): readonly PrintedSetting[] {
  return FORMS.flatMap(([keyword, form]) =>
    printedValues(form, settings, keyword.toLowerCase()).map((value) => ({
      keyword,
      value,
      origin: settings.place(keyword.toLowerCase()) ?? "the defaults",
    }))
  );
}

function printedValues(form: Form, settings: Settings, keyword: string): readonly string[] {
  const values = settings.values(keyword);
  switch (form.kind) {
    case "value": {
      const value = values[0] ?? form.otherwise;
      return value === undefined ? [] : [value];
    }
    case "lines":
      return values.length > 0 ? values : form.otherwise ?? [];
    case "list":
      return [values.length > 0 ? values.join(" ") : form.otherwise];
    case "algorithms":
      return [(expandAlgorithms(form.family, values[0]) ?? []).join(",")];
  }
}

/**
 * The settings in the form of `ssh -G HOST`: a line for each, keyword first.
 *
 * It lists only settings that are read here; hidden values are replaced.
 */
export function formatResolved(resolved: ResolvedHost): string {
  const lines = resolved.settings.map(({ keyword, value }) => `${keyword} ${value}\n`);
  return conceal(lines.join(""), resolved.hidden).text;
}

/** Reports, a line each, where a connection differs from what the printed settings say. */
export function describeDifferences(resolved: ResolvedHost): string {
  const { warnings, unavailable, refusal } = resolved;
  const lines = [
    ...warnings,
    ...unavailable.map(({ text }) => text),
    ...(refusal === undefined ? [] : [`${refusal.message}. ${refusal.advice}`]),
  ];
  return describeOwnDefaults(resolved) +
    conceal(lines.map((line) => `${line}\n`).join(""), resolved.hidden).text;
}

/**
 * Names what is in use here and differs from what `ssh -G` prints; "" where nothing does.
 *
 * ssh sends no keepalive messages unless told to, and so finds a dead peer only when TCP does.
 */
function describeOwnDefaults(resolved: ResolvedHost): string {
  const printed = resolved.settings.find(({ keyword }) => keyword === "serveraliveinterval")?.value;
  const used = resolved.serverAliveIntervalMs / 1000;
  if (printed === String(used)) return "";
  return `serveraliveinterval ${used} is in use, serveralivecountmax ` +
    `${resolved.serverAliveCountMax}: no line of ssh_config sets another\n`;
}
