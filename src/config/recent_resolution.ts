import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "./resolved_host.ts";

/** How long an answer is used again, in milliseconds. */
const KEPT_MS = 1_000;

type Resolve<T> = (target: T) => Promise<ResolvedHost>;

/**
 * Answers the same target again for a second: reading ssh_config takes as long as a warm command.
 *
 * Failures are not kept.
 */
export function rememberResolutions<T>(resolve: Resolve<T>, clock: Clock): Resolve<T> {
  const known = new Map<string, Promise<ResolvedHost>>();
  return (target) => {
    const key = JSON.stringify(target);
    const recent = known.get(key);
    if (recent) return recent;
    const resolved = resolve(target);
    known.set(key, resolved);
    resolved.catch(() => known.delete(key));
    clock.after(KEPT_MS, () => known.delete(key));
    return resolved;
  };
}
