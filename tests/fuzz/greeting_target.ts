import { createServer, type Socket } from "node:net";
import assert from "node:assert/strict";
import { SshError } from "../../src/errors.ts";
import type { Random } from "../support/random.ts";
import { open, target } from "../transport/targets.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const FRAGMENTS: readonly string[] = [
  "SSH-2.0-",
  "SSH-1.99-old",
  "SSH-1.5-",
  "SSH-2.0",
  "ssh-2.0-x",
  "OpenSSH_9.2p1 Debian",
  " comment",
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\x1b]0;t\x07",
  "HTTP/1.1 200 OK",
  "220 mail",
  "Exceeded MaxStartups",
  "x".repeat(300),
  "x".repeat(9_000),
  "line\r\n".repeat(1_100),
  "é\u{202e}",
];

/** Whatever a peer greets with, the attempt ends in an error of ours that is one line. */
export async function openGreeting(): Promise<FuzzTarget> {
  let greet: (socket: Socket) => void = () => {};
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    name: "greeting",
    attempt: async (random) => {
      const bytes = greeting(random);
      // What nobody reads never ends, and its descriptor stays.
      greet = (socket) => void socket.resume().end(bytes);
      const attempt = open(target({ port, connectTimeoutMs: 2_000, strictHostKeyChecking: "no" }));
      await assert.rejects(attempt, (error: Error) => {
        if (!(error instanceof SshError)) throw error;
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u202e]/);
        assert.ok(error.message.length < 2_000);
        return true;
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lines before the identification, the identification, a packet: each of them right or wrong. */
function greeting(random: Random): Uint8Array {
  const text = Array.from({ length: random.below(8) }, () => random.pick(FRAGMENTS)).join("");
  const proper = random.onceIn(2) ? "SSH-2.0-fuzz\r\n" : "";
  const packet = Uint8Array.from({ length: random.below(600) }, () => random.below(256));
  if (random.onceIn(2) && packet.length > 5) {
    packet.set([0, 0, random.below(3), random.below(256), 4]);
  }
  const head = new TextEncoder().encode(random.onceIn(2) ? text + proper : proper + text);
  const all = new Uint8Array(head.length + packet.length);
  all.set(head);
  all.set(packet, head.length);
  return all;
}
