import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { authenticate } from "./auth.ts";
import { socketError, timeoutError } from "./connect_errors.ts";
import { identOf, Ssh2Connection } from "./connection.ts";
import { Handshake } from "./handshake.ts";
import { type AskHostKey, HostKeyGuard, loadHostKeys } from "./host_key.ts";
import type { HostKeyPins } from "./known_hosts.ts";
import { openSocket } from "./socket.ts";
import type { Connection, HostKeyState } from "./transport.ts";
import { UserAuth } from "./userauth.ts";

/** What connecting needs beside the target. */
export interface ConnectOptions {
  readonly clock: Clock;
  /** Aborting cuts the attempt at once. */
  readonly signal?: AbortSignal;
  /** Host keys accepted so far; shared by all connections of the process. */
  readonly pins: HostKeyPins;
  /** Asked for StrictHostKeyChecking=ask; an unknown key is refused without it. */
  readonly askHostKey?: AskHostKey;
}

/**
 * Connects, checks the host key and logs in.
 *
 * @throws {ConnectError} No transport came about.
 * @throws {HostKeyError} The host key is refused.
 * @throws {AuthenticationError} No method was accepted.
 */
export async function connect(
  resolved: ResolvedHost,
  options: ConnectOptions,
): Promise<Connection> {
  const signal = options.signal ?? new AbortController().signal;
  const socket = await dial(resolved, { clock: options.clock, signal });
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await logIn(resolved, { stream: socket, address: socket.remoteAddress }, options);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Tries the TCP connection, as often as ConnectionAttempts says, one a second. */
async function dial(
  resolved: ResolvedHost,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): ReturnType<typeof openSocket> {
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

async function dialOnce(
  resolved: ResolvedHost,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): ReturnType<typeof openSocket> {
  const limit = new AbortController();
  const limitMs = resolved.connectTimeoutMs;
  const expire = (): void => limit.abort(timeoutError(resolved, "tcp", limitMs));
  using _timer = limitMs === 0 ? undefined : clock.after(limitMs, expire);
  return await openSocket(resolved, AbortSignal.any([signal, limit.signal]));
}

/** A stream to an SSH server. */
interface Carrier {
  readonly stream: Duplex;
  /** The peer's IP address; undefined behind a jump host. */
  readonly address: string | undefined;
}

async function logIn(
  resolved: ResolvedHost,
  carrier: Carrier,
  options: ConnectOptions,
): Promise<Connection> {
  const guard = new HostKeyGuard(resolved, await loadHostKeys(resolved), {
    pins: options.pins,
    ask: options.askHostKey,
  });
  const handshake = new Handshake(resolved, { clock: options.clock, guard, ...carrier });
  using _deadline = handshake.deadline;
  handshake.start();
  const { client, failed } = handshake;
  const method = await authenticate(new UserAuth(client, resolved.user, failed), resolved);
  handshake.finish();
  return new Ssh2Connection(client, {
    host: resolved.host,
    ident: identOf(client),
    banner: handshake.banner,
    hostKey: guard.state as HostKeyState,
    method,
    environment: resolved.environment,
  }, {
    clock: options.clock,
    watch: handshake.watch,
    destroy: () => void carrier.stream.destroy(),
  });
}
