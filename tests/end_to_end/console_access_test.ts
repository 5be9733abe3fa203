import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { CONSOLE_KEY, ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

const MANY = 400;

/** The status line of an answer to a request as it is, which fetch() would not send. */
async function rawStatus(origin: string, lines: readonly string[]): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(origin) });
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer);
  return Number(new TextDecoder().decode(buffer.subarray(0, length ?? 0)).split(" ")[1]);
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}

Deno.test("the console answers its own page on this machine, and refuses all else", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("echo hello");
  const { cookie, proof } = await logIn(origin);
  await using page = await ConsolePage.open(origin, { cookie, proof });
  const id = await page.watch();
  const host = origin.replace("http://", "");
  const upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    .concat("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
  const get = (path: string, ...more: string[]): string[] => [
    ...[`GET ${path} HTTP/1.1`, ...(more.some((x) => /^Host:/.test(x)) ? [] : [`Host: ${host}`])],
    ...more,
  ];
  const own = `Cookie: ${cookie}`;
  const from = `Origin: ${origin}`;
  const cast = `/recording/${id}.v2.cast`;
  const table: readonly (readonly [what: string, status: number, lines: readonly string[]])[] = [
    ["the page with its cookie", 200, get("/", own)],
    ["a session's page", 200, get(`/s/${id}`, own)],
    ["the page without a cookie is the login", 401, get("/")],
    ["another Host (DNS rebinding)", 421, get("/", own, "Host: evil.example")],
    ["another Origin", 403, get("/", own, "Origin: http://evil.example")],
    ["another port's Origin", 403, get("/", own, "Origin: http://127.0.0.1:1")],
    ["a cross-site fetch", 403, get("/", own, "Sec-Fetch-Site: cross-site")],
    ["a forged cookie", 401, get("/", `${own.slice(0, -4)}0000`)],
    ["a recording without a cookie", 401, get(cast)],
    ["a recording by a replayed cookie", 401, get(cast, own)],
    ["a recording with cookie and proof", 200, get(cast, own, `X-Console-Proof: ${proof}`)],
    ["another proof", 401, get(cast, own, `X-Console-Proof: ${proof.slice(0, -4)}0000`)],
    ["a path upwards", 404, get("/../../etc/passwd", own)],
    ["another method", 405, ["DELETE / HTTP/1.1", `Host: ${host}`, own, from]],
    ["a POST without Origin", 403, ["POST /login HTTP/1.1", `Host: ${host}`, "Content-Length: 0"]],
    ["a WebSocket", 101, get("/ws", own, from, ...upgrade)],
    ["a WebSocket without a cookie", 401, get("/ws", from, ...upgrade)],
    ["a WebSocket without Origin", 403, get("/ws", own, ...upgrade)],
    ["a WebSocket of another page", 403, get("/ws", own, "Origin: http://x.test", ...upgrade)],
    ["a WebSocket by another name", 421, get("/ws", own, from, "Host: x.test", ...upgrade)],
  ];
  for (const [what, status, lines] of table) {
    assert.equal(await rawStatus(origin, lines), status, what);
  }
  const { headers, body } = await fetch(`${origin}/`, { headers: { cookie } });
  await body?.cancel();
  assert.match(headers.get("content-security-policy")!, /frame-ancestors 'none'/);
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal((await server.run("echo unharmed")).body, "unharmed\n");
});

Deno.test("the console closes the WebSocket of a replayed cookie that has no proof", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  const { cookie } = await logIn(origin);
  const headers = { cookie, origin };
  for (
    const first of ['{"type":"hello","proof":""}', '{"type":"take"}', "{", "x".repeat(300_000)]
  ) {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`, { headers });
    let messages = 0;
    socket.onmessage = () => messages++;
    socket.onopen = () => socket.send(first);
    await new Promise((resolve) => socket.onclose = resolve);
    assert.equal(messages, 0);
  }
});

Deno.test("the console looks at five wrong keys a minute", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  const enter = async (body: string): Promise<number> => {
    const response = await fetch(`${origin}/login`, { method: "POST", body, headers: { origin } });
    await response.body?.cancel();
    return response.status;
  };
  const statuses: number[] = [];
  for (let n = 0; n < 6; n++) statuses.push(await enter(`guess ${n}`));
  assert.deepEqual(statuses, [403, 403, 403, 403, 403, 429]);
  assert.equal(await enter(CONSOLE_KEY), 429);
  assert.equal(await enter("x".repeat(100_000)), 413);
  assert.ok(!server.stderr().includes("guess"));
});

Deno.test("many connections to the console harm neither it nor the sessions", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("cd /tmp");
  const connections = await Promise.all(
    Array.from(
      { length: MANY },
      () => Deno.connect({ hostname: "127.0.0.1", port: portOf(origin) }),
    ),
  );
  const open = new Set(connections);
  for (const connection of connections) {
    const isOver = (): void => void open.delete(connection);
    connection.read(new Uint8Array(1)).then(isOver, isOver);
  }
  await until("what is too much is closed", () => open.size <= 128);
  assert.equal((await server.run("pwd")).body, "/tmp\n");
  for (const connection of connections) connection.close();
  await until("the console is reached again", async () => {
    const answer = await fetch(`${origin}/`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 401;
  });
});

Deno.test("without MCP_SSH_CONSOLE no port is open, and send_input takes no by_person", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment({ MCP_SSH_LOG: "info" }) });
  const tools = await server.tools();
  const input = tools.find(({ name }) => name === "send_input")?.inputSchema.properties ?? {};
  assert.ok(!Object.hasOwn(input, "by_person"));
  assert.doesNotMatch(server.stderr(), /console/);
});
