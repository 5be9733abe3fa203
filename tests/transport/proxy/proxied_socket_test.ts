import assert from "node:assert/strict";
import type { Proxy, ResolvedHost } from "../../../src/config/resolved_host.ts";
import { ConnectError } from "../../../src/errors.ts";
import { startDante, startMicrosocks, startTinyproxy } from "../../support/relay_proxy.ts";
import { freePort, type Sshd, startSshd } from "../../support/sshd.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { startListener } from "../loopback_tcp.ts";
import { open, run, targetOf } from "../targets.ts";

const LOGIN = { username: "joe", password: "s3cr:et" };

function through(sshd: Sshd, proxy: Partial<Proxy> & Pick<Proxy, "kind" | "port">): ResolvedHost {
  return targetOf(sshd, { proxy: { hostname: "127.0.0.1", ...proxy } });
}

async function answer(host: ResolvedHost): Promise<string> {
  await using connection = await open(host);
  return (await run(connection, "seq 50000 | tail -1")).output;
}

function refuses(host: ResolvedHost, words: RegExp, advice = /./): Promise<void> {
  return assert.rejects(open(host), (error) => {
    assert.ok(error instanceof ConnectError, String(error));
    assert.match(
      error.message,
      /^Cannot reach "testhost" through its .* proxy \(127\.0\.0\.1 port /,
    );
    assert.match(error.message, words);
    assert.match(error.advice, advice);
    assert.doesNotMatch(error.message + error.advice, /s3cr/);
    return true;
  });
}

Deno.test("connect() goes through real proxies, without a login and with one", async () => {
  await using sshd = await startSshd();
  await using socks = await startMicrosocks();
  await using lockedSocks = await startMicrosocks(LOGIN);
  await using dante = await startDante();
  await using http = await startTinyproxy();
  await using lockedHttp = await startTinyproxy({ login: { ...LOGIN, password: "s3cret" } });
  const ways: readonly (Partial<Proxy> & Pick<Proxy, "kind" | "port">)[] = [
    { kind: "socks5", port: socks.port },
    { kind: "socks5", port: lockedSocks.port, ...LOGIN },
    { kind: "socks5", port: dante.port },
    { kind: "socks4", port: dante.port },
    { kind: "http", port: http.port },
    { kind: "http", port: lockedHttp.port, username: "joe", password: "s3cret" },
  ];
  for (const way of ways) assert.equal(await answer(through(sshd, way)), "50000\n", way.kind);
});

Deno.test("connect() leaves a name to the proxy, and leads to the endpoint", async () => {
  await using sshd = await startSshd();
  await using socks = await startMicrosocks();
  const host = through(sshd, { kind: "socks5", port: socks.port });
  const hostKeyAlias = `[127.0.0.1]:${sshd.port}`;
  const endpoint = { hostname: "localhost", port: sshd.port };
  const named = { ...host, hostname: "nowhere.invalid", hostKeyAlias, endpoint };
  assert.equal(await answer(named), "50000\n");
});

Deno.test("connect() sends a name behind the user, as SOCKS4a has it", async () => {
  await using sshd = await startSshd();
  const sent = Promise.withResolvers<string>();
  await using proxy = await startListener((socket) => {
    socket.once("data", (data) => {
      sent.resolve(data.toString("latin1"));
      socket.end();
    });
  });
  const endpoint = { hostname: "web.example", port: 258 };
  const host = through(sshd, { kind: "socks4", port: proxy.port, username: "joe" });
  await refuses({ ...host, endpoint }, /closed the connection/);
  assert.equal(await sent.promise, "\x04\x01\x01\x02\0\0\0\x01joe\0web.example\0");
});

Deno.test("connect() reads a proxy's login from a file", async () => {
  await using sshd = await startSshd();
  await using http = await startTinyproxy({ login: { username: "joe", password: "s3cret" } });
  const loginFile = await Deno.makeTempFile();
  await Deno.writeTextFile(loginFile, "joe:s3cret\n");
  assert.equal(
    await answer(through(sshd, { kind: "http", port: http.port, loginFile })),
    "50000\n",
  );
  await Deno.remove(loginFile);
});

Deno.test("connect() says what a proxy refuses", async () => {
  await using sshd = await startSshd();
  await using socks = await startMicrosocks(LOGIN);
  await using http = await startTinyproxy({ login: { username: "joe", password: "x" } });
  await using bounded = await startTinyproxy({ allowedPort: 443 });
  await using dante = await startDante(sshd.port);
  const wrong = { username: "joe", password: "s3crwrong" };
  await refuses(
    through(sshd, { kind: "socks5", port: socks.port }),
    /wants a login/,
    /MCP_SSH_PROXY/,
  );
  await refuses(through(sshd, { kind: "socks5", port: socks.port, ...wrong }), /refused user/);
  await refuses(through(sshd, { kind: "http", port: http.port }), /wants a login/, /user:password/);
  await refuses(through(sshd, { kind: "http", port: http.port, ...wrong }), /wants a login/);
  await refuses(through(sshd, { kind: "http", port: bounded.port }), /says 403/, /allow the host/);
  await refuses(through(sshd, { kind: "socks5", port: dante.port }), /rules do not allow/);
  await refuses(through(sshd, { kind: "socks4", port: dante.port }), /rejected or failed/);
});

Deno.test("connect() says when nothing is behind a proxy, or no proxy is there", async () => {
  await using sshd = await startSshd();
  await using socks = await startMicrosocks();
  await using http = await startTinyproxy();
  const endpoint = { hostname: "127.0.0.1", port: freePort() };
  const behind = (kind: Proxy["kind"], port: number): ResolvedHost => ({
    ...through(sshd, { kind, port }),
    endpoint,
  });
  await refuses(behind("socks5", socks.port), /connection refused/);
  await refuses(behind("http", http.port), /it says 50\d/);
  await refuses(
    through(sshd, { kind: "socks5", port: freePort() }),
    /connection refused/,
    /Check the proxy/,
  );
  await refuses(through(sshd, { kind: "http", port: sshd.port }), /does not speak HTTP|closed/);
});

for (const kind of ["socks5", "socks4", "http"] as const) {
  Deno.test(`connect() gives up on a ${kind} proxy that does not answer`, async () => {
    await using sshd = await startSshd();
    await using mute = await startListener(() => {});
    const clock = new FakeClock();
    const host = { ...through(sshd, { kind, port: mute.port }), connectTimeoutMs: 5_000 };
    const attempt = open(host, { clock });
    attempt.catch(() => {});
    await mute.connected;
    let settled = 0;
    attempt.then(() => settled++, () => settled++);
    while (settled === 0) {
      clock.advance(5_000);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await assert.rejects(attempt, /did not answer|no answer/);
  });
}

Deno.test("connect() keeps what a fast sshd sends in one piece with the proxy's reply", async () => {
  const replies = {
    socks5: [[5, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
    socks4: [[0, 90, 0, 0, 0, 0, 0, 0]],
    http: [[...new TextEncoder().encode("HTTP/1.1 200 OK\r\nX: y\r\n\r\n")]],
  };
  await using sshd = await startSshd();
  for (const [kind, parts] of Object.entries(replies)) {
    await using eager = await startListener((socket) => {
      const left = [...parts];
      socket.on("data", () => {
        const part = left.shift();
        if (part === undefined) return;
        const greeting = left.length === 0 ? "I am no SSH server\r\n" : "";
        socket.write(new Uint8Array([...part, ...new TextEncoder().encode(greeting)]));
        if (left.length === 0) socket.end();
      });
    });
    const host = through(sshd, { kind: kind as Proxy["kind"], port: eager.port });
    await assert.rejects(open(host), /it said "I am no SSH server/, kind);
  }
});
