import { type AlgorithmFamily, expandAlgorithms } from "./ssh_config/algorithms.ts";
import type { PrintedSetting } from "./resolved_host.ts";
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
export const defaultIdentities: readonly string[] = [
  "~/.ssh/id_rsa",
  "~/.ssh/id_ecdsa",
  "~/.ssh/id_ecdsa_sk",
  "~/.ssh/id_ed25519",
  "~/.ssh/id_ed25519_sk",
  "~/.ssh/id_xmss",
  "~/.ssh/id_dsa",
];

const optional: Form = { kind: "value" };

// In the order of ssh -G.
const forms: readonly (readonly [string, Form])[] = [
  ["host", optional],
  ["user", optional],
  ["hostname", optional],
  ["port", { kind: "value", otherwise: "22" }],
  ["tag", optional],
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
  ["bindaddress", optional],
  ["ciphers", { kind: "algorithms", family: "cipher" }],
  ["hostkeyalgorithms", { kind: "algorithms", family: "key" }],
  ["hostkeyalias", optional],
  ["identityagent", optional],
  ["ignoreunknown", optional],
  ["kexalgorithms", { kind: "algorithms", family: "kex" }],
  ["remotecommand", optional],
  ["macs", { kind: "algorithms", family: "mac" }],
  ["preferredauthentications", optional],
  ["revokedhostkeys", optional],
  ["pubkeyacceptedalgorithms", { kind: "algorithms", family: "key" }],
  ["identityfile", { kind: "lines", otherwise: defaultIdentities }],
  ["canonicaldomains", { kind: "list", otherwise: "none" }],
  ["certificatefile", { kind: "lines" }],
  ["globalknownhostsfile", { kind: "list", otherwise: "none" }],
  ["userknownhostsfile", { kind: "list", otherwise: "none" }],
  ["sendenv", { kind: "lines" }],
  ["setenv", { kind: "lines" }],
  ["connecttimeout", { kind: "value", otherwise: "none" }],
  ["canonicalizePermittedcnames", { kind: "list", otherwise: "none" }],
  ["refuseconnection", optional],
  ["proxycommand", optional],
  ["proxyjump", optional],
];

/** Lists what `ssh -G` prints of the settings, defaults included. */
export function listPrinted(settings: Settings): readonly PrintedSetting[] {
  return forms.flatMap(([keyword, form]) =>
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
