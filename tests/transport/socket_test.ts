import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { openSocket } from "../../src/transport/socket.ts";
import { until } from "../support/condition.ts";
import { startListener } from "./loopback_tcp.ts";
import { target } from "./targets.ts";

/** State of a TCP connection as /proc/net/tcp has it; CLOSE-WAIT of RFC 9293 §3.3.2. */
const CLOSE_WAIT = "08";

Deno.test("a peer that hangs up before anyone listens is found by whoever resumes the socket", async () => {
  const { socket, state, peer, listener } = await connectedPair();
  await using _listener = listener;
  peer.end();
  await until("the end is here", () => state() === CLOSE_WAIT);
  await aTurn();
  const closed = once(socket, "close");
  socket.resume();
  await closed;
});

Deno.test("a peer that resets before anyone listens is found by whoever resumes the socket", async () => {
  const { socket, state, peer, listener } = await connectedPair();
  await using _listener = listener;
  peer.resetAndDestroy();
  await until("the reset is here", () => state() === undefined);
  await aTurn();
  const failed = once(socket, "error");
  socket.resume();
  assert.match(String(await failed), /ECONNRESET/);
});

interface ConnectedPair {
  readonly socket: Socket;
  /** What the kernel says of {@link socket}; undefined once the connection is gone. */
  readonly state: () => string | undefined;
  /** The far end of {@link socket}. */
  readonly peer: Socket;
  readonly listener: AsyncDisposable;
}

async function connectedPair(): Promise<ConnectedPair> {
  const accepted = Promise.withResolvers<Socket>();
  const listener = await startListener(accepted.resolve);
  const socket = await openSocket(target({ port: listener.port }), new AbortController().signal);
  return { socket, state: stateOf(socket), peer: await accepted.promise, listener };
}

/** What the kernel has told by now is delivered in it. */
async function aTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function stateOf({ localPort, remotePort }: Socket): () => string | undefined {
  const [local, remote] = [localPort!, remotePort!].map(portInHex);
  return () => {
    const rows = Deno.readTextFileSync("/proc/net/tcp").split("\n").map((row) =>
      row.trim().split(/\s+/)
    );
    return rows.find(([, from, to]) => from?.endsWith(local!) && to?.endsWith(remote!))?.[3];
  };
}

function portInHex(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}
