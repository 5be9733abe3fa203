import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { Agents } from "./agent.ts";
import { authenticate } from "./auth.ts";
import type { AskUser } from "./auth_options.ts";
import { socketError, timeoutError } from "./connect_errors.ts";
import { identOf, Ssh2Connection } from "./connection.ts";
import { Handshake } from "./handshake.ts";
import { type AskHostKey, HostKeyGuard, loadHostKeys } from "./host_key.ts";
import { Keepalive } from "./keepalive.ts";
import { KeyCache } from "./key_cache.ts";
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
  /** Asked for codes that a login wants; the login fails without it. */
  readonly askUser?: AskUser;
  /** Keys decrypted so far. */
  readonly keys?: KeyCache;
  /** Agents connected so far. */
  readonly agents?: Agents;
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
  const { client } = handshake;
  const auth = new UserAuth(client, resolved.user, handshake);
  const method = await authenticate(auth, resolved, {
    clock: options.clock,
    keys: options.keys ?? new KeyCache(),
    agents: options.agents ?? new Agents(),
    askUser: options.askUser,
  });
  handshake.finish();
  keepAlive(resolved, { clock: options.clock, handshake, stream: carrier.stream });
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

interface KeepAliveParts {
  readonly clock: Clock;
  readonly handshake: Handshake;
  readonly stream: Duplex;
}

/** Starts what ServerAliveInterval asks for; it ends with the connection. */
function keepAlive(resolved: ResolvedHost, { clock, handshake, stream }: KeepAliveParts): void {
  const { client, watch } = handshake;
  if (resolved.serverAliveIntervalMs === 0 || watch.closed) return;
  const keepalive = new Keepalive({
    clock,
    intervalMs: resolved.serverAliveIntervalMs,
    countMax: resolved.serverAliveCountMax,
    ask: () => {
      client._callbacks.push(() => {});
      client._protocol.ping();
    },
    onDead: (silentMs) => {
      const seconds = Math.round(silentMs / 100) / 10;
      watch.blame(
        new Error(`nothing came for ${seconds} s, not even answers to keepalive messages`),
      );
      stream.destroy();
    },
  });
  stream.on("data", () => keepalive.heard());
  watch.onClose(() => keepalive[Symbol.dispose]());
}
