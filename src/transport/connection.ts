import type { Duplex } from "node:stream";
import { abortable, type Clock } from "../clock.ts";
import { ChannelError, ConnectionLostError, SshError } from "../errors.ts";
import { SessionChannel } from "./channel.ts";
import { ChannelRoom } from "./channel_room.ts";
import { ConnectionUse } from "./connection_use.ts";
import type { ClientWatch, CloseListener } from "./ssh2/client_watch.ts";
import { BoundError, inKib } from "./bound_error.ts";
import { readCommand } from "./command_reader.ts";
import { SftpClient } from "./sftp/sftp_client.ts";
import { SftpPackets } from "./sftp/sftp_packets.ts";
import { quoteRemote } from "./remote_text.ts";
import {
  forwardOut,
  openSession,
  RefusedError,
  type SessionRequest,
  windowOf,
} from "./ssh2/session_request.ts";
import { ping } from "./ssh2/protocol_access.ts";
import { sendMessage, type Ssh2Channel, type Ssh2Client } from "./ssh2/ssh2_client.ts";
import type {
  Channel,
  CommandOutput,
  Connection,
  HostKeyState,
  OpenOptions,
  PtyRequest,
  RunOptions,
  Sftp,
  TunnelTarget,
} from "./transport.ts";

/** Facts of a finished login. */
export interface ConnectionFacts {
  /** Alias to show. */
  readonly host: string;
  readonly ident: string;
  readonly banner: string;
  readonly hostKey: HostKeyState;
  readonly method: string;
  /** Sent with each channel, before what the caller adds. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Partners of a {@link Ssh2Connection}. */
export interface ConnectionParts {
  readonly clock: Clock;
  readonly watch: ClientWatch;
  /** Ends the transport at once. */
  readonly destroy: () => void;
}

/** One authenticated ssh2 client. */
export class Ssh2Connection implements Connection {
  readonly ident: string;
  readonly banner: string;
  readonly hostKey: HostKeyState;
  readonly method: string;
  readonly closed: Promise<SshError | undefined>;
  readonly #client: Ssh2Client;
  readonly #facts: ConnectionFacts;
  readonly #parts: ConnectionParts;
  readonly #waiters = new Set<() => void>();
  readonly #room: ChannelRoom;
  readonly #use: ConnectionUse;
  #ended: SshError | "ended" | undefined;
  #disposing = false;

  constructor(client: Ssh2Client, facts: ConnectionFacts, parts: ConnectionParts) {
    this.ident = facts.ident;
    this.banner = facts.banner;
    this.hostKey = facts.hostKey;
    this.method = facts.method;
    this.#client = client;
    this.#facts = facts;
    this.#parts = parts;
    this.#room = new ChannelRoom(parts.clock, isFull);
    this.#use = new ConnectionUse(parts.clock);
    this.closed = new Promise((resolve) => {
      parts.watch.onClose((error) => resolve(this.#onClosed(error)));
    });
  }

  openShell(pty: PtyRequest, options: OpenOptions = {}): Promise<Channel> {
    return this.#open({ pty, start: { kind: "shell" } }, options);
  }

  exec(
    command: string,
    options: OpenOptions & { readonly pty?: PtyRequest } = {},
  ): Promise<Channel> {
    const { pty } = options;
    return this.#open(
      { ...(pty === undefined ? {} : { pty }), start: { kind: "exec", command } },
      options,
    );
  }

  async run(command: string, options: RunOptions): Promise<CommandOutput> {
    const given = options.signal ?? new AbortController().signal;
    const late = new AbortController();
    const limit = this.#parts.clock.after(options.timeoutMs, () => late.abort());
    const signal = AbortSignal.any([given, late.signal]);
    const opening = this.exec(command, { ...options, signal });
    const channel = await opening.catch((error) => {
      limit[Symbol.dispose]();
      if (given.aborted || !late.signal.aborted || this.#ended !== undefined) throw error;
    });
    if (channel === undefined) return { text: "", isComplete: false };
    const output = await readCommand(channel, options, {
      signal,
      onEnd: () => limit[Symbol.dispose](),
      onOverrun: () =>
        this.#cut(`it printed more than ${inKib(options.limitBytes)} for one request`),
    });
    given.throwIfAborted();
    if (this.#ended !== undefined && !output.isComplete) throw this.#lostError();
    return output;
  }

  async openSftp(options: OpenOptions = {}): Promise<Sftp> {
    const start = { kind: "subsystem", name: "sftp" } as const;
    const channel = await this.#open({ start }, options);
    const { clock } = this.#parts;
    const packets = new SftpPackets(channel, { clock, lost: () => this.#sftpLostError() });
    try {
      const extensions = await this.#orLost(packets.start(), options.signal);
      return new SftpClient(channel, packets, extensions);
    } catch (error) {
      await channel[Symbol.asyncDispose]();
      throw error;
    }
  }

  offerRoom(release: () => Promise<void>): Disposable {
    return this.#room.offer(release);
  }

  hold(): Disposable {
    return this.#use.hold();
  }

  isIdleSince(time: number): boolean {
    return this.#use.isIdleSince(time);
  }

  async measureLatency(options: OpenOptions = {}): Promise<number> {
    const { clock } = this.#parts;
    options.signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#lostError();
    const startedAt = clock.now();
    await this.#orLost(
      new Promise<void>((resolve) => ping(this.#client, resolve)),
      options.signal,
    );
    return clock.now() - startedAt;
  }

  async openTunnel(to: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#lostError();
    return await this.#orLost(forwardOut(this.#client, to), signal);
  }

  /** Calls back in the turn in which the connection goes, with the fault. */
  onClose(listener: CloseListener): Disposable {
    return this.#parts.watch.onClose(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing = true;
    if (this.#ended !== undefined) return;
    this.#client.end();
    const timer = this.#parts.clock.after(closeMs, () => this.#parts.destroy());
    await this.closed;
    timer[Symbol.dispose]();
  }

  #open(request: SessionRequest, options: OpenOptions): Promise<Channel> {
    return this.#room.open(() => this.#openOnce(request, options), options.signal);
  }

  async #openOnce(request: SessionRequest, options: OpenOptions): Promise<Channel> {
    options.signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#lostError();
    const environment = { ...this.#facts.environment, ...options.environment };
    const opening = openSession(
      this.#client,
      { ...request, environment },
      (channel) => this.#channelOver(channel, request),
    );
    return await this.#orLost(opening, options.signal).catch((error) => {
      // Whoever gave up still has to close what opens afterwards.
      opening.then((channel) => channel[Symbol.asyncDispose](), () => {});
      throw this.#openingError(error, request);
    });
  }

  #channelOver(channel: Ssh2Channel, request: SessionRequest): SessionChannel {
    const { pty, start } = request;
    const isPassing = start.kind === "exec" && pty === undefined;
    const leave = this.#room.enter(isPassing ? "passing" : "staying");
    const running = isPassing ? this.#use.hold() : undefined;
    this.#use.touch();
    return new SessionChannel(channel, {
      clock: this.#parts.clock,
      watch: this.#parts.watch,
      send: (message) => sendMessage(this.#client, message),
      windowBytes: windowOf(request),
      lost: () => this.#ended === undefined ? undefined : this.#lostError(),
      onBytes: () => this.#use.touch(),
      onLeave: () => {
        running?.[Symbol.dispose]();
        leave();
      },
    });
  }

  #openingError(error: unknown, request: SessionRequest): unknown {
    if (!(error instanceof RefusedError)) return error;
    const advice = error.step === "channel"
      ? "Close a session of this host (sshd's MaxSessions bounds them), or ask its administrator"
      : `Ask the host's administrator whether this login may have a ${error.step}`;
    const what = { exec: "a command", shell: "a shell", subsystem: "sftp" }[request.start.kind];
    return new ChannelError(
      `"${this.#facts.host}" refused ${what}: ${error.step}: ${error.reason}`,
      advice,
      { cause: error, step: error.step },
    );
  }

  /** Ends a connection whose far end broke a bound. */
  #cut(seen: string): SshError {
    this.#parts.watch.blame(new BoundError(seen));
    this.#parts.destroy();
    return this.#lostError();
  }

  #sftpLostError(): SshError {
    if (this.#ended !== undefined) return this.#lostError();
    return new ChannelError(
      `The sftp subsystem of "${this.#facts.host}" ended`,
      "Use execute_command instead",
    );
  }

  /** The promise's outcome, unless the connection goes or the signal aborts first. */
  #orLost<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const unlessLost = new Promise<T>((resolve, reject) => {
      const onLost = (): void => reject(this.#lostError());
      this.#waiters.add(onLost);
      promise.then(resolve, reject).finally(() => this.#waiters.delete(onLost));
    });
    return abortable(unlessLost, signal);
  }

  #onClosed(error: Error | undefined): SshError | undefined {
    const fault = this.#disposing ? undefined : lostFault(this.#facts.host, error);
    this.#ended = fault ?? "ended";
    for (const waiter of this.#waiters) waiter();
    return fault;
  }

  #lostError(): SshError {
    if (typeof this.#ended === "object") return this.#ended;
    return new ConnectionLostError(
      `The connection to "${this.#facts.host}" is closed`,
      "Run the command again; the program reconnects by itself",
    );
  }
}

function isFull(error: unknown): boolean {
  const cause = error instanceof ChannelError ? error.cause : undefined;
  return cause instanceof RefusedError && cause.step === "channel";
}

function lostFault(host: string, error: Error | undefined): SshError {
  if (error instanceof SshError) return error;
  const seen = error === undefined ? "the far end closed it" : wordsOf(error);
  const isBound = error instanceof BoundError;
  return new ConnectionLostError(
    `The connection to "${host}" ${isBound ? "was cut" : "is lost"}: ${seen}`,
    isBound
      ? "The host sends more than it may; check what runs there before you use it again"
      : "Run the command again; the program reconnects by itself",
    error === undefined ? undefined : { cause: error },
  );
}

/** The words of SSH_MSG_DISCONNECT are the far end's; ssh2 marks them by a numeric code. */
function wordsOf(error: Error & { readonly code?: number | string }): string {
  return typeof error.code === "number" ? `it says ${quoteRemote(error.message)}` : error.message;
}

/** A peer's time to answer our end before its socket is destroyed. */
const closeMs = 500;
