import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { JumpHost, ResolvedHost } from "../config/resolved_host.ts";
import { Agents, type AgentSource } from "./auth/agent.ts";
import type { AskUser } from "./auth/auth_options.ts";
import type { Ssh2Connection } from "./connection.ts";
import { timeoutError } from "./connect_errors.ts";
import { dial } from "./dial.ts";
import type { AskHostKey } from "./host_key/host_key_question.ts";
import { HandshakeTurns } from "./handshake_turns.ts";
import { hopError, hopLostError, HopPool, tunnelError } from "./jump.ts";
import { dialThroughProxy } from "./proxy/proxied_socket.ts";
import { KeyCache } from "./keys/key_cache.ts";
import { KnownHostsFiles } from "./host_key/known_hosts_files.ts";
import { HostKeyPins } from "./host_key/known_hosts.ts";
import { type Carrier, logIn, type LoginOptions } from "./login.ts";
import type { Connection } from "./transport.ts";

/** The means of one attempt to connect, beside the target. */
export interface ConnectOptions {
  /** Aborting cuts the attempt at once. */
  readonly signal?: AbortSignal;
  /** Asked for StrictHostKeyChecking=ask; an unknown key is refused without it. */
  readonly askHostKey?: AskHostKey | undefined;
  /** Asked for codes that a login wants; the login fails without it. */
  readonly askUser?: AskUser | undefined;
}

/** The parts of a {@link Connector}; those left out start empty. */
export interface ConnectorOptions {
  readonly clock: Clock;
  /** Host keys accepted so far. */
  readonly pins?: HostKeyPins;
  /** Connections to agents, opened before write permission is given up. */
  readonly agents?: AgentSource;
}

/**
 * Connects over TCP or jump hosts with npm:ssh2, and keeps for the life of the process what
 * connections share: accepted host keys, decrypted keys, agents and jump hosts.
 */
export class Connector {
  readonly #clock: Clock;
  readonly #pins: HostKeyPins;
  readonly #agents: AgentSource;
  readonly #keys = new KeyCache();
  readonly #hops = new HopPool();
  readonly #turns = new HandshakeTurns();
  readonly #knownHosts = new KnownHostsFiles();

  constructor(options: ConnectorOptions) {
    this.#clock = options.clock;
    this.#pins = options.pins ?? new HostKeyPins();
    this.#agents = options.agents ?? new Agents();
  }

  /**
   * Connects, checks the host key and logs in, through the target's jump hosts where it has some.
   *
   * @throws {ConnectError} No transport came about; a jump host that is to blame is named.
   * @throws {HostKeyError} The host key is refused.
   * @throws {AuthenticationError} No method was accepted.
   */
  connect(resolved: ResolvedHost, options: ConnectOptions = {}): Promise<Connection> {
    return this.#connect(resolved, options, options.signal ?? new AbortController().signal);
  }

  async #connect(
    resolved: ResolvedHost,
    options: ConnectOptions,
    signal: AbortSignal,
  ): Promise<Ssh2Connection> {
    if (resolved.refusal !== undefined) throw resolved.refusal;
    const jump = resolved.proxyJump.at(-1);
    if (jump !== undefined) {
      return await this.#connectThrough(jump, resolved, { ...options, signal });
    }
    const carrier = await this.#dial(resolved, signal);
    return await this.#logIn(resolved, carrier, { ...options, signal });
  }

  /** The address is known only of what is dialled itself. */
  async #dial(resolved: ResolvedHost, signal: AbortSignal): Promise<Carrier> {
    const { endpoint, proxy } = resolved;
    const to = endpoint ?? resolved;
    const options = { clock: this.#clock, signal };
    if (proxy !== undefined) {
      const stream = await dialThroughProxy(resolved, { proxy, to }, options);
      return { stream, address: undefined };
    }
    const { hostname, port } = to;
    const stream = await dial({ ...resolved, hostname, port }, options);
    return { stream, address: endpoint === undefined ? stream.remoteAddress : undefined };
  }

  /** Over a tunnel of the last hop, which is shared with other targets and released at the end. */
  async #connectThrough(
    jump: JumpHost,
    resolved: ResolvedHost,
    options: Attempt,
  ): Promise<Ssh2Connection> {
    const connectHop = (hop: JumpHost, signal: AbortSignal): Promise<Ssh2Connection> =>
      this.#connect(hop, options, signal);
    const lease = await this.#hops.acquire(jump, connectHop, options.signal).catch((error) => {
      throw hopError(resolved, jump, error);
    });
    try {
      const stream = await this.#openTunnel(lease.connection, { resolved, jump }, options.signal);
      const connection = await this.#logIn(resolved, { stream, address: undefined }, {
        ...options,
        // The hop's end shows first; the tunnel's own end would not say why.
        onCut: (cut) =>
          lease.connection.onClose((error) => cut(hopLostError(resolved, jump, error))),
      });
      connection.onClose(lease.release);
      return connection;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  async #openTunnel(
    hop: Ssh2Connection,
    to: { readonly resolved: ResolvedHost; readonly jump: JumpHost },
    signal: AbortSignal,
  ): Promise<Duplex> {
    const { resolved, jump } = to;
    const limit = new AbortController();
    const limitMs = resolved.connectTimeoutMs || tunnelLimitMs;
    const expire = (): void => limit.abort(timeoutError(resolved, "tcp", limitMs));
    using _timer = this.#clock.after(limitMs, expire);
    return await hop.openTunnel(
      resolved.endpoint ?? resolved,
      AbortSignal.any([signal, limit.signal]),
    )
      .catch((error) => {
        throw tunnelError(resolved, jump, error);
      });
  }

  #logIn(
    resolved: ResolvedHost,
    carrier: Carrier,
    options: Attempt & Pick<LoginOptions, "onCut">,
  ): Promise<Ssh2Connection> {
    return logIn(resolved, carrier, {
      ...options,
      clock: this.#clock,
      pins: this.#pins,
      turns: this.#turns,
      knownHosts: this.#knownHosts,
      keys: this.#keys,
      agents: this.#agents,
    });
  }
}

type Attempt = ConnectOptions & { readonly signal: AbortSignal };

/** A jump host's time to open the tunnel, where ssh_config has no ConnectTimeout. */
const tunnelLimitMs = 60_000;
