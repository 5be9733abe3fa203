import assert from "node:assert/strict";
import { until } from "../../support/condition.ts";
import {
  AuthorizationServer,
  type TokenOptions,
} from "../../support/serve/authorization_server.ts";
import { connectHttp } from "../../support/serve/http_client.ts";
import { type Replica, startReplica } from "../../support/serve/replica.ts";
import { freePort } from "../../support/sshd.ts";

const PING = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });

async function post(
  { url }: Replica,
  token: string | undefined,
  init: { readonly headers?: Record<string, string>; readonly body?: BodyInit } = {},
): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    body: init.body ?? PING,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...init.headers,
    },
  });
  await response.body?.cancel();
  return response;
}

Deno.test("the gate lets nobody pass but whom the issuer vouches for", async (t) => {
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  await using other = await AuthorizationServer.start(resource);
  await using replica = await startReplica({
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
    MCP_SSH_SCOPE: "ssh",
  }, port);

  const refused: Readonly<Record<string, TokenOptions>> = {
    "another audience": { audience: "https://elsewhere.example/mcp" },
    "an audience that contains ours": { audience: `${resource}/x` },
    "another issuer's name": { issuer: other.issuer },
    "an expired token": { expiresIn: -3600 },
    "an empty sub": { sub: "" },
    "a sub with half of a character": { sub: "a\ud83d" },
    "a sub with NUL": { sub: "a\0" },
    "a token that holds later": { notBefore: 300 },
  };
  for (const [name, options] of Object.entries(refused)) {
    await t.step(`refused: ${name}`, async () => {
      const response = await post(replica, await issuer.token(options));
      assert.equal(response.status, 401);
      assert.match(response.headers.get("www-authenticate")!, /error="invalid_token"/);
    });
  }
  await t.step("refused: signed by a key that the issuer has not", async () => {
    const token = await other.token({ issuer: issuer.issuer });
    assert.equal((await post(replica, token)).status, 401);
  });
  await t.step(
    "refused: algorithm none, and a signature with the public key as secret",
    async () => {
      const [, payload] = (await issuer.token()).split(".");
      for (const alg of ["none", "HS256"]) {
        const header = btoa(JSON.stringify({ alg, kid: "k1" })).replace(/=+$/, "");
        for (const end of ["", "AAAA"]) {
          assert.equal((await post(replica, `${header}.${payload}.${end}`)).status, 401);
        }
      }
    },
  );
  await t.step("refused: an HMAC by the public key, and another's key without a name", async () => {
    assert.equal((await post(replica, await issuer.confusedToken())).status, 401);
    const nameless = await other.token({ issuer: issuer.issuer, kid: "" });
    assert.equal((await post(replica, nameless)).status, 401);
    assert.equal((await post(replica, await issuer.token({ kid: "" }))).status, 200);
  });
  await t.step(
    "refused: two tokens in one request, in two headers, and in the address",
    async () => {
      const token = await issuer.token();
      const bearer = `Authorization: Bearer ${token}\r\n`;
      assert.equal(await statusOfPing(replica, bearer), 200);
      assert.equal(await statusOfPing(replica, bearer + bearer), 401);
      assert.equal(await statusOfPing(replica, bearer.replace("Bearer", "Bearer x, Bearer")), 401);
      assert.equal(await statusOfPing(replica, "", `?access_token=${token}`), 401);
    },
  );
  await t.step("keys that nobody has are not looked for at each token", async () => {
    const before = issuer.fetches;
    const made = Array.from({ length: 40 }, (_, n) => issuer.token({ kid: `unknown${n}` }));
    const answers = await Promise.all((await Promise.all(made)).map((one) => post(replica, one)));
    for (const { status } of answers) assert.ok(status === 401 || status === 503, `${status}`);
    assert.ok(issuer.fetches - before <= 10, `${issuer.fetches - before} fetches`);
    assert.equal((await post(replica, await issuer.token())).status, 200);
  });
  await t.step("refused: no token, with the way to one", async () => {
    const response = await post(replica, undefined);
    assert.equal(response.status, 401);
    const [, url] = /resource_metadata="([^"]+)"/.exec(response.headers.get("www-authenticate")!)!;
    const document = await (await fetch(url!)).json();
    assert.equal(document.resource, resource);
    assert.deepEqual(document.authorization_servers, [issuer.issuer]);
  });
  await t.step("refused: a token without the scope, which is told", async () => {
    const response = await post(replica, await issuer.token({ scope: "mail" }));
    assert.equal(response.status, 403);
    assert.match(response.headers.get("www-authenticate")!, /insufficient_scope.*scope="ssh"/);
  });
  await t.step("refused: a page of another origin, and another Host", async () => {
    const token = await issuer.token();
    const headers = { origin: "https://evil.example" };
    assert.equal((await post(replica, token, { headers })).status, 403);
    assert.equal(await statusWithHost(replica, "evil.example"), 403);
    for (const odd of ["a b", "[", "a:b:c"]) {
      assert.equal(await statusWithHost(replica, odd), 400, odd);
    }
    assert.doesNotMatch(replica.stderr, /http-fault/);
  });
  await t.step("a rotated key is fetched, and an outage is none of the token's fault", async () => {
    assert.equal((await post(replica, await issuer.token())).status, 200);
    const old = await issuer.token();
    issuer.mode = "broken";
    await issuer.rotate(1);
    assert.equal((await post(replica, old)).status, 200);
    assert.equal((await post(replica, await issuer.token())).status, 503);
    issuer.mode = "up";
    const fresh = await issuer.token();
    await until("the new key is known", async () => (await post(replica, fresh)).status === 200);
  });
  await t.step("a body of 1 GB and one that never ends harm nobody", async () => {
    const token = await issuer.token();
    assert.equal(await statusOfHugeBody(replica, token), 413);
    const members = `[${"1,".repeat(20_000)}1]`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"x":${members}}}}`;
    assert.equal((await post(replica, token, { body })).status, 413);
    const text = PING.replace("{", `{"params":{"_meta":{"x":${JSON.stringify(members)}}},`);
    assert.equal((await post(replica, token, { body: text })).status, 200);
    const slow = await startSlowBody(replica, await issuer.token());
    await using alice = await connectHttp(replica.url, {
      token: await issuer.token(),
      generation: "2026",
    });
    assert.match((await alice.call("list_sessions", {})).text, /./);
    slow.close();
  });
  await t.step(
    "requests without an end and idle connections, 1,000 each, harm nobody",
    async () => {
      const connections = await Promise.all(Array.from({ length: 2_000 }, async (_, n) => {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: replica.port });
        if (n % 2 === 0) await write(connection, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-");
        return connection;
      }));
      await using alice = await connectHttp(replica.url, {
        token: await issuer.token(),
        generation: "2025",
      });
      assert.match((await alice.call("list_sessions", {})).text, /No session is open/);
      for (const connection of connections) connection.close();
    },
  );
});

Deno.test("the gate answers 503 while the issuer was never reached", async () => {
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  issuer.mode = "broken";
  await using replica = await startReplica({
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
  }, port);
  const response = await post(replica, await issuer.token());
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  issuer.mode = "up";
  assert.equal((await post(replica, await issuer.token())).status, 200);
});

/** fetch() writes Host itself. */
async function statusWithHost(replica: Replica, host: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: replica.port });
  await write(connection, `GET /mcp HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return await statusOf(connection);
}

/** A whole request with these lines in its head: fetch() joins what comes twice. */
async function statusOfPing({ port }: Replica, lines: string, query = ""): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await write(
    connection,
    `POST /mcp${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${lines}` +
      "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" +
      `Content-Length: ${PING.length}\r\n\r\n${PING}`,
  );
  return await statusOf(connection);
}

async function statusOfHugeBody(replica: Replica, token: string): Promise<number> {
  using connection = await startBody(replica, token, 1024 ** 3);
  return await statusOf(connection);
}

async function startSlowBody(replica: Replica, token: string): Promise<Deno.Conn> {
  const connection = await startBody(replica, token, 1_000);
  await write(connection, "{");
  return connection;
}

async function startBody(replica: Replica, token: string, bytes: number): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: replica.port });
  await write(
    connection,
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  return connection;
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

async function statusOf(connection: Deno.Conn): Promise<number> {
  const chunk = new Uint8Array(1024);
  const count = await connection.read(chunk) ?? 0;
  return Number(new TextDecoder().decode(chunk.subarray(0, count)).split(" ")[1]);
}
