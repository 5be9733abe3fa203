import { ConfigError } from "../errors.ts";
import type { Environment } from "./ssh_config/expand.ts";
import type { HiddenValue } from "./resolved_host.ts";
import { parsePort } from "./ssh_config/values.ts";

/** The operator's replacements for an alias's settings. */
export interface Overrides {
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly identityFile: string | undefined;
  readonly sudoPassword: string | undefined;
  readonly enablePassword: string | undefined;
  /** A device profile; no secret. */
  readonly deviceType: string | undefined;
  /** All of them but the profile, longest first. */
  readonly hidden: readonly HiddenValue[];
}

/**
 * Reads OVRD_<alias>_HOST, PORT, USER, PASS, KEY, SUDO_PASS, ENABLE_PASS and DEVICE.
 *
 * In the alias each character outside [A-Za-z0-9_] becomes `_`. An empty variable counts as
 * not set.
 *
 * @throws {ConfigError} For a port that is none; names the variable, not its value.
 */
export function readOverrides(alias: string, environment: Environment): Overrides {
  const prefix = `OVRD_${alias.replace(/[^A-Za-z0-9_]/gu, "_")}_`;
  const read = (name: string): string | undefined => {
    const key = prefix + name;
    return Object.hasOwn(environment, key) ? environment[key] || undefined : undefined;
  };
  const portText = read("PORT");
  const port = portText === undefined ? undefined : parsePort(portText);
  if (portText !== undefined && port === undefined) {
    throw new ConfigError(
      `${prefix}PORT is not a port from 1 to 65535`,
      "Correct the variable in the server's environment",
    );
  }
  const hostname = read("HOST")?.replace(/^\[(.*)\]$/s, "$1");
  const names = [read("HOST"), hostname, read("USER"), port === 22 ? undefined : portText];
  const secrets = [read("PASS"), read("SUDO_PASS"), read("ENABLE_PASS"), read("KEY")];
  return {
    hostname,
    port,
    user: read("USER"),
    password: read("PASS"),
    identityFile: read("KEY"),
    sudoPassword: read("SUDO_PASS"),
    enablePassword: read("ENABLE_PASS"),
    deviceType: read("DEVICE"),
    hidden: sortHidden([
      ...names.map((value): HiddenValue => ({ kind: "name", value: value ?? "", shownAs: alias })),
      ...secrets.map(hideSecret),
    ]),
  };
}

/** Hidden values without empty and double ones, longest first. */
export function sortHidden(hidden: readonly HiddenValue[]): readonly HiddenValue[] {
  const byValue = new Map(hidden.map((item) => [`${item.kind} ${item.value}`, item]));
  return [...byValue.values()]
    .filter((item) => item.value !== "")
    .sort((a, b) => b.value.length - a.value.length);
}

/** A value of which nothing may show. */
export function hideSecret(value: string | undefined): HiddenValue {
  return { kind: "secret", value: value ?? "", shownAs: "[redacted]" };
}
