import { conceal } from "./conceal.ts";
import type { ResolvedHost } from "./resolved_host.ts";

/**
 * The settings in the form of `ssh -G HOST`: a line for each, keyword first.
 *
 * Only what has an effect here stands in it; hidden values are replaced.
 */
export function formatResolved(resolved: ResolvedHost): string {
  const lines = resolved.settings.map(({ keyword, value }) => `${keyword} ${value}\n`);
  return conceal(lines.join(""), resolved.hidden).text;
}

/**
 * Lines on what is in use here and differs from what `ssh -G` prints; "" where nothing does.
 *
 * ssh sends no keepalive messages unless told to, and so finds a dead peer only when TCP does.
 */
export function describeOwnDefaults(resolved: ResolvedHost): string {
  const printed = resolved.settings.find(({ keyword }) => keyword === "serveraliveinterval")?.value;
  const used = resolved.serverAliveIntervalMs / 1000;
  if (printed === String(used)) return "";
  return `serveraliveinterval ${used} is in use, serveralivecountmax ` +
    `${resolved.serverAliveCountMax}: no line of ssh_config sets another\n`;
}
