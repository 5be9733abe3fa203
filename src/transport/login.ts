import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { authenticate } from "./auth/authenticate.ts";
import type { AuthOptions } from "./auth/auth_options.ts";
import { Ssh2Connection } from "./connection.ts";
import { identOf, ping } from "./ssh2/protocol_access.ts";
import { Handshake } from "./handshake.ts";
import type { HandshakeTurns } from "./handshake_turns.ts";
import { HostKeyGuard } from "./host_key/host_key_guard.ts";
import type { AskHostKey } from "./host_key/host_key_question.ts";
import { loadHostKeys } from "./host_key/host_key_file.ts";
import { Keepalive } from "./keepalive.ts";
import type { KnownHostsFiles } from "./host_key/known_hosts_files.ts";
import type { HostKeyPins } from "./host_key/known_hosts.ts";
import type { HostKeyState } from "./transport.ts";
import { UserAuth } from "./auth/userauth.ts";

/** A stream to an SSH server. */
export interface Carrier {
  readonly stream: Duplex;
  /** The peer's IP address; undefined behind a jump host. */
  readonly address: string | undefined;
}

/** The means of a login, beside the target and the stream. */
export interface LoginOptions extends AuthOptions {
  readonly pins: HostKeyPins;
  readonly turns: HandshakeTurns;
  readonly knownHosts: KnownHostsFiles;
  readonly askHostKey?: AskHostKey | undefined;
  readonly signal: AbortSignal;
  /** Gets, before anything is sent, what cuts the transport; disposed when the transport is gone. */
  readonly onCut?: (cut: (error: Error) => void) => Disposable;
}

/**
 * Speaks SSH over a stream up to the finished login; the stream is destroyed when that fails.
 *
 * @throws {ConnectError} {HostKeyError} {AuthenticationError} or the signal's reason.
 */
export async function logIn(
  resolved: ResolvedHost,
  carrier: Carrier,
  options: LoginOptions,
): Promise<Ssh2Connection> {
  const { signal, clock } = options;
  const from = { files: options.knownHosts, address: carrier.address };
  const guard = new HostKeyGuard(resolved, await loadHostKeys(resolved, from), {
    clock,
    pins: options.pins,
    ask: options.askHostKey,
  });
  const handshake = new Handshake(resolved, { clock, guard, turns: options.turns, ...carrier });
  using _deadline = handshake.deadline;
  const onAbort = (): void => handshake.cut();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const subscription = options.onCut?.((error) => handshake.cut(error));
    handshake.watch.onClose(() => subscription?.[Symbol.dispose]());
    handshake.start();
    const auth = new UserAuth(handshake.client, resolved.user, handshake);
    const method = await authenticate(auth, resolved, options);
    handshake.finish();
    keepAlive(resolved, { clock, handshake, stream: carrier.stream });
    return connectionOf(resolved, { clock, handshake, guard, method });
  } catch (error) {
    handshake.cut();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface LoggedIn {
  readonly clock: Clock;
  readonly handshake: Handshake;
  readonly guard: HostKeyGuard;
  readonly method: string;
}

function connectionOf(resolved: ResolvedHost, parts: LoggedIn): Ssh2Connection {
  const { clock, handshake, guard, method } = parts;
  return new Ssh2Connection(handshake.client, {
    host: resolved.host,
    ident: identOf(handshake.client),
    banner: handshake.banner,
    hostKey: guard.state as HostKeyState,
    method,
    environment: resolved.environment,
  }, { clock, watch: handshake.watch, destroy: () => handshake.cut() });
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
    ask: () => ping(client),
    onDead: (silentMs) => {
      const seconds = Math.round(silentMs / 100) / 10;
      handshake.cut(
        new Error(`nothing came for ${seconds} s, not even answers to keepalive messages`),
      );
    },
  });
  stream.on("data", () => keepalive.heard());
  watch.onClose(() => keepalive[Symbol.dispose]());
}
