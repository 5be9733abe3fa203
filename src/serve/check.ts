import { type Clock, within } from "../clock.ts";
import type { ClientSettings } from "./callers/client_settings.ts";
import { Tokens } from "./callers/tokens.ts";
import type { ClusterStore } from "./cluster/store.ts";
import type { IssuerSettings, ServeSettings } from "./settings.ts";

const LIMIT_MS = 10_000;

/** The parts that a check works with. */
export interface CheckParts {
  readonly clock: Clock;
  readonly print: (line: string) => Promise<void>;
  /** Undefined without a cluster. */
  readonly store: ClusterStore | undefined;
  /** Signs a key of no use; undefined without a signer. */
  readonly trySigner: (() => Promise<unknown>) | undefined;
}

/** Tries everything that the settings name and says how each is; whether all is well. */
export async function checkServe(settings: ServeSettings, parts: CheckParts): Promise<boolean> {
  const { issuer, client, cluster } = settings;
  const { store, trySigner } = parts;
  const checks: (readonly [string, (() => Promise<unknown>) | undefined, string])[] = [
    [
      "issuer",
      issuer && (() => new Tokens(issuer).keysUrl().then(({ href }) => `its keys are at ${href}`)),
      "none: one caller, on loopback",
    ],
    [
      "console",
      client && issuer && (() => loginUrl(client, { issuer, resource: settings.resource })),
      "none: clients ask their persons themselves",
    ],
    ["database", store && (() => store.prepare().then(() => "reached, with its tables")), "none"],
    ["peers", store && (() => peersOf(store)), "none: one replica"],
    [
      "peer address",
      cluster && (() => Promise.resolve(cluster.peerUrl.href)),
      "none: one replica",
    ],
    [
      "signer",
      trySigner && (() => trySigner().then(() => "makes certificates")),
      "none: the server's own keys log in",
    ],
  ];
  await parts.print(`[ok] settings: ${settings.resource.href}`);
  let isWell = true;
  for (const [name, check, absent] of checks) {
    isWell = await one(name, check ?? (() => Promise.resolve(absent)), parts) && isWell;
  }
  return isWell;
}

/** The issuer's page where browsers log in. */
async function loginUrl(
  client: ClientSettings,
  { issuer, resource }: { readonly issuer: IssuerSettings; readonly resource: URL },
): Promise<string> {
  const { OAuthClient } = await import("./callers/oauth_client.ts");
  const { url } = await new OAuthClient(client, issuer).begin(
    new URL("/console/callback", resource),
  );
  return `browsers log in at ${url.origin}${url.pathname}`;
}

async function one(
  name: string,
  check: () => Promise<unknown>,
  { clock, print }: CheckParts,
): Promise<boolean> {
  try {
    const seen = await within(clock, LIMIT_MS, check());
    if (seen === undefined) throw new Error(`no answer within ${LIMIT_MS / 1000} s`);
    await print(`[ok] ${name}: ${seen}`);
    return true;
  } catch (error) {
    await print(`[failed] ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** Replicas that run now; each is asked over TCP whether it listens. */
async function peersOf(store: ClusterStore): Promise<string> {
  const replicas = await store.replicas();
  const words = await Promise.all(replicas.map(async ({ url }) => {
    try {
      const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      // Without the secret in a sealed ticket that is the answer of a replica.
      if (response.status === 401) return undefined;
      return `${url} answers ${response.status}, as no replica does`;
    } catch (error) {
      return `${url} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
    }
  }));
  const faults = words.filter((word) => word !== undefined);
  if (faults.length > 0) throw new Error(faults.join("; "));
  return replicas.length === 0 ? "none runs now" : `${replicas.length} reached`;
}
