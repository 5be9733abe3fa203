import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** The claims of a token; those left out are as the server under test wants it. */
export interface TokenOptions {
  readonly sub?: string;
  readonly groups?: readonly string[];
  readonly audience?: string;
  readonly issuer?: string;
  readonly scope?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  /** Seconds from now, for a token that holds later. */
  readonly notBefore?: number;
  /** In place of the key's own name; "" for none. */
  readonly kid?: string;
}

/** The client that the server knows. */
export const CLIENT = { id: "ssh-console", secret: "throwaway-client-secret" } as const;

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: object;
}

/** A double of an OAuth authorization server: metadata, keys that rotate, tokens for the asking. */
export class AuthorizationServer implements AsyncDisposable {
  /** Whether the key set is answered, refused, or never answered. */
  mode: "up" | "broken" | "silent" = "up";
  /** Who sits at the browser. */
  person = "alice";
  /** Tokens that do not hold any more. */
  readonly withdrawn: Set<string> = new Set();
  readonly #codes = new Map<string, { readonly challenge: string; readonly sub: string }>();
  /** Times that the key set was fetched. */
  fetches = 0;
  readonly audience: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = new AbortController();
  #keys: Key[] = [];
  #made = 0;

  private constructor(audience: string) {
    this.audience = audience;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** Starts one on loopback, with a key. */
  static async start(audience: string): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(audience);
    await server.rotate();
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Signs with a new key from now on; as many of the newest keys as told stay known. */
  async rotate(keep = 2): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const kid = `k${++this.#made}`;
    const jwk = { ...await exportJWK(publicKey), kid, alg: "EdDSA", use: "sig" };
    this.#keys = [{ kid, privateKey, jwk }, ...this.#keys].slice(0, keep);
  }

  /** An access token. */
  async token(options: TokenOptions = {}): Promise<string> {
    const { privateKey, kid } = this.#keys[0]!;
    const named = options.kid ?? kid;
    const header = { alg: "EdDSA", typ: "at+jwt", ...(named === "" ? {} : { kid: named }) };
    return await this.#claims(options).setProtectedHeader(header).sign(privateKey);
  }

  /** A token signed by HMAC with what everybody may read: the public key (RFC 8725 §2.1). */
  async confusedToken(): Promise<string> {
    const [{ jwk, kid }] = this.#keys as [Key];
    const secret = Uint8Array.fromBase64((jwk as { readonly x: string }).x, {
      alphabet: "base64url",
    });
    return await this.#claims({}).setProtectedHeader({ alg: "HS256", kid }).sign(secret);
  }

  #claims(options: TokenOptions): SignJWT {
    const { sub = "alice", groups = [], scope = "ssh", notBefore } = options;
    const now = Math.floor(Date.now() / 1000);
    const claims = new SignJWT({ scope, groups: [...groups], client_id: "tests" })
      .setSubject(sub)
      .setIssuer(options.issuer ?? this.issuer)
      .setAudience(options.audience ?? this.audience)
      .setIssuedAt()
      .setExpirationTime(now + (options.expiresIn ?? 600));
    return notBefore === undefined ? claims : claims.setNotBefore(now + notBefore);
  }

  /** The person at the browser is logged in as `person`, and is sent back at once. */
  #authorize(query: URLSearchParams): Response {
    const code = crypto.randomUUID();
    this.#codes.set(code, { challenge: query.get("code_challenge")!, sub: this.person });
    const back = new URL(query.get("redirect_uri")!);
    back.search = `${new URLSearchParams({ code, state: query.get("state")! })}`;
    return new Response(null, { status: 302, headers: { location: back.href } });
  }

  async #exchange(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const begun = this.#codes.get(form.get("code") ?? "");
    this.#codes.delete(form.get("code") ?? "");
    const verifier = new TextEncoder().encode(form.get("code_verifier") ?? "");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", verifier));
    const challenge = digest.toBase64({ alphabet: "base64url", omitPadding: true });
    if (begun?.challenge !== challenge || !this.#knows(request)) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    const access_token = await this.token({ sub: begun.sub });
    return Response.json({ access_token, token_type: "Bearer", expires_in: 600 });
  }

  async #introspect(request: Request): Promise<Response> {
    if (!this.#knows(request)) return Response.json({ error: "invalid_client" }, { status: 401 });
    const token = new URLSearchParams(await request.text()).get("token") ?? "";
    return Response.json({ active: !this.withdrawn.has(token) });
  }

  /** Whether the client of this server asks, with its secret. */
  #knows(request: Request): boolean {
    const [, basic = ""] = /^Basic (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    // Both are encoded as in a form (RFC 6749 §2.3.1).
    return decodeURIComponent(atob(basic)) === `${CLIENT.id}:${CLIENT.secret}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/oauth-authorization-server") {
      return Response.json({
        issuer: this.issuer,
        jwks_uri: `${this.issuer}/jwks`,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        introspection_endpoint: `${this.issuer}/introspect`,
      });
    }
    if (pathname === "/authorize") return this.#authorize(new URL(request.url).searchParams);
    if (pathname === "/token") return await this.#exchange(request);
    if (pathname === "/introspect") return await this.#introspect(request);
    if (pathname !== "/jwks") return new Response(null, { status: 404 });
    this.fetches++;
    if (this.mode === "broken") return new Response(null, { status: 500 });
    if (this.mode === "silent") {
      await new Promise((resolve) => this.#closing.signal.addEventListener("abort", resolve));
    }
    return Response.json({ keys: this.#keys.map(({ jwk }) => jwk) });
  }
}
