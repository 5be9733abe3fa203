import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { socketError, timeoutError } from "./connect_errors.ts";
import { openSocket } from "./socket.ts";

/** Limits of opening a TCP connection. */
export interface DialOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens the TCP connection, as often as ConnectionAttempts says, one a second.
 *
 * @throws {ConnectError} With the fact of the last attempt.
 */
export async function dial(resolved: ResolvedHost, options: DialOptions): Promise<Socket> {
  for (let attempt = 1;; attempt++) {
    try {
      return await dialOnce(resolved, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (attempt >= resolved.connectionAttempts) throw socketError(resolved, error);
      await options.clock.sleep(betweenAttemptsMs, { signal: options.signal });
    }
  }
}

const betweenAttemptsMs = 1000;

async function dialOnce(resolved: ResolvedHost, { clock, signal }: DialOptions): Promise<Socket> {
  const limit = new AbortController();
  const limitMs = resolved.connectTimeoutMs;
  const expire = (): void => limit.abort(timeoutError(resolved, "tcp", limitMs));
  using _timer = limitMs === 0 ? undefined : clock.after(limitMs, expire);
  return await openSocket(resolved, AbortSignal.any([signal, limit.signal]));
}
