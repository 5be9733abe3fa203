import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";

/** What happens to the bytes of a connection. */
export type ProxyMode =
  /** They are passed on. */
  | "pass"
  /** They vanish, in both directions; no end says so, as behind a cut cable. */
  | "drop";

/**
 * A TCP proxy on 127.0.0.1 that breaks connections on purpose; disposing cuts all of them.
 *
 * What {@link dropAfterBytes} and {@link mode} say holds for connections that stand and that come.
 */
export class TcpProxy implements AsyncDisposable {
  mode: ProxyMode = "pass";
  /** Where connections lead that come from now on. */
  targetPort: number;
  /** A connection's bytes towards the client vanish once so many have passed. */
  dropAfterBytes: number = Infinity;
  /** How much later what arrives is passed on, each way; it may grow. */
  delayMs = 0;
  /** Connections taken so far. */
  accepted = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  readonly #underWay = new Set<ReturnType<typeof setTimeout>>();

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.#server = createServer((client) => this.#join(client));
  }

  /** Starts a proxy to a port of 127.0.0.1. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  /** Connections that stand. */
  get open(): number {
    return this.#clients.size;
  }

  /** Resets all connections towards the client (RFC 9293 §3.5). */
  reset(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  /** Ends all connections in order, with FIN. */
  end(): void {
    for (const client of this.#clients) client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = [...this.#sockets].map((socket) =>
      new Promise((resolve) => socket.once("close", resolve))
    );
    this.delayMs = 0;
    for (const timer of this.#underWay) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...gone, new Promise((resolve) => this.#server.close(resolve))]);
  }

  #join(client: Socket): void {
    this.accepted++;
    const server = connectTcp(this.targetPort, "127.0.0.1");
    let passed = 0;
    this.#keep(client, server);
    this.#keep(server, client);
    this.#clients.add(client);
    client.once("close", () => this.#clients.delete(client));
    client.on("data", (chunk) => this.#later(() => this.mode === "pass" && server.write(chunk)));
    server.on("data", (chunk) => {
      passed += chunk.length;
      if (passed > this.dropAfterBytes) return;
      this.#later(() => this.mode === "pass" && client.write(chunk));
    });
  }

  /** In the order of the calls. */
  #later(act: () => void): void {
    if (this.delayMs === 0) return act();
    const timer = setTimeout(() => {
      this.#underWay.delete(timer);
      act();
    }, this.delayMs);
    this.#underWay.add(timer);
  }

  #keep(socket: Socket, other: Socket): void {
    socket.setNoDelay();
    socket.on("error", () => {});
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.mode === "pass") this.#later(() => other.destroy());
    });
  }
}
