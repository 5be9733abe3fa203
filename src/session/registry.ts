import type { Clock } from "../clock.ts";
import { identityOf, sessionKeyOf } from "../config/identity.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { ConnectionLostError, ShellBusyError, UnknownSessionError } from "../errors.ts";
import type { Shell } from "../shell/shell.ts";
import { isCut } from "../transport/bound_error.ts";
import type { Connection } from "../transport/transport.ts";
import { type Connect, Connections } from "./connections.ts";
import { type Login, Logins, loginTo } from "./logins.ts";
import { type CommandOptions, Session, type SessionFacts, type SessionLinks } from "./session.ts";

/** A target as the caller named it; empty strings are refused before this. */
export interface SessionTarget {
  readonly host: string;
  readonly username?: string | undefined;
  readonly port?: number | undefined;
  readonly password?: string | undefined;
  readonly keyFilename?: string | undefined;
}

/** The sessions and the connection that were closed. */
export interface Closed {
  readonly host: string;
  readonly sessions: readonly string[];
  readonly connection: boolean;
}

/** The connection that all calls to one target share. */
export interface SharedConnection {
  readonly host: ResolvedHost;
  readonly connection: Connection;
  /** A note for the caller on this connection: once, so only who shows it takes it. */
  readonly takeNote: () => string | undefined;
}

/** Services of a registry; the program passes the real ones, tests may pass others. */
export interface RegistryOptions {
  readonly clock: Clock;
  /** MCP_SSH_IDLE_CLOSE: a session without a command for so long is closed; undefined for never. */
  readonly idleCloseMs?: number | undefined;
  /** ssh_config(5) and the operator's overrides make a host of a target. */
  resolve(target: SessionTarget): Promise<ResolvedHost>;
  readonly connect: Connect;
  /** The note on a new session, by the host as called and the session's name. */
  readonly noteOf?: ((host: string, name: string) => string | undefined) | undefined;
  /** Called with each shell that a session opens. */
  readonly onShell?: SessionLinks["onShell"] | undefined;
  /**
   * `profile`: the kind of this host if it is known, "unix" or a device profile's id.
   * `avoidsExec`: the last connection was closed upon an exec request, so none is sent.
   */
  openShell(
    connection: Connection,
    host: ResolvedHost,
    options: CommandOptions & {
      readonly profile?: string | undefined;
      readonly avoidsExec?: boolean | undefined;
    },
  ): Promise<Shell>;
}

const IDLE_CHECK_MS = 15_000;
const IDLE_NOTE = "new shell: the one before was closed, as no command came for as long as " +
  "MCP_SSH_IDLE_CLOSE says, with its directory and variables";

/** Of settings without an effect; the rest is only counted. */
const SHOWN_WARNINGS = 3;
/** As many sessions are remembered whether they ever opened or not. */
const KEPT_UNUSED = 64;

/**
 * All sessions of this process: one connection for each identity of a target, its named shells.
 *
 * Which open connection a call means, is in {@link Logins}.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #connections: Connections;
  readonly #sessions = new Map<string, Session>();
  readonly #logins = new Logins({
    isConnected: (host) => this.#connections.has(host),
    hasSession: (host) => this.#sessionsOf(host).some(({ isInUse }) => isInUse),
  });
  /** The kind of each host, by identity: it is found out once. */
  readonly #profiles = new Map<string, string>();
  /** Hosts whose last connection ended before it was known what stands behind them. */
  readonly #unwelcoming = new Set<string>();

  /**
   * Sessions that were dropped before they were used: who acquired one may use it yet, as
   * execute_on_hosts does with those of a thousand hosts.
   */
  readonly #dropped = new Map<string, WeakRef<Session>>();
  readonly #tried = new WeakSet<Session>();

  /** Sessions that were closed for being idle, not reported yet. */
  readonly #idleClosed = new Set<string>();
  /** Hosts whose settings without an effect were reported. */
  readonly #warned = new Set<string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#connections = new Connections({ connect: options.connect, clock: options.clock });
    this.#watchIdle();
  }

  /** The host that a target means; connects nothing. */
  async hostOf(target: SessionTarget): Promise<ResolvedHost> {
    return this.#logins.find(await this.#login(target)).host;
  }

  /** Resolves the target's settings; connects nothing. */
  async acquire(target: SessionTarget, name: string): Promise<Session> {
    const login = await this.#login(target);
    const { host } = this.#logins.find(login);
    const key = sessionKeyOf(host, name);
    const known = this.#sessions.get(key) ?? this.#dropped.get(key)?.deref();
    if (known !== undefined) return known;
    const { noteOf } = this.#options;
    const session: Session = new Session(host, name, {
      note: this.#idleClosed.delete(key)
        ? IDLE_NOTE
        : this.#movedNote(login) ?? noteOf?.(host.host, name),
      clock: this.#options.clock,
      connection: (options) => {
        this.#tried.add(session);
        this.#remember(session);
        return this.#connections.get(this.#logins.current(host), options);
      },
      takeWarnings: () => this.#takeWarnings(this.#logins.current(host)),
      openShell: (connection, options) =>
        this.#openShell(connection, this.#logins.current(host), options),
      connectionFacts: () => this.#connectionFacts(host),
      ...onShellOf(this.#options),
    });
    this.#dropUnused();
    this.#remember(session);
    return session;
  }

  /** The session of that name, if there is one; opens and makes none. */
  async find(target: SessionTarget, name: string): Promise<Session | undefined> {
    const { host } = this.#logins.find(await this.#login(target));
    return this.#sessions.get(sessionKeyOf(host, name));
  }

  /** The shared connection, opened if need be; for SFTP and exec. */
  async connection(
    target: SessionTarget,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<SharedConnection> {
    const login = await this.#login(target);
    const { host } = this.#logins.find(login);
    let moved = this.#connections.has(host) ? undefined : this.#movedNote(login);
    const connection = await this.#connections.get(host, options);
    const takeNote = (): string | undefined => {
      const notes = [moved, this.#takeWarnings(host)].filter((note) => note !== undefined);
      moved = undefined;
      return notes.length === 0 ? undefined : notes.join("; ");
    };
    return { host, connection, takeNote };
  }

  /** A session whose keyboard a person has. */
  get held(): Session | undefined {
    return [...this.#sessions.values()].find(({ keyboard }) => keyboard.isHeld);
  }

  list(): readonly SessionFacts[] {
    return [...this.#sessions.values()].filter(({ isOpen }) => isOpen).map(({ facts }) => facts);
  }

  /**
   * Closes a session or, without a name, all of a host: whatever password or key opened them, and
   * those that the name led to before ssh_config was edited.
   *
   * @throws {UnknownSessionError} When nothing of it is open; names what is.
   */
  async close(target: SessionTarget, name?: string): Promise<Closed> {
    const login = await this.#login(target);
    const hosts = this.#logins.all(login).map(({ host }) => host);
    const ofHost = hosts.flatMap((host) => this.#sessionsOf(host));
    const chosen = ofHost.filter((session) => name === undefined || session.name === name);
    const hasConnection = hosts.some((host) => this.#connections.facts(host) !== undefined);
    if (!chosen.some(({ isOpen }) => isOpen) && (name !== undefined || !hasConnection)) {
      throw this.#nothingOpen(login.host, name);
    }
    const held = chosen.find(({ keyboard }) => keyboard.isHeld);
    if (held !== undefined) throw heldByPerson(held);
    const sessions = chosen.filter(({ isOpen }) => isOpen).map((session) => session.name);
    await Promise.all(chosen.map((session) => this.#forget(session)));
    const left = hosts.filter((host) =>
      name === undefined || !this.#sessionsOf(host).some(({ isOpen }) => isOpen)
    );
    const closed = await Promise.all(left.map((host) => this.#connections.close(host)));
    return { host: login.host.host, sessions, connection: closed.some((one) => one) };
  }

  /** How many sessions were closed. */
  async closeAll(): Promise<number> {
    const open = [...this.#sessions.values()].filter(({ isOpen }) => isOpen);
    await Promise.all(open.map((session) => this.#forget(session)));
    this.#sessions.clear();
    await this.#connections.closeAll();
    return open.length;
  }

  #watchIdle(): void {
    const { clock, idleCloseMs } = this.#options;
    if (idleCloseMs === undefined) return;
    clock.after(Math.min(idleCloseMs, IDLE_CHECK_MS), () => {
      void this.#closeIdle(clock.now() - idleCloseMs);
      this.#watchIdle();
    });
  }

  /** Connections too that no session has and nobody used. */
  async #closeIdle(since: number): Promise<void> {
    const idle = [...this.#sessions.values()].filter((session) =>
      session.isOpen && !session.facts.busy && session.facts.lastUsed <= since
    );
    const left = [...this.#sessions.values()].filter((session) =>
      !idle.includes(session) && (session.isOpen || session.isInUse)
    );
    const kept = new Set(left.map(({ host }) => identityOf(host)));
    await this.#connections.closeIdle(since, kept);
    for (const session of idle) {
      this.#idleClosed.add(session.key);
      await this.#forget(session).catch(() => {});
    }
  }

  async #openShell(
    connection: Connection,
    host: ResolvedHost,
    options: CommandOptions,
  ): Promise<Shell> {
    const key = identityOf(host);
    const profile = options.deviceType ?? host.deviceType ?? this.#profiles.get(key);
    const avoidsExec = this.#unwelcoming.delete(key) && profile === undefined;
    const known = { ...options, profile, avoidsExec };
    try {
      const shell = await this.#options.openShell(connection, host, known);
      const { mode, shellKind, profile: kept = "unix", isUndecided } = shell.facts;
      if (!isUndecided) this.#profiles.set(key, mode === undefined ? kept : shellKind);
      return shell;
    } catch (error) {
      // Some devices close the whole connection when they get an exec request.
      const isClosed = error instanceof ConnectionLostError && !isCut(error);
      if (isClosed && profile === undefined) this.#unwelcoming.add(key);
      throw error;
    }
  }

  #takeWarnings(resolved: ResolvedHost): string | undefined {
    const { host } = resolved;
    const unasked = resolved.unavailable.filter(({ keyword }) => keyword === "knownhostscommand");
    const warnings = [...unasked.map(({ text }) => text), ...resolved.warnings];
    if (warnings.length === 0 || this.#warned.has(identityOf(resolved))) return undefined;
    this.#warned.add(identityOf(resolved));
    const shown = warnings.slice(0, SHOWN_WARNINGS);
    const more = warnings.length - shown.length;
    return [...shown, ...(more > 0 ? [`${more} more: see config ${host}`] : [])].join("; ");
  }

  /** Sessions that never opened, such as those of wrong passwords; the newest may be about to. */
  #dropUnused(): void {
    const old = [...this.#sessions.values()].slice(0, -KEPT_UNUSED);
    for (const session of old) {
      if (session.isInUse) continue;
      this.#sessions.delete(session.key);
      if (!this.#tried.has(session)) this.#dropped.set(session.key, new WeakRef(session));
    }
    for (const [key, session] of this.#dropped) {
      if (session.deref() === undefined) this.#dropped.delete(key);
    }
  }

  #remember(session: Session): void {
    this.#dropped.delete(session.key);
    this.#sessions.set(session.key, session);
  }

  async #forget(session: Session): Promise<void> {
    this.#sessions.delete(session.key);
    await session.close();
  }

  #sessionsOf(host: ResolvedHost): readonly Session[] {
    const key = identityOf(host);
    return [...this.#sessions.values()].filter((session) => identityOf(session.host) === key);
  }

  #login(target: SessionTarget): Promise<Login> {
    return loginTo(target, (one) => this.#options.resolve(one as SessionTarget));
  }

  #movedNote(login: Login): string | undefined {
    if (!this.#logins.hasMoved(login)) return undefined;
    const { host } = login.host;
    return `new connection: the settings of "${host}" have changed since its last one; ` +
      `commands there continue until close_session(host="${host}")`;
  }

  #connectionFacts(host: ResolvedHost): Pick<SessionFacts, "hostKey" | "latencyMs"> {
    const facts = this.#connections.facts(host);
    return { hostKey: facts?.connection.hostKey, latencyMs: facts?.latencyMs };
  }

  #nothingOpen(host: ResolvedHost, name: string | undefined): UnknownSessionError {
    const open = this.list().map((facts) => `${facts.host} (${facts.name})`);
    return new UnknownSessionError(
      `No session ${name === undefined ? "" : `"${name}" `}of ${host.host} is open`,
      open.length === 0 ? "No session is open at all" : `Open are: ${open.join(", ")}`,
    );
  }
}

function onShellOf({ onShell }: RegistryOptions): Pick<SessionLinks, "onShell"> {
  return onShell === undefined ? {} : { onShell };
}

function heldByPerson({ host, name }: Session): ShellBusyError {
  return new ShellBusyError(
    `A person has the keyboard of session "${name}" of ${host.host}; it was not closed`,
    "Wait until it is handed back",
  );
}
