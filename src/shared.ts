import { systemClock } from "./clock.ts";
import { readBoundedText } from "./config/bounded_file.ts";
import type { AuditTrail } from "./guard/audit/audit_trail.ts";
import type { Approvals } from "./guard/approvals.ts";
import type { Caller } from "./guard/caller.ts";
import { Concealer } from "./guard/concealer.ts";
import type { Log } from "./guard/log.ts";
import type { Policy } from "./guard/policy.ts";
import type { RulesReader } from "./guard/rules_file.ts";
import { VOCABULARY } from "./mcp/tools/list.ts";
import type { CallerCertificates } from "./serve/credentials/caller_certificates.ts";
import { Metrics } from "./serve/metrics.ts";
import { serveShared } from "./serve/serve.ts";
import { readServeSettings, type ServeSettings, type SignerSettings } from "./serve/settings.ts";
import type { OpenTenant, TenantHooks } from "./serve/tenants.ts";
import { namedSecretsOf, openServices } from "./services.ts";

/** An Ed25519 public key whose private half nobody has (RFC 8032 §7.1, test 1). */
const SAMPLE_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

/** The parts that the shared server gets from the program. */
export interface SharedOptions {
  readonly version: string;
  readonly policy: Policy;
  readonly rules: RulesReader;
  readonly approvals: Approvals;
  readonly audit: AuditTrail | undefined;
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
  // Each caller's services read them, and a mistake is to show now.
  namedSecretsOf(environment);
  if (options.onlyCheck) return await check(settings, options.print);
  const metrics = new Metrics();
  const credentialsOf = await credentialsFor(settings.signer, metrics);
  const openTenant = (caller: Caller, hooks: TenantHooks): OpenTenant => {
    const concealer = new Concealer(environment, VOCABULARY);
    const log = options.logOf(concealer, { caller: caller.sub });
    const credentials = credentialsOf(caller.sub);
    return openServices(environment, {
      ...options,
      ...hooks,
      caller,
      concealer,
      log,
      agents: credentials?.agents,
      loginAs: credentials?.loginAs,
    });
  };
  await serveShared(settings, {
    clock: systemClock,
    metrics,
    log: options.log,
    openServices: openTenant,
    approvals: options.approvals,
    say: options.print,
  }, options.signal);
  return 0;
}

/** Tries what the settings name; the exit status. */
async function check(
  settings: ServeSettings,
  print: (line: string) => Promise<void>,
): Promise<number> {
  const [{ checkServe }, { openDatabase }, { signerOf }] = await Promise.all([
    import("./serve/check.ts"),
    import("./serve/member.ts"),
    import("./serve/credentials/signer.ts"),
  ]);
  const { cluster, signer } = settings;
  await using store = cluster && await openDatabase(systemClock, cluster, () => {});
  const isWell = await checkServe(settings, {
    clock: systemClock,
    print,
    store,
    trySigner: signer &&
      (() => signerOf(signer)({ publicKey: SAMPLE_KEY, keyId: "check", principal: "check" })),
  });
  return isWell ? 0 : 1;
}

/** Certificates for each caller; undefined where the server's own keys are what it logs in with. */
async function credentialsFor(
  settings: SignerSettings | undefined,
  metrics: Metrics,
): Promise<(sub: string) => CallerCertificates | undefined> {
  if (settings === undefined) return () => undefined;
  const [{ CallerCertificates }, { signerOf }] = await Promise.all([
    import("./serve/credentials/caller_certificates.ts"),
    import("./serve/credentials/signer.ts"),
  ]);
  const signer = signerOf(settings);
  return (sub) =>
    new CallerCertificates({
      clock: systemClock,
      signer,
      sub,
      settings,
      onSigned: (outcome) => metrics.count("mcp_ssh_certificates_total", { outcome }),
    });
}
