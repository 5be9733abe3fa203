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
