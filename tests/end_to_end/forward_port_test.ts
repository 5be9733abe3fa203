import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { freePort, type Sshd, startSshd } from "../support/sshd.ts";

const BODY = "x".repeat(300_000);

/** A web page behind the host. */
function startPage(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => new Response(`${await request.text()}${BODY}`),
  );
}

async function startForwarder(
  sshd: Sshd,
  extra: Readonly<Record<string, string>> = {},
): Promise<ServerUnderTest> {
  return await startServer({ env: sshd.environment({ MCP_SSH_FORWARD: "1", ...extra }) });
}

function portOf(reply: ToolReply): number {
  const port = /^Forwarding 127\.0\.0\.1:(\d+) /.exec(reply.text)?.[1];
  assert.ok(port, reply.text);
  return Number(port);
}

async function curl(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await command(["curl", "-sS", "--max-time", "20", ...args]);
  return code === 0 ? stdout : `curl: ${code}`;
}

Deno.test("forward_port is listed only where the operator switches it on", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  const names = (await server.tools()).map(({ name }) => name);
  assert.ok(!names.includes("forward_port"));
  assert.doesNotMatch(JSON.stringify(await server.tools()), /forward/i);
  await using disabled = await startForwarder(sshd, { MCP_SSH_DISABLED_TOOLS: "forward_port" });
  assert.ok(!(await disabled.tools()).some(({ name }) => name === "forward_port"));
  await using on = await startForwarder(sshd);
  assert.ok((await on.tools()).some(({ name }) => name === "forward_port"));
});

Deno.test("forward_port leads to a destination of the host, and is closed with its connection", async () => {
  await using sshd = await startSshd();
  await using page = startPage();
  await using server = await startForwarder(sshd);
  const { host } = server;
  const destination = `localhost:${page.addr.port}`;
  const opened = await server.call("forward_port", { host, destination });
  const port = portOf(opened);
  assert.match(opened.text, new RegExp(` to ${destination}, through testhost$`));
  assert.equal(await curl("-d", "sent ", `http://127.0.0.1:${port}/`), `sent ${BODY}`);
  const many = await Promise.all(
    Array.from({ length: 20 }, () => curl(`http://127.0.0.1:${port}/`)),
  );
  assert.ok(many.every((text) => text === BODY));
  const listed = await server.call("list_sessions");
  const [row] = listed.structuredContent.forwarded;
  assert.deepEqual([row.host, row.listen, row.to], [host, `127.0.0.1:${port}`, destination]);
  assert.match(listed.text, new RegExp(`testhost +127.0.0.1:${port} +${destination}`));
  await server.run("true");
  const closed = await server.call("close_session", { host });
  assert.match(closed.text, /and its connection/);
  await until("the port is closed", async () => await curl(`http://127.0.0.1:${port}/`) !== BODY);
  assert.deepEqual((await server.call("list_sessions")).structuredContent.forwarded, []);
});

Deno.test("forward_port closes one port or all of a host, and names what is open", async () => {
  await using sshd = await startSshd();
  await using server = await startForwarder(sshd);
  const { host } = server;
  const local_port = freePort();
  const first = await server.call("forward_port", { host, destination: "localhost:1", local_port });
  assert.equal(portOf(first), local_port);
  const again = await server.call("forward_port", { host, local_port });
  assert.ok(again.isError);
  assert.match(again.text, /^Port \d+ of 127\.0\.0\.1 is in use\n/);
  const second = portOf(await server.call("forward_port", { host }));
  const wrong = await server.call("forward_port", { host, local_port: freePort(), close: true });
  assert.match(wrong.text, new RegExp(`Forwarded are: .*${second} \\(testhost\\)`));
  assert.equal(await curl(`http://127.0.0.1:${local_port}/`), "curl: 52");
  const faults = (await server.call("list_sessions")).structuredContent.forwarded;
  assert.match(faults[0].last_fault, /^the host says .*refused/i);
  const one = await server.call("forward_port", { host, local_port, close: true });
  assert.match(one.text, new RegExp(`^Closed 127.0.0.1:${local_port} to localhost:1, `));
  await server.call("forward_port", { host });
  const all = await server.call("forward_port", { host, close: true });
  assert.equal(all.text.split("\n").length, 2);
  assert.match(
    (await server.call("forward_port", { host, close: true })).text,
    /No port is forwarded/,
  );
  for (let at = 0; at < 16; at++) {
    assert.ok(!(await server.call("forward_port", { host })).isError);
  }
  assert.match((await server.call("forward_port", { host })).text, /^16 ports are forwarded/);
});

Deno.test("forward_port without a destination is a SOCKS5 proxy under the same policy", async () => {
  await using sshd = await startSshd();
  await using page = startPage();
  const policy = { MCP_SSH_ALLOWED_HOSTS: `${sshd.alias},*.allowed.example` };
  await using server = await startForwarder(sshd, policy);
  const { host } = server;
  const proxy = `127.0.0.1:${portOf(await server.call("forward_port", { host }))}`;
  const url = (name: string): string => `http://${name}:${page.addr.port}/`;
  assert.equal(await curl("--socks5-hostname", proxy, url("localhost")), BODY);
  assert.equal(await curl("--socks5", proxy, url("127.0.0.1")), BODY);
  for (const name of ["192.0.2.1", "elsewhere.example", "0.0.0.0"]) {
    assert.equal(await curl("--socks5-hostname", proxy, url(name)), "curl: 97", name);
    const { forwarded: [row] } = (await server.call("list_sessions")).structuredContent;
    assert.equal(row.last_fault, `This server may not reach "${name}"`);
  }
  assert.equal(await curl("--socks4", proxy, url("127.0.0.1")), "curl: 97");
  const unknown = url("x.allowed.example");
  assert.equal(await curl("--socks5-hostname", proxy, unknown), "curl: 97");
  const { forwarded: [row] } = (await server.call("list_sessions")).structuredContent;
  assert.match(row.last_fault, /^the host says/);
  const direct = await server.call("forward_port", { host, destination: "elsewhere.example:80" });
  assert.match(direct.text, /^This server may not reach "elsewhere\.example"\n/);
});

Deno.test("forward_port refuses what is no request of SOCKS5, and serves on", async () => {
  await using sshd = await startSshd();
  await using page = startPage();
  await using server = await startForwarder(sshd);
  const port = portOf(await server.call("forward_port", { host: server.host }));
  const requests: readonly (readonly number[])[] = [
    [4, 1, 0, 80, 127, 0, 0, 1, 0],
    [5, 0],
    [5, 1, 2],
    [5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80],
    [5, 1, 0, 5, 1, 0, 9, 1, 2, 3, 4, 0, 80],
    [5, 1, 0, 5, 1, 0, 3, 0, 0, 80],
    [5, 1, 0, 5, 1, 0, 3, 3, 97, 10, 98, 0, 80],
    [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 0],
    [...new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
  ];
  for (const bytes of requests) {
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(Uint8Array.from(bytes));
    const answer = new Uint8Array(64);
    const seen: number[] = [];
    for (let count = await read(client, answer); count !== 0; count = await read(client, answer)) {
      seen.push(...answer.subarray(0, count));
    }
    assert.notEqual(seen[3], 0, String(bytes));
  }
  const proxy = `127.0.0.1:${port}`;
  assert.equal(await curl("--socks5", proxy, `http://127.0.0.1:${page.addr.port}/`), BODY);
});

async function read(client: Deno.Conn, into: Uint8Array): Promise<number> {
  return await client.read(into).catch(() => null) ?? 0;
}
