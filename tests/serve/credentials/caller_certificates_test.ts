import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { AuthorizationServer } from "../../support/serve/authorization_server.ts";
import { connectHttp } from "../../support/serve/http_client.ts";
import { startReplica } from "../../support/serve/replica.ts";
import { CallerCertificates } from "../../../src/serve/credentials/caller_certificates.ts";
import { signerOf } from "../../../src/serve/credentials/signer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { SignerDouble } from "../../support/serve/signer_double.ts";
import { freePort, startSshd } from "../../support/sshd.ts";

Deno.test("CallerCertificates log each caller in with a certificate of their own", async (t) => {
  await using signer = await SignerDouble.start();
  await using sshd = await startSshd({
    config: [`TrustedUserCAKeys ${signer.publicKeyPath}`, "AuthorizedKeysFile none"],
  });
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  const tokenFile = `${sshd.directory}/token`;
  await Deno.writeTextFile(tokenFile, `${signer.token}\n`);
  await using replica = await startReplica({
    ...sshd.environment(),
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
    MCP_SSH_SIGNER: `vault:${signer.url}`,
    MCP_SSH_SIGNER_TOKEN_FILE: tokenFile,
  }, port);
  const host = sshd.alias;
  const connect = async (sub: string) =>
    await connectHttp(replica.url, { token: await issuer.token({ sub }), generation: "2026" });

  await t.step("sshd's log names the caller", async () => {
    for (const sub of ["alice@example.com", "bob@example.com"]) {
      await using client = await connect(sub);
      const reply = await client.call("execute_command", { host, command: "echo in" });
      assert.match(reply.text, /\nin\n/);
      assert.match(sshd.log(), new RegExp(`Accepted publickey .*-CERT .*ID ${sub} `));
    }
    assert.deepEqual(signer.asked, [sshd.user, sshd.user]);
  });
  await t.step("a certificate is used again until it is about to end", async () => {
    await using client = await connect("alice@example.com");
    await client.call("close_session", { host });
    await client.call("execute_command", { host, command: "true" });
    assert.equal(signer.asked.length, 2);
  });
  await t.step(
    "a signer that refuses lets nobody in, least of all by the server's key",
    async () => {
      await Deno.writeTextFile(tokenFile, "wrong\n");
      await using client = await connect("carol@example.com");
      const reply = await client.call("execute_command", { host, command: "true" });
      assert.ok(reply.isError);
      assert.match(reply.text, /no certificate: the signer .* answers 403: .*permission denied/);
    },
  );
});

Deno.test("CallerCertificates ask step-ca with a one-time token of the provisioner", async () => {
  const { signerOf } = await import("../../../src/serve/credentials/signer.ts");
  const { exportJWK, generateKeyPair, jwtVerify } = await import("jose");
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const asked: Record<string, unknown>[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      asked.push({ path: new URL(request.url).pathname, ...await request.json() });
      return Response.json({ crt: "QUFB" }, { status: 201 });
    },
  );
  const url = new URL(`http://127.0.0.1:${server.addr.port}`);
  const jwk = { ...await exportJWK(privateKey), kid: "p1", alg: "ES256" };
  const sign = signerOf({
    kind: "step-ca",
    url,
    token: JSON.stringify(jwk),
    provisioner: "team",
    principal: "{user}",
    ttlS: 300,
  });
  assert.equal(await sign({ publicKey: "QQ==", keyId: "alice", principal: "deploy" }), "QUFB");
  const { path, ott, ...rest } = asked[0]!;
  assert.equal(path, "/1.0/ssh/sign");
  const expected = {
    certType: "user",
    keyID: "alice",
    principals: ["deploy"],
    validBefore: "300s",
  };
  assert.deepEqual(rest, { ...expected, publicKey: "QQ==" });
  const { payload } = await jwtVerify(String(ott), publicKey, {
    issuer: "team",
    audience: new URL("/1.0/ssh/sign", url).href,
    subject: "alice",
  });
  assert.deepEqual(payload["step"], { ssh: expected });
});

Deno.test("CallerCertificates ask for the one principal that a name stands for", async () => {
  const asked: string[] = [];
  const principalsOf = async (sub: string, user: string): Promise<unknown> => {
    const { agents } = new CallerCertificates({
      clock: systemClock,
      signer: ({ principal }) => {
        asked.push(principal);
        return Promise.reject(new Error("none today"));
      },
      sub,
      settings: {
        kind: "vault",
        url: new URL("http://127.0.0.1:9/"),
        token: "none",
        provisioner: "",
        principal: "team-{sub},{user}",
        ttlS: 60,
      },
      onSigned: () => {},
    });
    const agent = await agents.at(user);
    return await agent.list().then(() => "listed", ({ message }) => message);
  };
  // Neither a pattern of a replacement nor the other placeholder is anything but text.
  await principalsOf("$&{user}", "$$x");
  assert.deepEqual(asked, ["team-$&{user},$$x"]);
  assert.match(String(await principalsOf("alice,root", "deploy")), /caller's name has a comma/);
  assert.match(String(await principalsOf("alice", "deploy,root")), /login name has a comma/);
  assert.equal(asked.length, 1);
});

Deno.test("CallerCertificates renews one that has ended while the machine slept", async () => {
  await using double = await SignerDouble.start();
  const clock = new FakeClock(Date.now());
  const settings = {
    kind: "vault",
    url: new URL(double.url),
    token: double.token,
    provisioner: "",
    principal: "{user}",
    ttlS: 300,
  } as const;
  const { agents } = new CallerCertificates({
    clock,
    signer: signerOf(settings),
    sub: "alice",
    settings,
    onSigned: () => {},
  });
  const agent = agents.at("web");
  const [first] = await agent.list();
  assert.deepEqual(await agent.list(), [first]);
  clock.dateAheadMs = 300_000;
  const [second] = await agent.list();
  assert.notDeepEqual(second, first);
});
