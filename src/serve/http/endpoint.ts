import {
  type AuthInfo,
  createMcpHandler,
  type McpHttpHandler,
  type McpServer,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../clock.ts";
import type { Caller } from "../../guard/caller.ts";
import type { Log } from "../../guard/log.ts";
import { hasMoreMembers } from "./json_members.ts";
import { HeldBytes, readBody } from "./request_body.ts";
import { whenOver } from "./response_end.ts";

/** 2 MiB of control characters are 12 MB of JSON. */
const BODY_BYTES = 16 * 1024 * 1024;
const BODY_MS = 30_000;
/** Each may take 10 µs, in which no other caller is answered. */
const MEMBERS = 20_000;
const KEEP_ALIVE_MS = 10_000;
/** Of one caller at a time: calls until they are answered, bytes of bodies until they are read. */
const CALLS_LIMIT = 1_000;
const HELD_BYTES = 64 * 1024 * 1024;

/** The parts of {@link McpEndpoint}. */
export interface EndpointParts {
  readonly clock: Clock;
  readonly log: Log;
  /** A server object for one request of a caller. */
  readonly createServer: (caller: Caller) => Promise<McpServer>;
  /** The client of an earlier request takes it back, with a reason. */
  readonly cancel: (key: string, reason: string) => void;
  readonly onRefused: (reason: "body" | "slow" | "busy") => void;
}

/** The MCP endpoint: Streamable HTTP of the revisions 2025-11-25 and 2026-07-28, without sessions. */
export class McpEndpoint {
  readonly #parts: EndpointParts;
  readonly #handler: McpHttpHandler;
  readonly #open = new Map<string, Open>();

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.#handler = createMcpHandler(
      ({ authInfo }) => parts.createServer(callerOf(authInfo)),
      {
        legacy: "stateless",
        // A silent call sends nothing in "auto" mode, and proxies cut what is silent.
        responseMode: "sse",
        keepAliveMs: KEEP_ALIVE_MS,
        maxRequestBodySize: BODY_BYTES,
        onerror: ({ message }) => parts.log.debug("protocol", { error: message }),
      },
    );
  }

  /** Answers one request of a caller. */
  async answer(request: Request, caller: Caller): Promise<Response> {
    const open = this.#open.get(caller.sub) ?? { calls: 0, held: new HeldBytes(HELD_BYTES) };
    if (open.calls >= CALLS_LIMIT) return this.#refuse("busy", 429);
    this.#open.set(caller.sub, open);
    open.calls++;
    const leave = (): void => {
      if (--open.calls === 0) this.#open.delete(caller.sub);
    };
    try {
      return whenOver(await this.#answer(request, caller, open.held), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#handler.close();
  }

  async #answer(request: Request, caller: Caller, held: HeldBytes): Promise<Response> {
    const authInfo: AuthInfo = { token: "", clientId: "", scopes: [], extra: { caller } };
    if (request.method !== "POST") return await this.#handler.fetch(request, { authInfo });
    const body = await readBody(request, {
      clock: this.#parts.clock,
      bytes: BODY_BYTES,
      timeMs: BODY_MS,
      held,
    });
    if (body.kind === "too-large") return this.#refuse("body", 413);
    if (body.kind === "too-slow") return this.#refuse("slow", 408);
    if (body.kind === "too-many") return this.#refuse("busy", 429);
    if (hasMoreMembers(body.text, MEMBERS)) return this.#refuse("body", 413);
    const parsedBody = parsed(body.text);
    const again = withText(request, body.text);
    this.#noteCancel(request, caller, parsedBody);
    const response = await this.#handler.fetch(again, {
      authInfo,
      ...(parsedBody === undefined ? {} : { parsedBody }),
    });
    return methodOf(parsedBody) === "initialize" ? withCorrelationId(response) : response;
  }

  /** 2025-11-25 cancels by a notification of its own, which may reach any replica. */
  #noteCancel(request: Request, caller: Caller, message: unknown): void {
    if (methodOf(message) !== "notifications/cancelled") return;
    const correlation = request.headers.get("mcp-session-id");
    const { requestId, reason } = Object(Object(message).params) as Record<string, unknown>;
    if (correlation === null || !["string", "number"].includes(typeof requestId)) return;
    const key = requestKey(caller, correlation, requestId as string | number);
    this.#parts.cancel(key, typeof reason === "string" ? reason : "cancelled");
  }

  #refuse(reason: "body" | "slow" | "busy", status: number): Response {
    this.#parts.onRefused(reason);
    const headers = status === 429 ? { "retry-after": "1" } : { connection: "close" };
    return new Response(null, { status, headers });
  }
}

/** The open calls and bodies of one caller. */
interface Open {
  calls: number;
  readonly held: HeldBytes;
}

/** Names one request of a caller, among all replicas. */
export function requestKey(
  { sub }: Caller,
  correlation: string,
  requestId: string | number,
): string {
  return JSON.stringify([sub, correlation, requestId]);
}

function callerOf(authInfo: AuthInfo | undefined): Caller {
  return authInfo?.extra?.["caller"] as Caller;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The handler says what is wrong with it.
  }
}

function methodOf(message: unknown): unknown {
  return Object(message).method;
}

function withText(request: Request, text: string): Request {
  const { url, method, headers, signal } = request;
  return new Request(url, { method, headers, body: text, signal });
}

/** Not a session: it only tells the client's later cancellations from those of other clients. */
function withCorrelationId(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("mcp-session-id", crypto.randomUUID());
  return new Response(response.body, { status: response.status, headers });
}
