import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { AuthenticationError, ConnectError } from "../../src/errors.ts";
import { freePort, startSshd } from "../support/sshd.ts";
import { startListener, startProxy } from "./loopback_tcp.ts";
import { open, run, target, targetOf } from "./targets.ts";

Deno.test("connect() refuses within ConnectTimeout a peer that says nothing", async () => {
  await using silent = await startListener(() => {});
  const resolved = target({ port: silent.port, connectTimeoutMs: 200 });
  await rejectsWith(open(resolved), /sent no SSH identification within 0.2 s/);
});

Deno.test("connect() says what a port said that does not speak SSH", async () => {
  await using web = await startListener((socket) => {
    socket.end("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n");
  });
  await rejectsWith(open(target({ port: web.port })), /does not speak SSH; it said "HTTP\/1.1 400/);
});

Deno.test("connect() gives up on an identification line without end", async () => {
  await using noise = await startListener((socket) => {
    socket.on("error", () => {});
    socket.write("x".repeat(20_000));
  });
  await rejectsWith(open(target({ port: noise.port })), /does not speak SSH/);
});

Deno.test("connect() names a refused port", async () => {
  await rejectsWith(open(target({ port: freePort() })), /connection refused/);
});

Deno.test("connect() names a name that does not resolve", async () => {
  const resolved = target({ port: 22, hostname: "no-such-host.invalid" });
  await rejectsWith(open(resolved), /its name does not resolve/);
});

Deno.test("connect() hides an address that the operator hides", async () => {
  const port = freePort();
  const hidden = [{ kind: "name", value: "127.0.0.1", shownAs: "testhost" }] as const;
  await assert.rejects(open(target({ port, hidden })), (error: Error) => {
    assert.doesNotMatch(error.message, /127\.0\.0\.1/);
    return true;
  });
});

Deno.test("connect() names both sides' algorithms when none is common", async () => {
  await using sshd = await startSshd({ config: ["KexAlgorithms ecdh-sha2-nistp521"] });
  await rejectsWith(
    open(targetOf(sshd)),
    /no KexAlgorithms in common: it offers ecdh-sha2-nistp521.*, this program curve25519-sha256,/,
  );
});

Deno.test("connect() names a keyword of ssh_config that leaves nothing", async () => {
  const resolved = target({ port: 1, ciphers: ["arcfour"] });
  await using sshd = await startSshd();
  await rejectsWith(
    open({ ...resolved, port: sshd.port }),
    /Ciphers allows only arcfour, and this program has chacha20/,
  );
});

Deno.test("connect() ends at once when its signal aborts", async () => {
  await using silent = await startListener(() => {});
  const controller = new AbortController();
  const attempt = open(target({ port: silent.port }), { signal: controller.signal });
  const reason = new Error("enough");
  silent.connected.then(() => controller.abort(reason));
  await assert.rejects(attempt, reason);
});

Deno.test("connect() tries again as ConnectionAttempts says", async () => {
  const port = freePort();
  const slept: number[] = [];
  const clock = {
    ...systemClock,
    sleep: (delayMs: number) => Promise.resolve(void slept.push(delayMs)),
  };
  await rejectsWith(open(target({ port, connectionAttempts: 3 }), { clock }), /refused/);
  assert.deepEqual(slept, [1000, 1000]);
});

Deno.test("connect() binds to BindAddress", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd, { bindAddress: "127.0.0.3" }));
  assert.match((await run(connection, "echo $SSH_CLIENT")).output, /^127\.0\.0\.3 /);
});

Deno.test("connect() bounds a login that never ends", async () => {
  await using sshd = await startSshd();
  await using proxy = await startProxy(sshd.port);
  const resolved = targetOf(sshd, { port: proxy.port, strictHostKeyChecking: "ask" });
  const clock = {
    ...systemClock,
    after: (delayMs: number, callback: () => void) =>
      systemClock.after(delayMs === 30_000 ? 300 : delayMs, callback),
  };
  // deno-lint-ignore require-await -- the seam is asynchronous
  const askHostKey = async (): Promise<boolean> => {
    proxy.silence();
    return true;
  };
  await rejectsWith(
    open({ ...resolved, userKnownHostsFiles: ["/nonexistent/known_hosts"] }, { clock, askHostKey }),
    /did not finish the key exchange within|did not answer the login within/,
  );
});

async function rejectsWith(attempt: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof ConnectError || error instanceof AuthenticationError, String(error));
    assert.match(error.message, pattern);
    assert.doesNotMatch(error.message + error.advice, /\.$/);
    return true;
  });
}
