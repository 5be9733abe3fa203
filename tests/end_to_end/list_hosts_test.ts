import assert from "node:assert/strict";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

const CONFIG = `
Host web1
  HostName 192.0.2.1
  User deploy
  Tag front
Host web2
  HostName 192.0.2.2
  Port 2222
  ProxyJump web1
  Tag front
Host db1 db*
  HostName db.internal.example
  User postgres
Host *
  User someone
`;

Deno.test("list_hosts shows aliases, users, addresses, groups and open sessions", async () => {
  await using sshd = await startSshd();
  await Deno.writeTextFile(sshd.sshConfigPath, CONFIG, { append: true });
  const config = sshd.sshConfigPath;
  await using server = await startServer({ env: sshd.environment({ OVRD_db1_HOST: "10.8.7.6" }) });
  const before = await server.call("list_hosts");
  assert.ok(!before.isError, before.text);
  const named = (name: string): Record<string, unknown> =>
    before.structuredContent.hosts.find(({ host }: { host: string }) => host === name);
  const [web1, web2, db1] = ["web1", "web2", "db1"].map(named);
  assert.deepEqual([web1?.user, web1?.address, web1?.groups], ["deploy", "192.0.2.1", ["front"]]);
  assert.deepEqual([web2?.address, web2?.through], ["192.0.2.2:2222", ["web1"]]);
  assert.equal(db1?.user, "postgres");
  assert.equal(db1?.address, undefined);
  assert.ok(String(web1?.defined).startsWith(`${config}:`));
  assert.doesNotMatch(before.text, /db\*|10\.8\.7\.6|db\.internal/);
  await server.run("true", { session: "side" });
  const after = await server.call("list_hosts", { pattern: sshd.alias });
  assert.deepEqual(after.structuredContent.hosts[0].sessions, ["side"]);
  assert.match(after.text, /testhost .* side /);
});

Deno.test("list_hosts picks by part of a name, glob, negation and group", async () => {
  await using sshd = await startSshd();
  await Deno.writeTextFile(sshd.sshConfigPath, CONFIG, { append: true });
  await using server = await startServer({ env: sshd.environment() });
  const picked = async (pattern: string): Promise<string> => {
    const { structuredContent } = await server.call("list_hosts", { pattern });
    return structuredContent.hosts.map(({ host }: { host: string }) => host).join(" ");
  };
  assert.equal(await picked("WEB"), "web1 web2");
  assert.equal(await picked("*1"), "web1 db1");
  assert.equal(await picked("web*,!web2"), "web1");
  assert.equal(await picked("@front"), "web1 web2");
  assert.equal(await picked("@front !web1, db"), "web2 db1");
  assert.equal(await picked("nothing"), "");
});

Deno.test("list_hosts of 10,000 aliases is bounded and says how many it leaves out", async () => {
  await using sshd = await startSshd();
  const blocks = Array.from({ length: 10_000 }, (_, index) => `Host h${index}\n  User u${index}\n`);
  await Deno.writeTextFile(sshd.sshConfigPath, blocks.join(""), { append: true });
  await using server = await startServer({ env: sshd.environment() });
  const reply = await server.call("list_hosts", { pattern: "h*" });
  const { hosts, omitted, total } = reply.structuredContent;
  assert.deepEqual([hosts.length, omitted, total], [100, 9_900, 10_000]);
  assert.match(reply.text, /9900 of 10000 hosts are left out: narrow them with pattern/);
  assert.ok(reply.text.length < 20_000, String(reply.text.length));
  const [only] = (await server.call("list_hosts", { pattern: "h9999" })).structuredContent.hosts;
  assert.equal(only.user, "u9999");
});

Deno.test("the policy bounds list_hosts, and what is wrong with a host is said", async () => {
  await using sshd = await startSshd();
  const odd = "Host web1\n  ProxyJump web1\nHost secret\n  HostName 192.0.2.9\n";
  await Deno.writeTextFile(sshd.sshConfigPath, odd, { append: true });
  const env = sshd.environment({ MCP_SSH_ALLOWED_HOSTS: "web*" });
  await using server = await startServer({ env });
  const reply = await server.call("list_hosts");
  assert.equal(reply.structuredContent.total, 1);
  assert.match(reply.text, /web1 cannot be reached: .*leads back to itself/);
  assert.doesNotMatch(reply.text, /secret/);
});

Deno.test("the error of an unknown host names the nearest aliases", async () => {
  await using sshd = await startSshd();
  await Deno.writeTextFile(sshd.sshConfigPath, "Host staging-db\n", { append: true });
  await using server = await startServer({ env: sshd.environment() });
  const near = await server.run("true", { host: "stagingdb" });
  assert.ok(near.isError);
  assert.match(near.text, /its name does not resolve/);
  assert.match(near.text, /"staging-db".*list_hosts/);
  const far = await server.run("true", { host: "qqqqqqqqqqqqqqqqq" });
  assert.doesNotMatch(far.text, /staging-db/);
  assert.match(far.text, /list_hosts/);
});
