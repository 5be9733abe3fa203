import { connect as connectTcp, createServer, type Socket } from "node:net";
import { until } from "../support/condition.ts";

/** A TCP server of the test's own on loopback; disposing cuts its connections. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Resolves when the first peer has connected. */
  readonly connected: Promise<unknown>;
}

/** Starts a server that does with each connection what `serve` says. */
export async function startListener(serve: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const first = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.add(socket);
    first.resolve();
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    port,
    connected: first.promise,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts a server that passes bytes on to a port until it is told to swallow them. */
export async function startProxy(
  port: number,
): Promise<Listener & { silence(): void; reset(): void }> {
  let silent = false;
  const upstreams: Socket[] = [];
  const downstreams: Socket[] = [];
  const listener = await startListener((socket) => {
    const upstream = connectTcp(port, "127.0.0.1");
    upstreams.push(upstream);
    downstreams.push(socket);
    upstream.on("error", () => {});
    socket.on("data", (chunk) => silent || upstream.write(chunk));
    upstream.on("data", (chunk) => silent || socket.write(chunk));
    socket.on("close", () => upstream.destroy());
  });
  return {
    ...listener,
    silence: () => silent = true,
    reset: () => {
      for (const socket of downstreams) socket.resetAndDestroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const upstream of upstreams) upstream.destroy();
      await until("upstreams closed", () => upstreams.every((one) => one.destroyed));
      await listener[Symbol.asyncDispose]();
    },
  };
}
