import { abortable, type Clock } from "../clock.ts";
import { identityOf } from "../config/identity.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { ConnectQueue } from "./connect_queue.ts";
import type { Connection } from "../transport/transport.ts";

/** Opens one connection; the transport's own `connect`, with what it needs bound. */
export type Connect = (
  resolved: ResolvedHost,
  options: { readonly signal: AbortSignal },
) => Promise<Connection>;

interface Entry {
  readonly attempt: Promise<Connection>;
  readonly controller: AbortController;
  readonly since: number;
  connection: Connection | undefined;
  latencyMs: number | undefined;
}

/** An open connection as list_sessions reports it. */
export interface ConnectionFacts {
  readonly connection: Connection;
  readonly latencyMs: number | undefined;
}

/**
 * One connection for each identity of a target.
 *
 * Callers that come while it connects share the attempt; a caller that gives up does not end it for
 * the others. A connection that is lost is forgotten at once, so the next caller connects anew.
 */
export class Connections {
  readonly #connect: Connect;
  readonly #clock: Clock;
  readonly #queue: ConnectQueue;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { readonly connect: Connect; readonly clock: Clock }) {
    this.#connect = options.connect;
    this.#clock = options.clock;
    this.#queue = new ConnectQueue(options.clock);
  }

  /** The shared connection; `signal` ends this caller's wait only. */
  async get(
    resolved: ResolvedHost,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Connection> {
    const key = identityOf(resolved);
    const entry = this.#entries.get(key) ?? this.#open(key, resolved);
    return await abortable(entry.attempt, options.signal);
  }

  /** Whether it is open or being opened. */
  has(resolved: ResolvedHost): boolean {
    return this.#entries.has(identityOf(resolved));
  }

  /** The open connection of a host, where there is one. */
  facts(resolved: ResolvedHost): ConnectionFacts | undefined {
    const entry = this.#entries.get(identityOf(resolved));
    if (entry?.connection === undefined) return undefined;
    return { connection: entry.connection, latencyMs: entry.latencyMs };
  }

  /** Closes the connection, or the attempt; false when there is none. */
  async close(resolved: ResolvedHost): Promise<boolean> {
    const key = identityOf(resolved);
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    await endEntry(entry);
    return true;
  }

  /** Closes those that nobody used since then, but for the `kept`, by identity. */
  async closeIdle(since: number, kept: ReadonlySet<string>): Promise<void> {
    const idle = [...this.#entries].filter(([key, { connection }]) =>
      connection?.isIdleSince(since) === true && !kept.has(key)
    );
    for (const [key] of idle) this.#entries.delete(key);
    await Promise.all(idle.map(([, entry]) => endEntry(entry)));
  }

  async closeAll(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(endEntry));
  }

  #open(key: string, resolved: ResolvedHost): Entry {
    const controller = new AbortController();
    const entry: Entry = {
      attempt: this.#queue.run(
        () => this.#connect(resolved, { signal: controller.signal }),
        controller.signal,
      ),
      controller,
      since: this.#clock.now(),
      connection: undefined,
      latencyMs: undefined,
    };
    this.#entries.set(key, entry);
    void this.#follow(key, entry);
    return entry;
  }

  /** Forgets the entry when its connection failed or went. */
  async #follow(key: string, entry: Entry): Promise<void> {
    const forget = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    try {
      entry.connection = await entry.attempt;
    } catch {
      return forget();
    }
    void entry.connection.measureLatency().then(
      (latencyMs) => entry.latencyMs = latencyMs,
      () => {},
    );
    await entry.connection.closed;
    forget();
  }
}

async function endEntry(entry: Entry): Promise<void> {
  entry.controller.abort(new DOMException("The connection was closed", "AbortError"));
  const connection = await entry.attempt.catch(() => undefined);
  await connection?.[Symbol.asyncDispose]();
}
