import { createServer, type Socket } from "node:net";
// Before ssh2 itself: it ends the ciphers that the library leaves open.
import "../../src/transport/ssh2/ssh2_client.ts";
// @ts-types="@types/ssh2"
import { type AuthContext, type Connection, Server } from "ssh2";
import { newKeyPair } from "../support/ssh_keys.ts";

/** An SSH server whose authentication is a script; disposing cuts its connections. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts a server of npm:ssh2 on loopback; `authenticate` is called with each request. */
export async function startScriptedServer(
  authenticate: (request: AuthContext, client: Connection) => void,
  { ident = "scripted", hostKey = newKeyPair().private }: {
    readonly ident?: string;
    /** A private key in PEM. */
    readonly hostKey?: string;
  } = {},
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const server = new Server({ hostKeys: [hostKey], ident }, (client) => {
    client.on("authentication", (request) => authenticate(request, client));
    client.on("error", () => {});
  });
  const listener = createServer((socket) => {
    sockets.add(socket);
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as { readonly port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
