/** A TCP proxy on loopback that cuts a connection after so many bytes from the client. */
export class CuttingProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  /** Bytes from the client that pass before the cut; counted from when it is set. */
  leftBytes = Infinity;
  /** Whether connections after the cut pass. */
  afterCut: "closed" | "open" = "closed";

  constructor(readonly target: number) {
    void this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
      this.#open.add(client).add(server);
      void this.#copy(client, server, "up");
      void this.#copy(server, client, "down");
    }
  }

  async #copy(from: Deno.Conn, to: Deno.Conn, way: "up" | "down"): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let got; (got = await from.read(buffer)) !== null;) {
        const passing = way === "up" ? Math.min(got, this.leftBytes) : got;
        if (way === "up") this.leftBytes -= passing;
        for (let sent = 0; sent < passing;) sent += await to.write(buffer.subarray(sent, passing));
        if (this.leftBytes > 0) continue;
        if (this.afterCut === "open") this.leftBytes = Infinity;
        break;
      }
    } catch {
      // The other direction has closed it.
    }
    this.#close(from);
    this.#close(to);
  }

  #close(conn: Deno.Conn): void {
    if (!this.#open.delete(conn)) return;
    try {
      conn.close();
    } catch {
      // A failed write has closed it.
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of this.#open) this.#close(conn);
  }
}
