import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServerFactory,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

/** An MCP server on loopback, in both revisions of the protocol. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  /** Tells those who listen that the list of tools, or of prompts, is another. */
  changed(list: "tools" | "prompts"): void;
}

type Transport = WebStandardStreamableHTTPServerTransport;
type Sessions = Map<string, Transport>;

/** Serves what `factory` makes over streamable HTTP on 127.0.0.1: for the protocol's tests alone. */
export function startHttpServer(factory: McpServerFactory): HttpServer {
  const sessions: Sessions = new Map();
  const modern = createMcpHandler(factory, { legacy: "reject" });
  const serve = async (request: Request): Promise<Response> => {
    const refused = hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused) return refused;
    if (!await isLegacyRequest(request)) return await modern.fetch(request);
    const transport = sessionOf(request, sessions) ??
      await openSession(factory, sessions);
    return await transport.handleRequest(request);
  };
  const listening = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, serve);
  return {
    url: `http://127.0.0.1:${listening.addr.port}/mcp`,
    changed: (list) => {
      if (list === "tools") modern.notify.toolsChanged();
      else modern.notify.promptsChanged();
    },
    [Symbol.asyncDispose]: async () => {
      await modern.close();
      for (const transport of sessions.values()) await transport.close();
      await listening.shutdown();
    },
  };
}

/** Undefined for a request that opens a session; one that is gone answers 404 by a closed transport. */
function sessionOf(
  request: Request,
  sessions: Sessions,
): Transport | undefined {
  const id = request.headers.get("mcp-session-id");
  return id === null ? undefined : sessions.get(id) ?? unknownSession();
}

function unknownSession(): Transport {
  const gone = {
    handleRequest: () => Promise.resolve(new Response(null, { status: 404 })),
  };
  return gone as unknown as Transport;
}

/** The 2025 revision asks its client within a session, so each has a server object of its own. */
async function openSession(
  factory: McpServerFactory,
  sessions: Sessions,
): Promise<Transport> {
  const transport: Transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  const server = await factory({ era: "legacy" });
  await server.connect(transport);
  return transport;
}
