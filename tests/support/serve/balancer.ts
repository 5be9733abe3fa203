/** A load balancer of the simplest kind: each request to the next replica, past one that refuses. */
export class Balancer implements AsyncDisposable {
  ports: readonly number[];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** A connection for each request, as nginx has it: one that is kept may end with a request in it. */
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  #next = 0;

  constructor(ports: readonly number[]) {
    this.ports = ports;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#pass(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    this.#client.close();
  }

  async #pass(request: Request): Promise<Response> {
    const body = request.body ? await request.arrayBuffer() : null;
    const headers = new Headers(request.headers);
    headers.delete("host");
    // One step of the round for each request: where requests took turns in stepping on, all tries of
    // one of them could fall on the same replica.
    const first = this.#next++;
    for (let tried = 0; tried < this.ports.length; tried++) {
      const url = new URL(request.url);
      url.port = String(this.ports[(first + tried) % this.ports.length]);
      try {
        const { method, signal } = request;
        const { body: answer, status, headers: given } = await fetch(url, {
          method,
          headers,
          body,
          signal,
          redirect: "manual",
          client: this.#client,
        });
        return new Response(answer, { status, headers: given });
      } catch (error) {
        // Only where nothing was sent may the next replica get it.
        if (!/refused|tcp connect/i.test(`${error} ${(error as Error).cause}`)) break;
      }
    }
    return new Response(null, { status: 502 });
  }
}
