import {
  hostHeaderValidationResponse,
  originValidationResponse,
} from "@modelcontextprotocol/server";
import type { Caller } from "../../guard/caller.ts";
import type { Gate } from "../callers/gate.ts";
import type { Metrics } from "../metrics.ts";
import type { ListenAddress, ServeSettings, TlsFiles } from "../settings.ts";
import { serveHttp } from "./http_server.ts";

/** Whether this replica can take calls, in a word. */
export type Readiness = "ready" | "draining" | "no-database";

/** The receivers of requests. */
export interface FrontParts {
  readonly settings: ServeSettings;
  readonly gate: Gate;
  /** Undefined where persons answer requests elsewhere. */
  readonly webConsole: { answer(request: Request): Promise<Response | undefined> } | undefined;
  readonly endpoint: { answer(request: Request, caller: Caller): Promise<Response> };
  readonly readiness: () => Readiness;
  /** It is about to end: each answer is the last one of its connection. */
  readonly isLeaving: () => boolean;
  /** A request came that asks for more than health. */
  readonly onRequest: () => void;
  readonly metrics: Metrics;
  readonly onFault: (error: unknown) => void;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections; what is under way goes on to its end. */
  close(): Promise<void>;
}

/** Listens where the settings say. */
export async function listen(parts: FrontParts): Promise<Listening> {
  const { settings } = parts;
  return listenAt(settings.listen, {
    setting: "MCP_SSH_LISTEN",
    tls: await readTls(settings.tls),
    answer: async (request) => {
      // The Host that a client writes makes the address, and some make none.
      const response = URL.canParse(request.url)
        ? await answer(request, parts)
        : await refused(request, new Response(null, { status: 400 }));
      return parts.isLeaving() ? withoutMore(response) : response;
    },
    onFault: parts.onFault,
  });
}

/** Listens for those who watch over this server: metrics and health, without callers. */
export function listenForMetrics(
  address: ListenAddress,
  parts: Pick<FrontParts, "metrics" | "readiness" | "onFault">,
): Listening {
  return listenAt(address, {
    setting: "MCP_SSH_METRICS_LISTEN",
    tls: undefined,
    onFault: parts.onFault,
    answer: (request) => {
      if (!URL.canParse(request.url)) return Promise.resolve(new Response(null, { status: 400 }));
      if (new URL(request.url).pathname !== "/metrics") {
        return Promise.resolve(health(request, parts.readiness) ?? notFound());
      }
      const headers = { "content-type": "text/plain; version=0.0.4" };
      return Promise.resolve(new Response(parts.metrics.render(), { headers }));
    },
  });
}

interface ListenOptions {
  readonly setting: string;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly answer: (request: Request) => Promise<Response>;
  readonly onFault: (error: unknown) => void;
}

function listenAt(address: ListenAddress, options: ListenOptions): Listening {
  const server = serveHttp(address, {
    ...options,
    onError: (error) => {
      options.onFault(error);
      return new Response(null, { status: 500 });
    },
  }, options.answer);
  return { port: server.addr.port, close: () => server.shutdown() };
}

async function readTls(files: TlsFiles | undefined): Promise<ListenOptions["tls"]> {
  if (files === undefined) return undefined;
  const [cert, key] = await Promise.all([
    Deno.readTextFile(files.certificate),
    Deno.readTextFile(files.key),
  ]);
  return { cert, key };
}

async function answer(request: Request, parts: FrontParts): Promise<Response> {
  const { settings, gate, endpoint, metrics } = parts;
  const healthy = health(request, parts.readiness);
  if (healthy !== undefined) return healthy;
  parts.onRequest();
  const wrong = hostHeaderValidationResponse(request, [...settings.allowedHosts]) ??
    originValidationResponse(request, [settings.resource.hostname, ...settings.allowedOrigins]);
  if (wrong !== undefined) {
    metrics.count("mcp_ssh_refusals_total", { reason: "host-or-origin" });
    return await refused(request, wrong);
  }
  const document = gate.metadata(request);
  if (document !== undefined) return document;
  const page = await parts.webConsole?.answer(request);
  if (page !== undefined) return await refused(request, page);
  const { pathname } = new URL(request.url);
  if (pathname !== "/mcp" && pathname !== settings.resource.pathname) {
    return await refused(request, notFound());
  }
  const admitted = await gate.admit(request);
  if (admitted instanceof Response) {
    metrics.count("mcp_ssh_refusals_total", { reason: `token-${admitted.status}` });
    return await refused(request, admitted);
  }
  return await endpoint.answer(request, admitted);
}

function withoutMore(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("connection", "close");
  return new Response(response.body, { status: response.status, headers });
}

/** Nothing more of the request's body is read. */
async function refused(request: Request, response: Response): Promise<Response> {
  await request.body?.cancel().catch(() => {});
  return response;
}

function health(request: Request, readiness: () => Readiness): Response | undefined {
  const { pathname } = new URL(request.url);
  if (pathname === "/healthz") return new Response("ok\n");
  if (pathname !== "/readyz") return undefined;
  const word = readiness();
  return new Response(`${word}\n`, { status: word === "ready" ? 200 : 503 });
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}
