import type { Clock } from "../clock.ts";
import type { Caller } from "../guard/caller.ts";
import type { Log } from "../guard/log.ts";
import { isOffered } from "../guard/rules.ts";
import type { Services } from "../mcp/call.ts";
import { createServer, type Exchange } from "../mcp/server.ts";
import type { Tool, ToolResult } from "../mcp/tool.ts";
import { gateOf } from "./callers/gate.ts";
import { answerHere, toolsOverHttp } from "./call_here.ts";
import { McpEndpoint } from "./http/endpoint.ts";
import { listen, listenForMetrics, type Listening, type Readiness } from "./http/front.ts";
import { Metrics } from "./metrics.ts";
import { RunningCalls } from "./running_calls.ts";
import { addressText, type ServeSettings } from "./settings.ts";
import { type OpenTenantServices, Tenants } from "./tenants.ts";

/** What the shared server is given by the program. */
export interface ServeParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openServices: OpenTenantServices;
  /** Prints a line for the operator. */
  readonly say: (line: string) => Promise<void>;
}

/** Serves MCP over HTTP to many callers until `signal` aborts and what runs has ended. */
export async function serveShared(
  settings: ServeSettings,
  parts: ServeParts,
  signal: AbortSignal,
): Promise<void> {
  await using server = new SharedServer(settings, parts);
  await server.start();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.drain();
}

/** One replica of the shared server. */
export class SharedServer implements AsyncDisposable {
  readonly #settings: ServeSettings;
  readonly #parts: ServeParts;
  readonly #tenants: Tenants;
  readonly #metrics = new Metrics();
  readonly #running = new RunningCalls();
  readonly #endpoint: McpEndpoint;
  readonly #listening: Listening[] = [];
  #isDraining = false;
  #sessions = 0;

  constructor(settings: ServeSettings, parts: ServeParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#tenants = new Tenants(parts.clock, parts.openServices);
    this.#endpoint = new McpEndpoint({
      clock: parts.clock,
      log: parts.log,
      createServer: async (caller) => await this.#serverFor(caller),
      cancel: (key, reason) => void this.#running.cancel(key, reason),
      onRefused: (reason) => this.#metrics.count("mcp_ssh_refusals_total", { reason }),
    });
    this.#metrics.gauge("mcp_ssh_callers", () => this.#tenants.size);
    this.#metrics.gauge("mcp_ssh_jobs", () => this.#tenants.unfinished());
    this.#metrics.gauge("mcp_ssh_sessions", () => this.#sessions);
  }

  /** Begins to listen. */
  async start(): Promise<void> {
    const { metricsListen } = this.#settings;
    const front = {
      settings: this.#settings,
      gate: gateOf(this.#settings),
      endpoint: this.#endpoint,
      metrics: this.#metrics,
      readiness: () => this.#readiness(),
      onFault: (error: unknown) => this.#parts.log.error("http-fault", { error: String(error) }),
    };
    const listening = await listen(front);
    this.#listening.push(listening);
    if (metricsListen !== undefined) this.#listening.push(listenForMetrics(metricsListen, front));
    await this.#parts.say(
      `Serving MCP on ${addressText({ ...this.#settings.listen, port: listening.port })}: ` +
        this.#settings.resource.href,
    );
  }

  /** Takes no more requests and waits for the commands that run, for as long as the settings say. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const { clock } = this.#parts;
    const late = clock.now() + this.#settings.drainMs;
    const closed = Promise.all(this.#listening.map((one) => one.close()));
    while (this.#tenants.unfinished() > 0 && clock.now() < late) await clock.sleep(100);
    await this.#endpoint.close();
    await Promise.race([closed, clock.sleep(1_000)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tenants[Symbol.asyncDispose]();
  }

  #readiness(): Readiness {
    return this.#isDraining ? "draining" : "ready";
  }

  async #serverFor(caller: Caller): Promise<ReturnType<typeof createServer>> {
    const { services } = this.#tenants.of(caller);
    const tools = await offeredTools(services);
    return createServer(services, {
      tools,
      answer: (tool, args, exchange) => this.#answer(caller, { tool, args, exchange }),
    });
  }

  async #answer(
    caller: Caller,
    { tool, args, exchange }: {
      readonly tool: Tool;
      readonly args: unknown;
      readonly exchange: Exchange;
    },
  ): Promise<ToolResult> {
    const begun = this.#parts.clock.now();
    const result = await this.#running.run(
      caller,
      exchange.context,
      (context) => answerHere(tool, args, { services: exchange.services, context }),
    );
    this.#metrics.observe(this.#parts.clock.now() - begun, "here");
    const outcome = "isError" in result && result.isError === true ? "error" : "ok";
    this.#metrics.count("mcp_ssh_calls_total", { tool: tool.name, outcome });
    return result;
  }
}

/** The tools that the operator's rules leave to a caller. */
async function offeredTools(services: Services): Promise<readonly Tool[]> {
  const { rules, caller } = services;
  const tools = toolsOverHttp(services);
  if (!rules.isSet) return tools;
  const { file, preset } = await rules.read();
  return tools.filter(({ name }) => isOffered(file, { tool: name, caller }, preset));
}
