import { conceal } from "../config/conceal.ts";
import { readOverrides } from "../config/overrides.ts";
import type { HiddenValue } from "../config/resolved_host.ts";
import { parseTarget } from "../config/target.ts";

const OVERRIDE = /^OVRD_(.+?)_(?:HOST|PORT|USER|KEY|PASS|SUDO_PASS|ENABLE_PASS)$/;

/**
 * Makes the function that hides overridden values in texts of unknown origin.
 *
 * All values of the host in question are hidden, and of every other host its address and secrets:
 * their user and port may be ordinary words elsewhere.
 */
export function concealer(
  environment: Readonly<Record<string, string>>,
): (text: string, host: string | undefined) => string {
  const aliases = Object.keys(environment).map((name) => OVERRIDE.exec(name)?.[1]);
  const everywhere = [...new Set(aliases)].flatMap((alias) => {
    const hidden = alias === undefined ? [] : hiddenOf(alias, environment);
    const address = alias === undefined ? undefined : environment[`OVRD_${alias}_HOST`];
    return hidden.filter(({ kind, value }) => kind === "secret" || value === address);
  });
  if (everywhere.length === 0 && aliases.every((alias) => alias === undefined)) {
    return (text) => text;
  }
  return (text, host) => {
    const own = host === undefined ? [] : hiddenOf(aliasOf(host), environment);
    return conceal(text, [...own, ...everywhere]).text;
  };
}

function hiddenOf(
  alias: string,
  environment: Readonly<Record<string, string>>,
): readonly HiddenValue[] {
  try {
    return readOverrides(alias, environment).hidden;
  } catch {
    return []; // A port that is none is reported when the host is used.
  }
}

function aliasOf(host: string): string {
  try {
    return parseTarget({ host }).alias;
  } catch {
    return host;
  }
}
