import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection } from "node:net";
import { ConnectError, ConnectionLostError } from "../../src/errors.ts";
import {
  sendMessage,
  type Ssh2Client,
  type Ssh2Protocol,
} from "../../src/transport/ssh2/ssh2_client.ts";
import { encodeFields } from "../../src/transport/fields.ts";
import { until } from "../support/condition.ts";
import { startSshd } from "../support/sshd.ts";
import { startListener, startProxy } from "./loopback_tcp.ts";
import { startScriptedServer } from "./scripted_server.ts";
import { bytes, open, run, target, targetOf } from "./targets.ts";

const lenient = {
  strictHostKeyChecking: "no",
  userKnownHostsFiles: ["/nonexistent/known_hosts"],
} as const;

Deno.test("connect() says that MaxStartups is reached", async () => {
  await using sshd = await startSshd({ config: ["MaxStartups 1"] });
  const waiting = createConnection(sshd.port, "127.0.0.1");
  await new Promise((resolve) => waiting.once("data", resolve));
  await assert.rejects(open(targetOf(sshd)), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.match(error.message, /too many logins under way|closed the connection before/);
    return true;
  });
  waiting.destroy();
  await until("sshd let the other go", async () => (await sshd.sessionPids()).length === 0);
  await using connection = await open(targetOf(sshd));
  assert.equal((await run(connection, "echo in")).output, "in\n");
});

Deno.test("connect() gives up on a banner without end", async () => {
  await using server = await startScriptedServer((_request, client) => {
    for (let index = 0; index < 300; index++) sendBanner(client);
  });
  const attempt = open(target({ port: server.port, ...lenient }));
  await assert.rejects(attempt, /a banner without end/);
});

Deno.test("Connection.banner keeps 64 KiB", async () => {
  await using server = await startScriptedServer((request, client) => {
    for (let index = 0; index < 10; index++) sendBanner(client);
    request.accept();
  });
  await using connection = await open(target({ port: server.port, ...lenient }));
  assert.equal(connection.banner.length, 64 * 1024);
});

Deno.test("Connection ends as lost when the TCP connection is reset", async () => {
  await using sshd = await startSshd();
  await using proxy = await startProxy(sshd.port);
  await using connection = await open(targetOf(sshd, { port: proxy.port, ...lenient }));
  await using channel = await connection.exec("sleep 60");
  proxy.reset();
  assert.ok(await connection.closed instanceof ConnectionLostError);
  assert.deepEqual(await channel.exit, {});
});

Deno.test("connect() quotes what a server says when it hangs up", async () => {
  await using server = await startScriptedServer((_request, client) => {
    innerOf(client).disconnect(12);
  });
  await assert.rejects(
    open(target({ port: server.port, ...lenient })),
    /it ended with "TOO_MANY_CONNECTIONS" during the login/,
  );
});

Deno.test("connect() reads an identification that comes byte by byte, behind lines of greeting", async () => {
  await using sshd = await startSshd();
  const greeting = bytes("Authorised use only.\r\n\nSSH is spoken here\n");
  await using slow = await startListener(async (socket) => {
    socket.setNoDelay();
    const upstream = createConnection(sshd.port, "127.0.0.1");
    upstream.on("error", () => {});
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream);
    const [ident] = await once(upstream, "data") as [Uint8Array];
    upstream.pause();
    for (const byte of [...greeting, ...ident]) {
      socket.write(Uint8Array.of(byte));
      // What is written in one turn arrives as one piece.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    upstream.pipe(socket);
  });
  await using connection = await open(targetOf(sshd, { port: slow.port, ...lenient }));
  assert.match(connection.ident, /^SSH-2\.0-OpenSSH/);
  assert.equal((await run(connection, "echo in")).output, "in\n");
});

/** ssh2's types leave its protocol out. */
interface InnerProtocol extends Ssh2Protocol {
  disconnect(reason: number): void;
}

function innerOf(client: unknown): InnerProtocol {
  return (client as { readonly _protocol: InnerProtocol })._protocol;
}

/** SSH_MSG_USERAUTH_BANNER (RFC 4252 §5.4) of 30,000 characters. */
function sendBanner(client: unknown): void {
  sendMessage(client as Ssh2Client, encodeFields({ byte: 53 }, "b".repeat(30_000), "en"));
}
