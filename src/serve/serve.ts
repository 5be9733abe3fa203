import { aborted, type Clock, within } from "../clock.ts";
import type { Approvals } from "../guard/approvals.ts";
import type { Caller } from "../guard/caller.ts";
import type { Log } from "../guard/log.ts";
import { isOffered } from "../guard/rules.ts";
import type { Services } from "../mcp/call.ts";
import { createServer, type Exchange } from "../mcp/server.ts";
import type { Tool, ToolResult } from "../mcp/tool.ts";
import { gateOf } from "./callers/gate.ts";
import { Tokens } from "./callers/tokens.ts";
import { toolsOverHttp } from "./call_here.ts";
import type { WebConsole } from "./console/web_console.ts";
import { McpEndpoint } from "./http/endpoint.ts";
import { listen, listenForMetrics, type Listening, type Readiness } from "./http/front.ts";
import { Member } from "./member.ts";
import type { Metrics } from "./metrics.ts";
import { RunningCalls } from "./running_calls.ts";
import { addressText, type ServeSettings } from "./settings.ts";
import type { OpenTenantServices } from "./tenants.ts";

/** The parts that the program gives to the shared server. */
export interface ServeParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly openServices: OpenTenantServices;
  /** The requests of all callers that wait for a person. */
  readonly approvals: Approvals;
  /** Prints a line for the operator. */
  readonly say: (line: string) => Promise<void>;
}

/** A balancer asks for readiness once a second or so; while it goes on sending, it has not yet. */
const LEAVING_MS = 2_000;
/** One that never asks goes on sending until nothing listens. */
const LEAVING_LIMIT_MS = 15_000;
/** The last replies are on their way. */
const SENDING_MS = 1_000;
/** Those to slow readers, once nothing else keeps connections open. */
const SLOW_MS = 3_000;

/** Serves MCP over HTTP to many callers until `signal` aborts and what runs has ended. */
export async function serveShared(
  settings: ServeSettings,
  parts: ServeParts,
  signal: AbortSignal,
): Promise<void> {
  await using server = await SharedServer.start(settings, parts);
  await aborted(signal);
  await server.drain();
}

interface OwnParts {
  readonly member: Member;
  readonly metrics: Metrics;
  readonly running: RunningCalls;
}

/** One replica of the shared server. */
class SharedServer implements AsyncDisposable {
  readonly #settings: ServeSettings;
  readonly #parts: ServeParts;
  readonly #member: Member;
  readonly #metrics: Metrics;
  readonly #running: RunningCalls;
  readonly #endpoint: McpEndpoint;
  readonly #listening: Listening[] = [];
  #isDraining = false;
  /** When the last request came that asks for more than health. */
  #requestedAt = -Infinity;

  private constructor(settings: ServeSettings, parts: ServeParts, own: OwnParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#member = own.member;
    this.#metrics = own.metrics;
    this.#running = own.running;
    this.#endpoint = new McpEndpoint({
      clock: parts.clock,
      log: parts.log,
      createServer: (caller) => this.#serverFor(caller),
      cancel: (key, reason) => {
        if (!this.#running.cancel(key, reason)) this.#member.cancelElsewhere(key, reason);
      },
      onRefused: (reason) => this.#metrics.count("mcp_ssh_refusals_total", { reason }),
    });
  }

  /** Joins the other replicas, if there are any, and begins to listen. */
  static async start(settings: ServeSettings, parts: ServeParts): Promise<SharedServer> {
    const { metrics } = parts;
    const running = new RunningCalls();
    const { cluster } = settings;
    const member = await Member.join({ ...parts, running, cluster });
    const server = new SharedServer(settings, parts, { metrics, running, member });
    await server.#listen();
    return server;
  }

  async #listen(): Promise<void> {
    const { metricsListen, listen: address, resource } = this.#settings;
    const { tokens, webConsole } = await this.#logins();
    const front = {
      settings: this.#settings,
      gate: gateOf(this.#settings, tokens),
      webConsole,
      endpoint: this.#endpoint,
      metrics: this.#metrics,
      readiness: () => this.#readiness(),
      isLeaving: () => this.#isDraining,
      onRequest: () => this.#requestedAt = this.#parts.clock.now(),
      onFault: (error: unknown) => this.#parts.log.error("http-fault", { error: String(error) }),
    };
    const listening = await listen(front);
    this.#listening.push(listening);
    if (metricsListen !== undefined) this.#listening.push(listenForMetrics(metricsListen, front));
    const text = addressText({ ...address, port: listening.port });
    await this.#parts.say(`Serving MCP on ${text}: ${resource.href}`);
  }

  /** How callers and browsers are known; the latter are let in where the issuer knows this server. */
  async #logins(): Promise<
    { readonly tokens: Tokens | undefined; readonly webConsole: WebConsole | undefined }
  > {
    const { issuer, client: known, resource } = this.#settings;
    const { clock, approvals } = this.#parts;
    if (issuer === undefined) return { tokens: undefined, webConsole: undefined };
    if (known === undefined) return { tokens: new Tokens(issuer), webConsole: undefined };
    const [{ OAuthClient }, { WebConsole }] = await Promise.all([
      import("./callers/oauth_client.ts"),
      import("./console/web_console.ts"),
    ]);
    const client = new OAuthClient(known, issuer);
    const isActive = (token: string): Promise<boolean> => client.isActive(token);
    const tokens = new Tokens(issuer, known.introspects ? { clock, isActive } : undefined);
    // Somebody can answer: without that a request is refused at once.
    approvals.watch(() => {});
    const { boxes, approvals: shared } = this.#member;
    const parts = { clock, resource, tokens, client, boxes, approvals: shared };
    return { tokens, webConsole: new WebConsole(parts) };
  }

  /** Takes no more requests and waits for the commands that run, for as long as the settings say. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const { clock } = this.#parts;
    const lateAt = clock.now() + LEAVING_MS + this.#settings.drainMs;
    if (this.#settings.cluster !== undefined) await this.#leave();
    const closed = Promise.all(this.#listening.map((one) => one.close()));
    await this.#member.drain(lateAt);
    // Those that other replicas work on have nothing here but their reply.
    await within(clock, lateAt - clock.now(), this.#running.idle());
    await Promise.race([closed, clock.sleep(SENDING_MS)]);
    await this.#endpoint.close();
    await Promise.race([closed, clock.sleep(SLOW_MS)]);
  }

  /**
   * Answers until a balancer sends nothing more. It learns of the end by /readyz, and by the end of
   * each connection behind its answer: one that was closed at once would take along a request that
   * is just being sent.
   */
  async #leave(): Promise<void> {
    const { clock } = this.#parts;
    const begun = clock.now();
    const late = begun + Math.max(LEAVING_MS, Math.min(LEAVING_LIMIT_MS, this.#settings.drainMs));
    for (;;) {
      const now = clock.now();
      const end = Math.min(late, Math.max(begun, this.#requestedAt) + LEAVING_MS);
      if (now >= end) return;
      await clock.sleep(end - now);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#member[Symbol.asyncDispose]();
  }

  #readiness(): Readiness {
    if (this.#isDraining) return "draining";
    return this.#member.isReady ? "ready" : "no-database";
  }

  async #serverFor(caller: Caller): Promise<ReturnType<typeof createServer>> {
    const { services } = this.#member.tenants.of(caller);
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
    const result = await this.#running.run(
      caller,
      exchange.context,
      (context) => this.#member.answer({ caller, tool: tool.name, args, context }),
    );
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
