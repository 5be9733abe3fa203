import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import type { ConfigSources } from "../../src/config/sources.ts";
import { AuthenticationError, ConnectionLostError } from "../../src/errors.ts";
import { Registry } from "../../src/session/registry.ts";
import type { CommandEvent, Shell } from "../../src/shell/shell.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { userConfig } from "../config/memory_sources.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A connection that a test loses when it wants to; commands report who runs them. */
export class ScriptedConnection {
  readonly host: ResolvedHost;
  readonly #lost = Promise.withResolvers<Error | undefined>();
  isOpen = true;
  /** In milliseconds of the clock. */
  lastUsed = 0;

  constructor(host: ResolvedHost) {
    this.host = host;
  }

  /** As {@link Connection.closed}. */
  get closed(): Promise<Error | undefined> {
    return this.#lost.promise;
  }

  /** As {@link Connection.hostKey}. */
  readonly hostKey = { verdict: "known", type: "ssh-ed25519", fingerprint: "SHA256:x" };

  /** As {@link Connection.measureLatency}. */
  measureLatency(): Promise<number> {
    return Promise.resolve(1);
  }

  /** As {@link Connection.isIdleSince}. */
  isIdleSince(time: number): boolean {
    return this.lastUsed <= time;
  }

  /** Ends it as a network does. */
  lose(): void {
    this.isOpen = false;
    this.#lost.resolve(lostError());
  }

  /** As {@link Connection.openShell} by way of the program's own. */
  shell(): Shell {
    if (!this.isOpen) throw lostError();
    return {
      facts: { shellKind: "bash", depth: 0 },
      ended: this.#lost.promise,
      execute: (command: string) => this.#execute(command),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } as unknown as Shell;
  }

  async *#execute(command: string): AsyncGenerator<CommandEvent> {
    if (!this.isOpen) throw await Promise.resolve(lostError());
    yield { kind: "started" };
    yield { kind: "output", text: command, line: "" };
    yield { kind: "exited", exit: { exitStatus: 0, exitSignal: null } };
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.isOpen = false;
    this.#lost.resolve(undefined);
    return Promise.resolve();
  }
}

/** A registry over an ssh_config that a test may edit, and all connections that it opened. */
export class ScriptedHosts {
  readonly connections: ScriptedConnection[] = [];
  /** How many shells are still lost before they are open. */
  losses = 0;
  readonly registry: Registry;
  readonly #files: { text: string };

  readonly clock = new FakeClock();

  constructor(config: string, options: { readonly idleCloseMs?: number } = {}) {
    this.#files = { text: config };
    this.registry = new Registry({
      ...options,
      clock: this.clock,
      resolve: (target) => resolveHost(target, this.#sources()),
      connect: (host) => this.#connect(host),
      openShell: (connection) => this.#openShell(connection as unknown as ScriptedConnection),
    });
  }

  /** Replaces the ssh_config. */
  edit(config: string): void {
    this.#files.text = config;
  }

  /** Connections that are open now. */
  get open(): readonly ScriptedConnection[] {
    return this.connections.filter(({ isOpen }) => isOpen);
  }

  #sources(): ConfigSources {
    return userConfig(this.#files.text);
  }

  #connect(host: ResolvedHost): Promise<Connection> {
    if (host.password === "wrong") {
      return Promise.reject(new AuthenticationError("refused", "pass another"));
    }
    const connection = new ScriptedConnection(host);
    this.connections.push(connection);
    return Promise.resolve(connection as unknown as Connection);
  }

  #openShell(connection: ScriptedConnection): Promise<Shell> {
    if (this.losses === 0) return Promise.resolve().then(() => connection.shell());
    this.losses--;
    connection.lose();
    return Promise.reject(lostError());
  }
}

function lostError(): ConnectionLostError {
  return new ConnectionLostError("the connection is lost", "run it again");
}
