import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import { InputError, SshError, UnsupportedError } from "../errors.ts";
import { RefusedError } from "../transport/ssh2/session_request.ts";
import { quoteRemote } from "../transport/remote_text.ts";
import type { Connection, TunnelTarget } from "../transport/transport.ts";
import { readSocksRequest, sendSocksReply } from "./socks_server.ts";

/** The only address that is listened on. */
const ADDRESS = "127.0.0.1";
/** Connections through one port at once; more are closed as they come. */
const CONNECTIONS = 128;
/** For the request of SOCKS5, and for the host to connect. */
const OPENING_MS = 30_000;

/** A forwarding to be opened: from where, and where to. */
export interface ForwardRequest {
  /** The host's name as it was called. */
  readonly host: string;
  readonly connection: Connection;
  /** 0 for any that is free. */
  readonly listenPort: number;
  /** As the host sees it; undefined for SOCKS5, whose clients say where to. */
  readonly to: TunnelTarget | undefined;
  /** Throws an {@link SshError} for a destination that may not be reached. */
  readonly check: (to: TunnelTarget) => void;
}

/** One forwarded port as it is listed. */
export interface ForwardFacts {
  readonly host: string;
  readonly listenPort: number;
  readonly to: TunnelTarget | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Why the last connection that failed did not come about. */
  readonly lastFault: string | undefined;
}

/** A port of 127.0.0.1 whose connections go on from a host; closed with the host's connection. */
export class Forwarding implements AsyncDisposable {
  /** Settles when it is closed, by whomever. */
  readonly closed: Promise<void>;
  readonly #request: ForwardRequest;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #since: number;
  readonly #sockets = new Set<Socket>();
  readonly #end = new AbortController();
  #settleClosed: () => void = () => {};
  #listenPort = 0;
  #lastFault: string | undefined;

  private constructor(request: ForwardRequest, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
    this.#since = clock.now();
    this.closed = new Promise((resolve) => this.#settleClosed = resolve);
    this.#server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true },
      (socket) => this.#take(socket),
    );
  }

  /**
   * Listens.
   *
   * @throws {InputError} When the port is in use.
   */
  static async open(request: ForwardRequest, clock: Clock): Promise<Forwarding> {
    await requirePermission(request.listenPort);
    const forwarding = new Forwarding(request, clock);
    await forwarding.#listen();
    void request.connection.closed.then(() => forwarding[Symbol.asyncDispose]());
    const held = request.connection.hold();
    void forwarding.closed.then(() => held[Symbol.dispose]());
    return forwarding;
  }

  get facts(): ForwardFacts {
    const { host, to } = this.#request;
    return {
      host,
      to,
      listenPort: this.#listenPort,
      since: this.#since,
      connections: this.#sockets.size,
      lastFault: this.#lastFault,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#end.signal.aborted) {
      this.#end.abort(new Error("the forwarding was closed"));
      this.#server.close(() => this.#settleClosed());
      for (const socket of this.#sockets) socket.destroy();
    }
    await this.closed;
  }

  #listen(): Promise<void> {
    const { listenPort } = this.#request;
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(listenError(listenPort, error));
      this.#server.once("error", onError);
      this.#server.listen(listenPort, ADDRESS, () => {
        this.#server.off("error", onError);
        this.#server.on("error", () => {});
        this.#listenPort = (this.#server.address() as { readonly port: number }).port;
        resolve();
      });
    });
  }

  #take(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#sockets.size >= CONNECTIONS || this.#end.signal.aborted) {
      this.#lastFault = `more than ${CONNECTIONS} connections at once`;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    void this.#forward(socket).catch((error) => {
      this.#lastFault = wordsOf(error);
      socket.destroySoon();
    });
  }

  async #forward(socket: Socket): Promise<void> {
    const { to } = this.#request;
    const late = new AbortController();
    using _limit = this.#clock.after(OPENING_MS, () => {
      late.abort(new Error("it took too long"));
      socket.destroy();
    });
    const gone = new AbortController();
    socket.once("close", () => gone.abort(new Error("the client has left")));
    const signal = AbortSignal.any([this.#end.signal, late.signal, gone.signal]);
    const tunnel = to === undefined
      ? await this.#openForSocks(socket, signal)
      : await this.#open(to, signal);
    if (socket.destroyed) return void tunnel.destroy();
    join(socket, tunnel);
  }

  async #openForSocks(socket: Socket, signal: AbortSignal): Promise<Duplex> {
    const to = await readSocksRequest(socket);
    try {
      const tunnel = await this.#open(to, signal);
      sendSocksReply(socket, "granted");
      return tunnel;
    } catch (error) {
      const isRefused = error instanceof RefusedError;
      const reply = isRefused ? "refused" : error instanceof SshError ? "forbidden" : "failed";
      if (!socket.destroyed) sendSocksReply(socket, reply);
      throw error;
    }
  }

  async #open(to: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
    this.#request.check(to);
    signal.throwIfAborted();
    const opening = this.#request.connection.openTunnel(to, signal);
    // Whoever gave up still has to close what opens afterwards.
    signal.addEventListener("abort", () => void opening.then((late) => late.destroy(), () => {}));
    return await opening;
  }
}

/** Each end's end of output goes to the other; a fault of either ends both. */
function join(socket: Socket, tunnel: Duplex): void {
  const destroy = (): void => {
    socket.destroy();
    tunnel.destroy();
  };
  tunnel.on("error", destroy);
  tunnel.once("close", () => socket.destroySoon());
  socket.once("close", () => tunnel.destroy());
  socket.setNoDelay();
  socket.pipe(tunnel);
  tunnel.pipe(socket);
}

/** Deno throws out of reach of any handler when it may not listen, so ask beforehand. */
async function requirePermission(port: number): Promise<void> {
  const host = `${ADDRESS}:${port}`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  throw new UnsupportedError(
    `This server may not listen on ${host}`,
    `Who starts it can add --allow-net=${host}`,
  );
}

function listenError(port: number, error: Error & { readonly code?: string }): SshError {
  return new InputError(
    error.code === "EADDRINUSE"
      ? `Port ${port} of ${ADDRESS} is in use`
      : `Cannot listen on port ${port} of ${ADDRESS}: ${error.code ?? error.message}`,
    "Pass another local_port, or leave it out for any that is free",
  );
}

function wordsOf(error: unknown): string {
  if (error instanceof RefusedError) return `the host says ${quoteRemote(error.reason)}`;
  return error instanceof Error && error.message !== ""
    ? error.message
    : "the client's request was not understood";
}
