import type { ServerContext } from "@modelcontextprotocol/server";
import type { Caller } from "../guard/caller.ts";
import { requestKey } from "./http/endpoint.ts";

/** The client is gone; whether a person stopped the call, a timer did or the network, is unknown. */
export class ClientGoneError extends Error {}

/** Calls under way at this replica, by the request that each belongs to. */
export class RunningCalls {
  readonly #stops = new Map<string, AbortController>();
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** Resolves once each call has its answer. */
  idle(): Promise<void> {
    return this.#count === 0
      ? Promise.resolve()
      : (this.#idle ??= Promise.withResolvers<void>()).promise;
  }

  /**
   * Runs a call with a signal of its own.
   *
   * A request that breaks off ends the waiting, never the command; only a cancellation that was sent
   * carries a reason which may mean that a person wants the command interrupted.
   */
  async run<T>(
    caller: Caller,
    context: ServerContext,
    call: (context: ServerContext) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController();
    const correlation = context.http?.req?.headers.get("mcp-session-id") ?? undefined;
    const key = correlation === undefined
      ? undefined
      : requestKey(caller, correlation, context.mcpReq.id as string | number);
    if (key !== undefined) this.#stops.set(key, stop);
    const onGone = (): void => stop.abort(new ClientGoneError("the client went away"));
    context.mcpReq.signal.addEventListener("abort", onGone, { once: true });
    this.#count++;
    try {
      return await call(withSignal(context, stop.signal));
    } finally {
      if (--this.#count === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
      context.mcpReq.signal.removeEventListener("abort", onGone);
      if (key !== undefined && this.#stops.get(key) === stop) this.#stops.delete(key);
    }
  }

  /** Whether the request was here. */
  cancel(key: string, reason: string): boolean {
    const stop = this.#stops.get(key);
    stop?.abort(reason);
    return stop !== undefined;
  }
}

function withSignal(context: ServerContext, signal: AbortSignal): ServerContext {
  const { mcpReq } = context;
  // The accessors may be bound to the object that they stand on.
  const own = Object.assign(Object.create(Object.getPrototypeOf(mcpReq)), mcpReq, { signal });
  return { ...context, mcpReq: own };
}
