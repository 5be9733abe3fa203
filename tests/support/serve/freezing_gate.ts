import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP gate that can freeze: nothing passes then, nothing is lost, and no end is told. */
export class FreezingGate implements AsyncDisposable {
  readonly #server: Server;
  readonly #to: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #waiting = new Set<Socket>();
  #isFrozen = false;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer(
      { pauseOnConnect: true, noDelay: true },
      (client) => this.#take(client),
    );
  }

  /** Starts one before a port of 127.0.0.1. */
  static async start(to: number): Promise<FreezingGate> {
    const gate = new FreezingGate(to);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  /** Nothing passes from now on; new connections are taken and hang. */
  freeze(): void {
    this.#isFrozen = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe();
      far.unpipe();
      near.pause();
      far.pause();
    }
  }

  /** All goes on where it stood. */
  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    for (const pair of this.#pairs) join(pair);
    for (const client of this.#waiting) this.#connect(client);
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    for (const client of this.#waiting) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(client: Socket): void {
    client.on("error", () => {});
    if (!this.#isFrozen) return this.#connect(client);
    this.#waiting.add(client);
    client.once("close", () => this.#waiting.delete(client));
  }

  #connect(near: Socket): void {
    const far = connect({ port: this.#to, host: "127.0.0.1", noDelay: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    far.on("error", () => near.destroy());
    near.once("close", () => far.destroy());
    far.once("close", () => {
      near.destroy();
      this.#pairs.delete(pair);
    });
    join(pair);
  }
}

function join([near, far]: readonly [Socket, Socket]): void {
  near.pipe(far);
  far.pipe(near);
}
