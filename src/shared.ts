import { systemClock } from "./clock.ts";
import { readBoundedText } from "./config/bounded_file.ts";
import type { Approvals } from "./guard/approvals.ts";
import type { Caller } from "./guard/caller.ts";
import { Concealer } from "./guard/concealer.ts";
import type { Log } from "./guard/log.ts";
import type { Policy } from "./guard/policy.ts";
import type { RulesReader } from "./guard/rules_file.ts";
import { VOCABULARY } from "./mcp/tools/list.ts";
import { serveShared } from "./serve/serve.ts";
import { readServeSettings } from "./serve/settings.ts";
import type { OpenTenant, TenantHooks } from "./serve/tenants.ts";
import { openServices } from "./services.ts";

/** What the shared server gets from the program. */
export interface SharedOptions {
  readonly version: string;
  readonly policy: Policy;
  readonly rules: RulesReader;
  readonly approvals: Approvals;
  readonly log: Log;
  /** A caller's log: what hides in it are that caller's secrets. */
  readonly logOf: (concealer: Concealer, fields: Readonly<Record<string, string>>) => Log;
  readonly print: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onlyCheck: boolean;
}

/** Runs the shared server to its end, or checks what it needs; returns the exit status. */
export async function openShared(
  environment: Readonly<Record<string, string>>,
  options: SharedOptions,
): Promise<number> {
  const settings = await readServeSettings(environment, (path) => readBoundedText(path));
  if (options.onlyCheck) {
    await options.print("The settings can be used");
    return 0;
  }
  const openTenant = (caller: Caller, hooks: TenantHooks): OpenTenant => {
    const concealer = new Concealer(environment, VOCABULARY);
    const log = options.logOf(concealer, { caller: caller.sub });
    const parts = { ...options, ...hooks, caller, concealer, log, agents: undefined };
    return openServices(environment, parts);
  };
  await serveShared(settings, {
    clock: systemClock,
    log: options.log,
    openServices: openTenant,
    say: options.print,
  }, options.signal);
  return 0;
}
