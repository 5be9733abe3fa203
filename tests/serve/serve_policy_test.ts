import assert from "node:assert/strict";
import { AuthorizationServer } from "../support/serve/authorization_server.ts";
import { connectHttp } from "../support/serve/http_client.ts";
import { startReplica } from "../support/serve/replica.ts";
import { freePort, startSshd } from "../support/sshd.ts";

Deno.test("serve lists to each caller the tools that the rules leave, by groups and claims", async () => {
  await using sshd = await startSshd();
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  const policy = `${sshd.directory}/policy.json`;
  const rules = [
    { caller: { groups: "readers" }, tools: ["read_file", "list_hosts"], mode: "allow" },
    { caller: { groups: "web" }, hosts: sshd.alias, mode: "allow" },
    { caller: { claims: { client_id: "tests" }, sub: "carol" }, tools: "read_file", mode: "ask" },
    { mode: "deny" },
  ];
  await Deno.writeTextFile(policy, JSON.stringify({ rules }));
  await using replica = await startReplica({
    ...sshd.environment(),
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
    MCP_SSH_POLICY: policy,
  }, port);
  const toolsOf = async (sub: string, groups: readonly string[]): Promise<readonly string[]> => {
    await using client = await connectHttp(replica.url, {
      token: await issuer.token({ sub, groups }),
      generation: "2026",
    });
    return (await client.tools()).map(({ name }) => name);
  };
  assert.deepEqual(await toolsOf("alice", ["readers"]), ["list_hosts", "read_file"]);
  assert.ok((await toolsOf("bob", ["web", "others"])).includes("execute_command"));
  assert.deepEqual(await toolsOf("carol", []), ["read_file"]);
  assert.deepEqual(await toolsOf("mallory", ["webs"]), []);

  const others = "\nHost closed\n  HostName 192.0.2.7\n  User root\n";
  await Deno.writeTextFile(sshd.sshConfigPath, others, { append: true });
  await using bob = await connectHttp(replica.url, {
    token: await issuer.token({ sub: "bob", groups: ["web"] }),
    generation: "2026",
  });
  const listed = await bob.call("list_hosts", {});
  assert.match(listed.text, new RegExp(sshd.alias));
  assert.doesNotMatch(listed.text, /closed|192\.0\.2\.7/);
  assert.equal(await bob.resource("ssh-config://hosts"), sshd.alias);
  assert.match(await bob.resource(`ssh-config://hosts/${sshd.alias}`), /^hostname /m);
  await assert.rejects(bob.resource("ssh-config://hosts/closed"), /rules do not let "closed"/);
});
