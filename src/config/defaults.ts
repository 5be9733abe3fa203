import { ConfigError } from "../errors.ts";
import { type AlgorithmFamily, expandAlgorithms } from "./ssh_config/algorithms.ts";
import type { Expander } from "./ssh_config/expand.ts";
import { printJump } from "./ssh_config/jump_list.ts";
import { lowerCase } from "./ssh_config/pattern.ts";
import type { Settings } from "./ssh_config/settings.ts";

/** Facts that the files alone do not contain. */
export interface DefaultFacts {
  /** As typed. */
  readonly alias: string;
  /** Canonical. */
  readonly hostname: string;
  readonly localUser: string;
}

/** The place of a setting that only BatchMode implies. */
export const BATCH_MODE = "BatchMode";

/**
 * Completes the settings as ssh does before it prints them; nothing is expanded yet.
 *
 * @throws {ConfigError} Where ssh would print nothing.
 */
export function fillInDefaults(settings: Settings, facts: DefaultFacts): void {
  const { alias, hostname, localUser } = facts;
  settings.replace("host", [alias]);
  settings.replace("hostname", [hostname]);
  settings.claim("user", [localUser], "the local user");
  settings.claim("port", ["22"], "the defaults");
  const keyAlias = settings.value("hostkeyalias");
  if (keyAlias !== undefined) settings.replace("hostkeyalias", [lowerCase(keyAlias)]);
  if (settings.value("batchmode") === "yes") {
    settings.claim("serveraliveinterval", ["300"], BATCH_MODE);
  }
  if (settings.value("connectionattempts") === "0") {
    throw new ConfigError(
      `${settings.place("connectionattempts")}: connectionattempts: it must be at least 1`,
      "Correct the line; ssh refuses it too",
    );
  }
  for (const keyword of ["remotecommand", "proxycommand"]) {
    if (lowerCase(settings.value(keyword) ?? "") === "none") settings.replace(keyword, []);
  }
  if (settings.values("canonicalizepermittedcnames")[0] === "none") {
    settings.replace("canonicalizepermittedcnames", []);
  }
  const jump = settings.value("proxyjump");
  const printed = jump === undefined ? undefined : printJump(jump);
  settings.replace("proxyjump", printed === undefined ? [] : [printed]);
  requireAlgorithms(settings);
}

const ALGORITHM_LISTS: readonly (readonly [string, AlgorithmFamily])[] = [
  ["ciphers", "cipher"],
  ["macs", "mac"],
  ["kexalgorithms", "kex"],
  ["pubkeyacceptedalgorithms", "key"],
  ["hostkeyalgorithms", "key"],
];

function requireAlgorithms(settings: Settings): void {
  for (const [keyword, family] of ALGORITHM_LISTS) {
    if (expandAlgorithms(family, settings.value(keyword)) !== undefined) continue;
    throw new ConfigError(
      `${settings.place(keyword)}: ${keyword}: the list leaves no algorithm that ssh knows`,
      "Correct the line; ssh refuses it too",
    );
  }
}

/**
 * Expands those settings that ssh prints expanded.
 *
 * @throws {ConfigError} At an unknown token or a variable that is not set.
 */
export function expandPrinted(settings: Settings, expander: Expander): void {
  const command = settings.value("remotecommand");
  if (command !== undefined) {
    settings.replace("remotecommand", [expander.tokens("remotecommand", command)]);
  }
  const agent = settings.value("identityagent");
  if (agent !== undefined) {
    settings.replace("identityagent", [expander.path("identityagent", agent)]);
  }
  settings.claim(
    "userknownhostsfile",
    ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"],
    "the defaults",
  );
  const files = withoutNone(settings.values("userknownhostsfile"));
  const expanded = files.map((file) => expander.path("userknownhostsfile", file));
  settings.replace("userknownhostsfile", expanded);
  settings.claim("globalknownhostsfile", [
    "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
  ], "the defaults");
  const global = withoutNone(settings.values("globalknownhostsfile"));
  settings.replace("globalknownhostsfile", global);
  settings.replace("revokedhostkeys", withoutNone(settings.values("revokedhostkeys")));
}

function withoutNone(values: readonly string[]): readonly string[] {
  return lowerCase(values[0] ?? "none") === "none" ? [] : values;
}
