import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../../clock.ts";
import type { Caller } from "../../guard/caller.ts";
import type { IssuerSettings } from "../settings.ts";
import {
  FETCH_MS,
  fetchIssuerMetadata,
  issuerTexts,
  IssuerUnreachableError,
} from "./issuer_metadata.ts";

/** A verified caller and what the token allows. */
export interface VerifiedToken {
  readonly caller: Caller;
  readonly scopes: readonly string[];
}

/** The token is none that this server takes; the text is for the challenge. */
export class TokenRefusedError extends Error {}

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

/** An issuer that is down for a day does not lock anybody out whose key is known. */
const KEYS_KEPT_MS = 24 * 3_600_000;
/** Between two looks for a key that is not known. */
const COOLDOWN_MS = 1_000;
const CLOCK_SKEW_S = 30;
const TOKEN_CHARS = 16 * 1024;
/** A token that the issuer called good is not asked about again for so long. */
const ACTIVE_MS = 10_000;
const ACTIVE_KEPT = 10_000;

/** How the issuer is asked whether a token still holds (RFC 7662). */
export interface Inquiry {
  readonly clock: Clock;
  /** @throws {IssuerUnreachableError} */
  readonly isActive: (token: string) => Promise<boolean>;
}

/** Verifies access tokens of one issuer (RFC 9068, RFC 8725); keeps none. */
export class Tokens {
  readonly #settings: IssuerSettings;
  readonly #inquiry: Inquiry | undefined;
  /** Until when tokens count as active, by their digest. */
  readonly #active = new Map<string, number>();
  #keys: Promise<RemoteKeys> | undefined;

  /** `inquiry`: how the issuer is asked whether a token still holds; it is not, without. */
  constructor(settings: IssuerSettings, inquiry?: Inquiry) {
    this.#settings = settings;
    this.#inquiry = inquiry;
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
      await this.#throwIfWithdrawn(token);
      return verified(payload, this.#settings);
    } catch (error) {
      if (error instanceof IssuerUnreachableError) throw error;
      const isUnknownNow = mayBeNew && error instanceof errors.JWKSNoMatchingKey;
      throw isUnknownNow || isOutage(error)
        ? new IssuerUnreachableError(String(error))
        : refused(error);
    }
  }

  /** Where the issuer publishes its keys; asks it anew. */
  async keysUrl(): Promise<URL> {
    const { jwks_uri } = await fetchIssuerMetadata(this.#settings.issuer);
    if (typeof jwks_uri === "string" && URL.canParse(jwks_uri)) return new URL(jwks_uri);
    throw new IssuerUnreachableError("The issuer's metadata name no jwks_uri");
  }

  async #throwIfWithdrawn(token: string): Promise<void> {
    if (this.#inquiry === undefined) return;
    const { clock, isActive } = this.#inquiry;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const key = new Uint8Array(digest).toHex();
    if ((this.#active.get(key) ?? 0) > clock.now()) return;
    this.#active.delete(key);
    if (!await isActive(token)) throw new TokenRefusedError("it was withdrawn");
    this.#active.set(key, clock.now() + ACTIVE_MS);
    if (this.#active.size > ACTIVE_KEPT) this.#active.delete(this.#active.keys().next().value!);
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
  // The database knows neither: two callers would be one there, or no statement that names one works.
  if (!sub.isWellFormed() || sub.includes("\0")) {
    throw new TokenRefusedError("its sub has NUL or half of a character");
  }
  return {
    caller: { sub, groups: textsOf(payload[groupsClaim]), claims: payload },
    scopes: textsOf(scope ?? scp).flatMap((text) => text.split(" ")),
  };
}

function textsOf(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((one) => typeof one === "string");
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
