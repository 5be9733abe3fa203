import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { ConnectError } from "../../src/errors.ts";
import { startSshd } from "../support/sshd.ts";
import { startListener } from "./loopback_tcp.ts";
import { open, target } from "./targets.ts";

/** Mulberry32: the same bytes for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const lenient = {
  strictHostKeyChecking: "no",
  userKnownHostsFiles: ["/nonexistent/known_hosts"],
  connectTimeoutMs: 500,
};

async function endsInConnectError(port: number, seed: number): Promise<void> {
  await assert.rejects(
    open(target({ port, ...lenient } as Parameters<typeof target>[0])),
    (error) => {
      assert.ok(error instanceof ConnectError, `seed ${seed}: ${error}`);
      return true;
    },
  );
}

Deno.test("connect() meets random bytes with a ConnectError", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed);
    const ident = random() < 0.7 ? "SSH-2.0-fuzz\r\n" : "";
    const bytes = Uint8Array.from({ length: Math.floor(random() * 3000) }, () => random() * 256);
    // A plausible length lets the packet through to its parser.
    if (random() < 0.5 && bytes.length > 8) bytes.set([0, 0, 0, 4 + Math.floor(random() * 250)]);
    await using server = await startListener((socket) => {
      socket.write(ident);
      socket.end(bytes);
    });
    await endsInConnectError(server.port, seed);
  }
});

Deno.test("connect() meets a spoilt key exchange with a ConnectError", async () => {
  await using sshd = await startSshd();
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomOf(seed);
    const spoilAt = 45 + Math.floor(random() * 1500);
    let passed = 0;
    await using proxy = await startListener((socket) => {
      const upstream = connectTcp(sshd.port, "127.0.0.1");
      upstream.on("error", () => {});
      socket.pipe(upstream);
      upstream.on("data", (chunk) => {
        const at = spoilAt - passed;
        if (at >= 0 && at < chunk.length) chunk[at]! ^= 1 + Math.floor(random() * 255);
        passed += chunk.length;
        socket.write(chunk);
      });
      upstream.on("close", () => socket.end());
      socket.on("close", () => upstream.destroy());
    });
    const attempt = open(target({ port: proxy.port, ...lenient } as Parameters<typeof target>[0]));
    await assert.rejects(attempt, (error: Error) => {
      // What is not signed, such as a cookie's neighbour in the padding, may be spoilt unnoticed.
      assert.match(error.name, /ConnectError|AuthenticationError/, `seed ${seed}: ${error}`);
      return true;
    });
  }
});
