import { systemClock } from "../../src/clock.ts";
import { createServer } from "../../src/mcp/server.ts";
import { gateOf } from "../../src/serve/callers/gate.ts";
import { McpEndpoint } from "../../src/serve/http/endpoint.ts";
import { listen } from "../../src/serve/http/front.ts";
import { Metrics } from "../../src/serve/metrics.ts";
import { readServeSettings } from "../../src/serve/settings.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";
import { freePort } from "../support/sshd.ts";
import { registerFixtures } from "./fixtures.ts";
import type { HttpServer } from "./http_server.ts";

/** The shared server's own endpoint and front on loopback, with the fixtures beside its tools. */
export async function startEndpointServer(): Promise<HttpServer> {
  const { services } = new InMemoryServer();
  const port = freePort();
  const settings = await readServeSettings(
    { MCP_SSH_LISTEN: `127.0.0.1:${port}` },
    () => Promise.resolve(""),
  );
  const endpoint = new McpEndpoint({
    clock: systemClock,
    log: services.log,
    createServer: () => {
      const server = createServer(services);
      registerFixtures(server, { changed: () => {} });
      return Promise.resolve(server);
    },
    cancel: () => {},
    onRefused: () => {},
  });
  const listening = await listen({
    settings,
    endpoint,
    gate: gateOf(settings, undefined),
    webConsole: undefined,
    readiness: () => "ready",
    isLeaving: () => false,
    onRequest: () => {},
    metrics: new Metrics(),
    onFault: () => {},
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    changed: () => {},
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      await listening.close();
    },
  };
}
