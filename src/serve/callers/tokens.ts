import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import type { Caller } from "../../guard/caller.ts";
import type { IssuerSettings } from "../settings.ts";

/** A verified caller and what the token allows. */
export interface VerifiedToken {
  readonly caller: Caller;
  readonly scopes: readonly string[];
}

/** The token is none that this server takes; the text is for the challenge. */
export class TokenRefusedError extends Error {}

/** Whether the token is good cannot be found out now. */
export class IssuerUnreachableError extends Error {}

/** Signatures that only the issuer's private key makes. */
const ALGORITHMS = [
  "EdDSA",
  "Ed25519",
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
];
type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

const FETCH_MS = 3_000;
/** An issuer that is down for a day does not lock anybody out whose key is known. */
const KEYS_KEPT_MS = 24 * 3_600_000;
/** Between two looks for a key that is not known. */
const COOLDOWN_MS = 1_000;
const CLOCK_SKEW_S = 30;
const TOKEN_CHARS = 16 * 1024;
const DOCUMENT_BYTES = 1024 * 1024;

/** Verifies access tokens of one issuer (RFC 9068, RFC 8725); keeps none. */
export class Tokens {
  readonly #settings: IssuerSettings;
  #keys: Promise<RemoteKeys> | undefined;

  constructor(settings: IssuerSettings) {
    this.#settings = settings;
  }

  /**
   * The caller that a token names.
   *
   * @throws {TokenRefusedError} {IssuerUnreachableError}
   */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.length > TOKEN_CHARS) throw new TokenRefusedError("the token is too long");
    const { issuer, audience } = this.#settings;
    // A key that is not known was not looked for while the last look is too recent.
    let mayBeNew = false;
    try {
      const keys = await this.#keySet();
      mayBeNew = keys.coolingDown;
      const { payload } = await jwtVerify(token, keys, {
        issuer: issuerTexts(issuer),
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["sub", "exp", "iss", "aud"],
        clockTolerance: CLOCK_SKEW_S,
      });
      return verified(payload, this.#settings);
    } catch (error) {
      const isUnknownNow = mayBeNew && error instanceof errors.JWKSNoMatchingKey;
      throw isUnknownNow || isOutage(error)
        ? new IssuerUnreachableError(String(error))
        : refused(error);
    }
  }

  /** Where the issuer publishes its keys; asks it anew. */
  async keysUrl(): Promise<URL> {
    return await discoverKeys(this.#settings.issuer);
  }

  #keySet(): Promise<RemoteKeys> {
    this.#keys ??= this.keysUrl().then((url) =>
      createRemoteJWKSet(url, {
        timeoutDuration: FETCH_MS,
        cacheMaxAge: KEYS_KEPT_MS,
        cooldownDuration: COOLDOWN_MS,
      })
    ).catch((error) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }
}

function verified(payload: JWTPayload, { groupsClaim }: IssuerSettings): VerifiedToken {
  const { sub, scope, scp } = payload as JWTPayload & Record<"scope" | "scp", unknown>;
  if (typeof sub !== "string" || sub === "") throw new TokenRefusedError("its sub is no text");
  return {
    caller: { sub, groups: textsOf(payload[groupsClaim]), claims: payload },
    scopes: textsOf(scope ?? scp).flatMap((text) => text.split(" ")),
  };
}

function textsOf(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((one) => typeof one === "string");
}

/** As written, with and without the slash that a URL has and an issuer's name often has not. */
function issuerTexts({ href }: URL): string[] {
  return href.endsWith("/") ? [href, href.slice(0, -1)] : [href];
}

/** The token's fault, in jose's own code; all else is not known to be one. */
function isOutage(error: unknown): boolean {
  if (error instanceof TokenRefusedError) return false;
  if (error instanceof errors.JWKSTimeout) return true;
  if (!(error instanceof errors.JOSEError)) return true;
  return error.code === "ERR_JOSE_GENERIC" || error.code === "ERR_JWKS_INVALID";
}

function refused(error: unknown): TokenRefusedError {
  if (error instanceof TokenRefusedError) return error;
  if (error instanceof errors.JWTExpired) return new TokenRefusedError("it has expired");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefusedError(`its ${error.claim} is not accepted`);
  }
  return new TokenRefusedError(`it cannot be verified (${(error as errors.JOSEError).code})`);
}

/** RFC 8414 §3.1 and OpenID Connect Discovery §4. */
async function discoverKeys(issuer: URL): Promise<URL> {
  const path = issuer.pathname.replace(/\/$/, "");
  const places = [
    `/.well-known/oauth-authorization-server${path}`,
    `${path}/.well-known/openid-configuration`,
    `/.well-known/openid-configuration${path}`,
  ];
  let seen: unknown;
  for (const place of places) {
    try {
      return await keysOf(new URL(place, issuer), issuer);
    } catch (error) {
      seen = error;
    }
  }
  throw new IssuerUnreachableError(`Metadata of ${issuer.href} cannot be fetched: ${seen}`);
}

async function keysOf(place: URL, issuer: URL): Promise<URL> {
  const response = await fetch(place, {
    signal: AbortSignal.timeout(FETCH_MS),
    headers: { accept: "application/json" },
  });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`${place.href} answers ${response.status}`);
  const { issuer: name, jwks_uri } = Object(JSON.parse(text)) as Record<string, unknown>;
  if (!issuerTexts(issuer).includes(String(name))) {
    throw new Error(`${place.href} is of another issuer: ${String(name).slice(0, 200)}`);
  }
  return new URL(String(jwks_uri));
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES) throw new Error(`${response.url} is too long`);
    parts.push(chunk);
  }
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
}
