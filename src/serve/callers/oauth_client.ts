import * as oauth from "oauth4webapi";
import type { IssuerSettings } from "../settings.ts";
import type { ClientSettings } from "./client_settings.ts";
import { FETCH_MS, fetchIssuerMetadata, IssuerUnreachableError } from "./issuer_metadata.ts";

/** A login that a browser has begun at the issuer. */
export interface BegunLogin {
  /** Ties the answer to the browser that asked. */
  readonly state: string;
  /** PKCE (RFC 7636): only who began it can end it. */
  readonly verifier: string;
}

/** The issuer refused, or its answer belongs to no login that was begun. */
export class LoginRefusedError extends Error {}

/** This server as a client of the issuer: it logs browsers in, and asks whether tokens still hold. */
export class OAuthClient {
  readonly #issuer: IssuerSettings;
  readonly #client: oauth.Client;
  readonly #auth: oauth.ClientAuth;
  #server: Promise<oauth.AuthorizationServer> | undefined;

  constructor({ id, secret }: ClientSettings, issuer: IssuerSettings) {
    this.#issuer = issuer;
    this.#client = { client_id: id };
    this.#auth = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);
  }

  /** Where a browser is sent to log in (RFC 6749 §4.1.1, RFC 7636). */
  async begin(callback: URL): Promise<BegunLogin & { readonly url: URL }> {
    const { audience, scope } = this.#issuer;
    const server = await this.#metadata();
    const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
    const url = new URL(endpointOf(server, "authorization_endpoint"));
    const values = {
      response_type: "code",
      client_id: this.#client.client_id,
      redirect_uri: callback.href,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      scope: scope ?? "openid",
      // An audience of its own is one that the issuer does not know as a resource (RFC 8707).
      ...(URL.canParse(audience) ? { resource: audience } : {}),
    };
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    return { url, state, verifier };
  }

  /**
   * The access token of a login.
   *
   * @throws {LoginRefusedError} {IssuerUnreachableError}
   */
  async finish(
    answered: URL,
    { state, verifier, callback }: BegunLogin & { readonly callback: URL },
  ): Promise<string> {
    const server = await this.#metadata();
    try {
      const values = oauth.validateAuthResponse(server, this.#client, answered, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        this.#client,
        this.#auth,
        values,
        callback.href,
        verifier,
        this.#options(server),
      );
      const answer = await oauth.processAuthorizationCodeResponse(server, this.#client, response);
      return answer.access_token;
    } catch (error) {
      throw new LoginRefusedError(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Whether a token still holds (RFC 7662): it may have been withdrawn, or its person logged out.
   *
   * @throws {IssuerUnreachableError}
   */
  async isActive(token: string): Promise<boolean> {
    const server = await this.#metadata();
    try {
      const options = this.#options(server);
      const response = await oauth.introspectionRequest(
        server,
        this.#client,
        this.#auth,
        token,
        options,
      );
      const { active } = await oauth.processIntrospectionResponse(server, this.#client, response);
      return active;
    } catch (error) {
      throw new IssuerUnreachableError(String(error));
    }
  }

  #metadata(): Promise<oauth.AuthorizationServer> {
    this.#server ??= fetchIssuerMetadata(this.#issuer.issuer).then((document) =>
      document as unknown as oauth.AuthorizationServer
    ).catch((error) => {
      this.#server = undefined;
      throw error;
    });
    return this.#server;
  }

  /** An issuer without TLS is the operator's own choice: its URL says so. */
  #options(
    { issuer }: oauth.AuthorizationServer,
  ): oauth.HttpRequestOptions<"POST", URLSearchParams> {
    return {
      [oauth.allowInsecureRequests]: issuer.startsWith("http:"),
      signal: () => AbortSignal.timeout(FETCH_MS),
    };
  }
}

function endpointOf(server: oauth.AuthorizationServer, name: "authorization_endpoint"): string {
  const endpoint = server[name];
  if (endpoint === undefined) throw new IssuerUnreachableError(`The issuer names no ${name}`);
  return endpoint;
}
