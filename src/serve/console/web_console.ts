import type { Clock } from "../../clock.ts";
import type { BegunLogin, OAuthClient } from "../callers/oauth_client.ts";
import { LoginRefusedError } from "../callers/oauth_client.ts";
import { IssuerUnreachableError } from "../callers/issuer_metadata.ts";
import { TokenRefusedError, type Tokens } from "../callers/tokens.ts";
import type { SharedApprovals } from "../cluster/shared_approvals.ts";
import type { SealedBoxes } from "../cluster/sealed.ts";
import { HeldBytes, readBody } from "../http/request_body.ts";
import { BrowserCookies } from "./browser_session.ts";
import { GRANT_MINUTES, pageHeaders, requestsPage, wordPage } from "./console_page.ts";

const LOGIN_S = 600;
/** Afterwards the issuer is asked again, which shows no page while the person is logged in there. */
const SESSION_S = 3_600;
const FORM_BYTES = 4_096;
const FORM_MS = 10_000;

/** The parts of {@link WebConsole}. */
export interface WebConsoleParts {
  readonly clock: Clock;
  /** Public URL of the MCP endpoint; the console is beside it. */
  readonly resource: URL;
  readonly tokens: Tokens;
  readonly client: OAuthClient;
  readonly boxes: SealedBoxes;
  readonly approvals: SharedApprovals;
}

/**
 * The page where persons answer the requests of their own agents, behind the issuer's login.
 *
 * A caller's token opens nothing here: whoever holds it may be the agent that is asked about.
 */
export class WebConsole {
  readonly #parts: WebConsoleParts;
  readonly #cookies: BrowserCookies;
  readonly #callback: URL;

  constructor(parts: WebConsoleParts) {
    const { clock, boxes, resource } = parts;
    this.#parts = parts;
    this.#cookies = new BrowserCookies(clock, boxes, resource.protocol === "https:");
    this.#callback = new URL("/console/callback", resource);
  }

  /** Answers a request of a browser; undefined for other paths. */
  async answer(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /console":
        return await this.#show(request);
      case "GET /console/callback":
        return await this.#finish(request);
      case "POST /console/answer":
        return await this.#decide(request);
      case "POST /console/logout":
        return this.#logOut(request);
    }
    return undefined;
  }

  async #show(request: Request): Promise<Response> {
    const caller = await this.#callerOf(request);
    if (caller === undefined) return await this.#begin();
    const approvals = await this.#parts.approvals.pending(caller);
    return html(200, (nonce) => requestsPage(caller, approvals, nonce));
  }

  async #begin(): Promise<Response> {
    try {
      const { url, ...begun } = await this.#parts.client.begin(this.#callback);
      return redirect(url.href, [await this.#cookies.write("mcp_ssh_login", begun, LOGIN_S)]);
    } catch (error) {
      return failed(error);
    }
  }

  async #finish(request: Request): Promise<Response> {
    const begun = await this.#cookies.read("mcp_ssh_login", request) as BegunLogin | undefined;
    if (begun === undefined) return word(400, "This browser has begun no login");
    const answered = new URL(this.#callback);
    answered.search = new URL(request.url).search;
    try {
      const { client, tokens } = this.#parts;
      const token = await client.finish(answered, { ...begun, callback: this.#callback });
      const { caller: { sub } } = await tokens.verify(token);
      return redirect("/console", [
        await this.#cookies.write("mcp_ssh_console", sub, SESSION_S),
        this.#cookies.drop("mcp_ssh_login"),
      ]);
    } catch (error) {
      return failed(error);
    }
  }

  async #decide(request: Request): Promise<Response> {
    const caller = await this.#callerOf(request);
    if (caller === undefined) return word(401, "Nobody is logged in");
    if (!this.#isOwnPage(request)) return word(403, "That was sent by another page");
    const { clock, approvals } = this.#parts;
    const held = new HeldBytes(FORM_BYTES);
    const body = await readBody(request, { clock, held, bytes: FORM_BYTES, timeMs: FORM_MS });
    if (body.kind !== "text") return word(413, "That is too long, or came too slowly");
    const form = new URLSearchParams(body.text);
    const decision = { kind: form.get("kind"), minutes: GRANT_MINUTES };
    const isTaken = await approvals.answer(caller, form.get("id") ?? "", decision);
    if (isTaken) return redirect("/console", []);
    return word(409, "That was answered or withdrawn before, or is none of yours");
  }

  #logOut(request: Request): Response {
    if (!this.#isOwnPage(request)) return word(403, "That was sent by another page");
    return word(200, "You are logged out here", [this.#cookies.drop("mcp_ssh_console")]);
  }

  async #callerOf(request: Request): Promise<string | undefined> {
    const data = await this.#cookies.read("mcp_ssh_console", request);
    return typeof data === "string" ? data : undefined;
  }

  /** Browsers send an Origin with each form. */
  #isOwnPage(request: Request): boolean {
    return request.headers.get("origin") === this.#parts.resource.origin;
  }
}

function failed(error: unknown): Response {
  if (error instanceof IssuerUnreachableError) {
    return word(503, "The login service cannot be reached now");
  }
  if (error instanceof LoginRefusedError || error instanceof TokenRefusedError) {
    return word(403, `You were not logged in: ${error.message}`);
  }
  throw error;
}

function word(status: number, text: string, cookies: readonly string[] = []): Response {
  return html(status, (nonce) => wordPage(text, nonce), cookies);
}

function html(
  status: number,
  page: (nonce: string) => string,
  cookies: readonly string[] = [],
): Response {
  const nonce = crypto.randomUUID();
  const headers = new Headers(pageHeaders(nonce));
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(page(nonce), { status, headers });
}

function redirect(to: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location: to, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
