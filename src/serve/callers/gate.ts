import { getOAuthProtectedResourceMetadataUrl } from "@modelcontextprotocol/server";
import type { Caller } from "../../guard/caller.ts";
import type { IssuerSettings, ServeSettings } from "../settings.ts";
import { IssuerUnreachableError } from "./issuer_metadata.ts";
import { TokenRefusedError, type Tokens } from "./tokens.ts";

/** The one caller of a server on loopback without an issuer. */
const LOCAL_CALLER: Caller = { sub: "local", groups: [], claims: {} };

const RETRY_AFTER_S = "2";

/** Says who calls, or answers in place of the endpoint. */
export interface Gate {
  admit(request: Request): Promise<Caller | Response>;
  /** The protected resource metadata (RFC 9728); undefined for other paths. */
  metadata(request: Request): Response | undefined;
}

/** The gate of a server: by bearer tokens (RFC 6750), or open on loopback without an issuer. */
export function gateOf(settings: ServeSettings, tokens: Tokens | undefined): Gate {
  const { issuer, resource } = settings;
  if (issuer === undefined || tokens === undefined) {
    return { admit: () => Promise.resolve(LOCAL_CALLER), metadata: () => undefined };
  }
  const metadataUrl = new URL(getOAuthProtectedResourceMetadataUrl(resource));
  return {
    admit: (request) => admit(request, { tokens, issuer, metadataUrl }),
    metadata: (request) => metadata(request, { issuer, resource, metadataUrl }),
  };
}

interface GateParts {
  readonly tokens: Tokens;
  readonly issuer: IssuerSettings;
  readonly metadataUrl: URL;
}

async function admit(request: Request, parts: GateParts): Promise<Caller | Response> {
  const { tokens, issuer: { scope } } = parts;
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i
    .exec(request.headers.get("authorization") ?? "") ?? [];
  if (token === undefined) return challenge(401, parts, undefined);
  try {
    const { caller, scopes } = await tokens.verify(token);
    if (scope === undefined || scopes.includes(scope)) return caller;
    return challenge(403, parts, {
      error: "insufficient_scope",
      description: "the token lacks the scope",
    });
  } catch (error) {
    if (error instanceof IssuerUnreachableError) return unavailable();
    if (!(error instanceof TokenRefusedError)) throw error;
    return challenge(401, parts, { error: "invalid_token", description: error.message });
  }
}

/** A refused token would be thrown away and asked for anew; this one may be good (RFC 9110 §15.6.4). */
function unavailable(): Response {
  return Response.json({
    error: "temporarily_unavailable",
    error_description: "The issuer's keys cannot be fetched now",
  }, { status: 503, headers: { "retry-after": RETRY_AFTER_S } });
}

interface Refusal {
  readonly error: "invalid_token" | "insufficient_scope";
  readonly description: string;
}

function challenge(
  status: 401 | 403,
  { issuer, metadataUrl }: GateParts,
  refusal: Refusal | undefined,
): Response {
  const facts = {
    ...(refusal ? { error: refusal.error, error_description: refusal.description } : {}),
    ...(issuer.scope === undefined ? {} : { scope: issuer.scope }),
    resource_metadata: metadataUrl.href,
  };
  const quoted = Object.entries(facts).map(([name, value]) =>
    `${name}="${value.replace(/[^\x20-\x7e]|["\\]/g, " ")}"`
  );
  return Response.json(
    { error: refusal?.error ?? "invalid_token", error_description: refusal?.description },
    { status, headers: { "www-authenticate": `Bearer ${quoted.join(", ")}` } },
  );
}

function metadata(
  request: Request,
  { issuer, resource, metadataUrl }: Omit<GateParts, "tokens"> & { readonly resource: URL },
): Response | undefined {
  const { pathname } = new URL(request.url);
  if (pathname !== metadataUrl.pathname && pathname !== "/.well-known/oauth-protected-resource") {
    return undefined;
  }
  if (request.method !== "GET") {
    return new Response(null, { status: 405, headers: { allow: "GET" } });
  }
  return Response.json({
    resource: resource.href,
    authorization_servers: [issuer.name],
    bearer_methods_supported: ["header"],
    resource_name: "mcp-ssh-session",
    ...(issuer.scope === undefined ? {} : { scopes_supported: [issuer.scope] }),
  }, { headers: { "access-control-allow-origin": "*" } });
}
