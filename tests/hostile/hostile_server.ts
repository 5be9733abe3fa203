import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { sendMessage, type Ssh2Client } from "../../src/transport/ssh2/ssh2_client.ts";
// @ts-types="@types/ssh2"
import { type AuthContext, type Connection, Server, type ServerChannel, type Session } from "ssh2";
import { newKeyPair } from "../support/ssh_keys.ts";

/** One client of the hostile server, and the means to break the rules towards it. */
export class Victim {
  readonly client: Connection;
  readonly socket: Socket;

  constructor(client: Connection, socket: Socket) {
    this.client = client;
    this.socket = socket;
  }

  /** Sends one message, whether the protocol allows it or not. */
  send(payload: Uint8Array): void {
    sendMessage(this.client as unknown as Ssh2Client, payload);
  }

  /** Does so again and again, as fast as it is taken, until the connection is gone. */
  flood(one: () => void): void {
    const { socket } = this;
    let size = 20_000;
    const batch = (): void => {
      if (socket.destroyed || !socket.writable) return;
      for (let count = 0; count < size && socket.writableLength < 8 * 1024 * 1024; count++) one();
      size = 500;
      if (socket.writableLength < 1024 * 1024) setImmediate(batch);
      else socket.once("drain", batch);
    };
    batch();
  }
}

/** What a hostile server does; what is left out it does as a good one would. */
export interface Hostility {
  /** In place of the SSH protocol. */
  readonly onSocket?: (socket: Socket) => void;
  /** In place of letting everybody in. */
  readonly onLogin?: (request: AuthContext, victim: Victim) => void;
  /** Once the shell is granted; it prints nothing. */
  readonly onShell?: (channel: ServerChannel, victim: Victim) => void;
  /** In place of the answer to a command. */
  readonly onExec?: (command: string, channel: ServerChannel, victim: Victim) => void;
  /** In place of an sftp subsystem. */
  readonly onSftp?: (channel: ServerChannel, victim: Victim) => void;
}

const { private: KEY } = newKeyPair();

/** A server that runs; disposing cuts its connections. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** Ends its connections, so that it attacks nobody any more. */
  cut(): void;
}

/** Starts a server on 127.0.0.1 that keeps to the rules up to the point where it attacks. */
export async function startHostileServer(hostility: Hostility): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (hostility.onSocket !== undefined) return hostility.onSocket(socket);
    serve(socket, hostility);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    cut,
    port: (listener.address() as { readonly port: number }).port,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function serve(socket: Socket, hostility: Hostility): void {
  const server = new Server({ hostKeys: [KEY], ident: "OpenSSH_9.2p1" }, (client) => {
    const victim = new Victim(client, socket);
    client.on("error", () => {});
    client.on("authentication", (request) => {
      if (hostility.onLogin === undefined) request.accept();
      else hostility.onLogin(request, victim);
    });
    client.on("session", (accept) => serveSession(accept(), hostility, victim));
  });
  server.injectSocket(socket);
}

function serveSession(session: Session, hostility: Hostility, victim: Victim): void {
  session.on("pty", (accept) => accept?.());
  session.on("env", (accept) => accept?.());
  session.on("shell", (accept) => {
    const channel = accept();
    channel.on("error", () => {});
    channel.resume();
    hostility.onShell?.(channel, victim);
  });
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    channel.on("error", () => {});
    if (hostility.onExec !== undefined) {
      return hostility.onExec(command, channel, victim);
    }
    channel.write(command.includes("uname -s") ? "Linux\n" : "");
    channel.exit(0);
    channel.end();
  });
  session.on("subsystem", (accept, reject) => {
    if (hostility.onSftp === undefined) return void reject?.();
    const channel = accept();
    channel.on("error", () => {});
    hostility.onSftp(channel, victim);
  });
}

/** The number of a channel at the client's end. */
export function numberOf(channel: ServerChannel): number {
  return (channel as unknown as { readonly outgoing: { readonly id: number } }).outgoing.id;
}

/** A message: numbers are bytes, `{ uint32 }` four of them, text has its length before it. */
export function message(
  ...fields: readonly (number | string | Uint8Array | { readonly uint32: number })[]
): Uint8Array {
  return Buffer.concat(fields.map((field) => {
    if (typeof field === "number") return Buffer.of(field);
    if (typeof field === "object" && "uint32" in field) return uint32(field.uint32);
    const bytes = Buffer.from(field as string);
    return Buffer.concat([uint32(bytes.length), bytes]);
  }));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
