import { createServer, type Socket } from "node:net";

/** A TCP server on 127.0.0.1 that is no sshd; disposing cuts its connections. */
export interface GarbageServer extends AsyncDisposable {
  readonly port: number;
  /** Bytes handed over to all clients so far. */
  readonly sentBytes: number;
}

/** Starts a server that does with each connection what `serve` says. */
export async function startGarbageServer(serve: (socket: Socket) => void): Promise<GarbageServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    port,
    get sentBytes(): number {
      return sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a chunk again and again, as fast as the peer takes it, `limitBytes` in all. */
export function flood(socket: Socket, chunk: Uint8Array, limitBytes: number): void {
  let left = limitBytes;
  const send = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length;
      if (!socket.write(chunk)) return void socket.once("drain", send);
    }
  };
  send();
}
