import type { ServerContext } from "@modelcontextprotocol/server";
import type { Clock } from "../../clock.ts";
import { ConnectError, ConnectionLostError } from "../../errors.ts";
import type { Caller } from "../../guard/caller.ts";
import type { Log } from "../../guard/log.ts";
import type { ToolResult } from "../../mcp/tool.ts";
import { refusal } from "../call_here.ts";
import type { Metrics } from "../metrics.ts";
import type { Ownership } from "./ownership.ts";
import type { CallContext, PeerRequest } from "./peer_messages.ts";
import { PeerGoneError, type Peers } from "./peers.ts";
import type { Replica } from "./store.ts";

/** Tools that start nothing: they may be used while nobody knows whether somebody else took over. */
const LOOKING: ReadonlySet<string> = new Set([
  "get_command_status",
  "interrupt_command_by_id",
  "list_running_commands",
  "list_command_history",
  "list_hosts",
  "list_sessions",
  "close_session",
  "close_all_sessions",
  "read_screen",
  "send_input",
]);

const RETRY_MS = 200;
/** Beyond a lease: the question to the one whose lease is over, and the change of hands. */
const TAKING_MS = 3_000;

/** One call, as it goes from replica to replica. */
export interface RoutedCall {
  readonly caller: Caller;
  readonly tool: string;
  readonly args: unknown;
  readonly context: ServerContext;
}

/** The parts that calls are routed with. */
export interface RouterParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly ownership: Ownership;
  readonly peers: Peers | undefined;
  readonly leaseMs: number;
  readonly metrics: Metrics;
  /** Answers a call of a caller whose sessions are here. */
  readonly answerHere: (call: RoutedCall) => Promise<ToolResult>;
}

/** Answers each call at the replica that has the caller's sessions. */
export class Router {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Answers a call that a client sent to this replica; never rejects. */
  async answer(call: RoutedCall): Promise<ToolResult> {
    const { clock, leaseMs, ownership } = this.#parts;
    const late = clock.now() + leaseMs + TAKING_MS;
    const begun = clock.now();
    for (;;) {
      const { signal } = call.context.mcpReq;
      let place: Replica | "here";
      try {
        place = await ownership.placeOf(call.caller.sub);
      } catch (error) {
        if (error instanceof ConnectError) return refusal(error);
        throw error;
      }
      const result = place === "here"
        ? await this.answerIfMine(call)
        : await this.#forward(place, call);
      if (result !== undefined) {
        this.#parts.metrics.observe(clock.now() - begun, place === "here" ? "here" : "forwarded");
        return result;
      }
      ownership.forget(call.caller.sub);
      if (signal.aborted || clock.now() > late) return refusal(unreachable());
      await clock.sleep(RETRY_MS);
    }
  }

  /** Undefined where the caller's sessions are not here. */
  async answerIfMine(call: RoutedCall): Promise<ToolResult | undefined> {
    const { ownership } = this.#parts;
    if (!ownership.holds(call.caller.sub)) return undefined;
    if (LOOKING.has(call.tool)) return await this.#parts.answerHere(call);
    const mayBegin = await ownership.mayBegin();
    if (!ownership.holds(call.caller.sub)) return undefined;
    return mayBegin ? await this.#parts.answerHere(call) : refusal(partedError());
  }

  /** Undefined where it was not begun there, for sure. */
  async #forward(to: Replica, call: RoutedCall): Promise<ToolResult | undefined> {
    const { peers, leaseMs, metrics } = this.#parts;
    if (peers === undefined) return undefined;
    const { caller, tool, args, context } = call;
    // What is sent to a frozen machine, or to one that has left, may count as sent: it is asked first.
    if (await peers.ask(to, { kind: "holds", caller: caller.sub }) !== true) return undefined;
    const request: PeerRequest = { kind: "call", caller, tool, args, context: wired(context) };
    const { signal } = context.mcpReq;
    const stopped = new AbortController();
    let id = "";
    const onAbort = (): void => this.#stop(to, { id, reason: signal.reason, stopped });
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const answer = await peers.call(to, request, {
        silentMs: leaseMs,
        signal: stopped.signal,
        onId: (given) => id = given,
        onProgress: (notification) => void context.mcpReq.notify(notification as never),
      });
      metrics.count("mcp_ssh_peer_calls_total", { outcome: answer.kind });
      return answer.kind === "result" ? answer.result : undefined;
    } catch (error) {
      if (!(error instanceof PeerGoneError)) throw error;
      metrics.count("mcp_ssh_peer_calls_total", { outcome: error.wasSent ? "broke-off" : "gone" });
      return error.wasSent ? refusal(brokenOff()) : undefined;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Only a person's cancellation has a reason, and only that reaches the command. */
  #stop(
    to: Replica,
    { id, reason, stopped }: {
      readonly id: string;
      readonly reason: unknown;
      readonly stopped: AbortController;
    },
  ): void {
    if (typeof reason !== "string") return stopped.abort();
    void this.#parts.peers?.ask(to, { kind: "stop", call: id, reason });
  }
}

function wired({ mcpReq }: ServerContext): CallContext {
  return {
    progressToken: mcpReq._meta?.progressToken,
    envelope: mcpReq.envelope,
    inputResponses: mcpReq.inputResponses,
    requestState: mcpReq.requestState(),
  };
}

function brokenOff(): ConnectionLostError {
  return new ConnectionLostError(
    "The replica of this server that worked on the call is gone",
    "Whether the command was run or finished is unknown: look for its effects before running it " +
      "again",
  );
}

function unreachable(): ConnectError {
  return new ConnectError(
    "The replica of this server that has your sessions cannot be reached; nothing was run",
    "Try again in a few seconds",
  );
}

function partedError(): ConnectError {
  return new ConnectError(
    "This replica has lost the others and its database, and begins nothing new; nothing was run",
    "Try again in a few seconds; status and input of commands that run go on",
  );
}
