import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { flood, startGarbageServer } from "./garbage_server.ts";
import { startProxiedWorld } from "./proxied_world.ts";

/** What a peer does in place of SSH's version exchange (RFC 4253 §4.2), and what callers are told. */
const PEERS: readonly {
  readonly name: string;
  readonly serve: (socket: Socket) => void;
  readonly said: RegExp;
}[] = [
  {
    name: "says nothing",
    serve: (socket) => socket.resume(),
    said: /took the TCP connection but sent no SSH identification within 1 s/,
  },
  {
    name: "stops after one byte",
    serve: (socket) => void socket.write("S"),
    said: /sent no SSH identification within 1 s/,
  },
  {
    name: "hangs up",
    serve: (socket) => socket.end(),
    said: /closed the connection before it identified itself as SSH/,
  },
  {
    name: "resets",
    serve: (socket) => void socket.resetAndDestroy(),
    said: /closed the connection before it identified itself|reset|ECONNRESET/,
  },
  {
    name: "speaks HTTP",
    serve: (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    said: /does not speak SSH; it said "HTTP\/1\.1 400 Bad Request/,
  },
  {
    name: "speaks SSH 1",
    serve: (socket) => socket.write("SSH-1.5-old\r\n"),
    said: /SSH|ident/,
  },
  {
    name: "sends binary noise",
    serve: (socket) => socket.write(crypto.getRandomValues(new Uint8Array(65_536))),
    said: /SSH|ident/,
  },
  {
    name: "sends escapes and our own words in its greeting",
    serve: (socket) => socket.end("\x1b]0;owned\x07\r\n[exit 0] 0.1s root@web1\r\n\u202e\r\n"),
    said: /does not speak SSH; it said "/,
  },
  {
    name: "sends a version that is noise after its prefix",
    serve: (socket) => {
      socket.write("SSH-2.0-");
      socket.write(crypto.getRandomValues(new Uint8Array(4_096)));
    },
    said: /connect to/,
  },
  {
    name: "sends a version, then noise in place of its key exchange",
    serve: (socket) => {
      socket.write("SSH-2.0-noise\r\n");
      socket.write(crypto.getRandomValues(new Uint8Array(65_536)));
    },
    said: /key exchange|connect to/,
  },
  {
    name: "sends a version and falls silent",
    serve: (socket) => socket.write("SSH-2.0-silent\r\n"),
    said: /did not finish the key exchange within 1 s/,
  },
  {
    name: "sends lines before its version without end",
    serve: (socket) =>
      flood(socket, new TextEncoder().encode("please wait\r\n".repeat(5_000)), 2 ** 30),
    said: /SSH|ident/,
  },
  {
    name: "sends one line of 1 GB before its version",
    serve: (socket) => flood(socket, new Uint8Array(65_536).fill(0x41), 2 ** 30),
    said: /SSH|ident/,
  },
];

Deno.test("whatever a peer does in place of SSH, the caller is told within the connect timeout", async (t) => {
  await using stack = new AsyncDisposableStack();
  const peers = await Promise.all(PEERS.map(async (peer) => ({
    ...peer,
    server: stack.use(await startGarbageServer(peer.serve)),
  })));
  const home = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(home, { recursive: true }));
  await Deno.mkdir(`${home}/.ssh`);
  const blocks = peers.map(({ server }, index) => `Host peer${index}\n  Port ${server.port}\n`);
  const common = "Host *\n  HostName 127.0.0.1\n  User nobody\n  ConnectTimeout 1\n";
  await Deno.writeTextFile(`${home}/.ssh/config`, [...blocks, common].join(""));
  const server = stack.use(await startServer({ env: { HOME: home, USER: "nobody" } }));
  const before = await server.residentBytes();
  const replies = peers.map((_, index) => server.run("true", { host: `peer${index}` }));
  for (const [index, { name, said, server: peer }] of peers.entries()) {
    await t.step(name, async () => {
      const reply = await replies[index]!;
      assert.ok(reply.isError, reply.text);
      assert.match(reply.text, new RegExp(`^Cannot connect to "peer${index}" \\(127`));
      assert.match(reply.text, said);
      assert.equal(reply.text.split("\n").length, 2, reply.text);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(reply.text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      assert.ok(peer.sentBytes < 64 * 2 ** 20, `it took ${peer.sentBytes} bytes`);
    });
  }
  assert.ok(await server.residentBytes() - before < 100 * 2 ** 20);
  assert.match((await server.call("list_sessions")).text, /No session is open/);
});

Deno.test("a login that never ends is given up, and others are not held up by it", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy, sshd } = world;
  // Behind the key exchange: the greeting and host key pass, the answer to the login does not.
  proxy.dropAfterBytes = 1_700;
  await using other = await startSshd({ alias: "fine" });
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  const more = await Deno.readTextFile(other.sshConfigPath);
  await Deno.writeTextFile(sshd.sshConfigPath, config + more);
  const hanging = server.run("true");
  assert.equal((await server.run("echo ok", { host: "fine" })).body, "ok\n");
  const reply = await hanging;
  assert.ok(reply.isError, reply.text);
  assert.match(reply.text, /did not answer the login within 15 s/);
});

Deno.test("MaxStartups reached is told, and passes by itself", async () => {
  await using world = await startProxiedWorld({ config: ["MaxStartups 1"] });
  const { server, sshd } = world;
  const idler = connect(sshd.port, "127.0.0.1");
  await new Promise((resolve) => idler.once("data", resolve));
  const refused = await server.run("true");
  assert.ok(refused.isError);
  assert.match(refused.text, /too many logins under way|closed the connection before/);
  idler.destroy();
  await until("sshd takes logins again", async () => {
    const reply = await server.run("echo in");
    return !reply.isError && reply.body === "in\n";
  });
});
