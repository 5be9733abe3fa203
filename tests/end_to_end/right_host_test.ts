import assert from "node:assert/strict";
import { hostLines, writeHostBlocks } from "../support/host_blocks.ts";
import { until } from "../support/condition.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";

function without(lines: readonly string[], ...keywords: readonly string[]): readonly string[] {
  return lines.filter((line) => !keywords.includes(line.split(" ")[0]!));
}

function logins(sshd: Sshd): number {
  return sshd.log().match(/Accepted (?:publickey|password) /g)?.length ?? 0;
}

async function whoami(server: ServerUnderTest, host: string, more = {}): Promise<string> {
  return (await server.run("whoami", { host, ...more })).body.trim();
}

async function rows(server: ServerUnderTest): Promise<readonly Record<string, string>[]> {
  return (await server.call("list_sessions")).structuredContent.sessions;
}

Deno.test("two names of one address behind different jump hosts share nothing", async () => {
  // The jump hosts are two; which one carries a call is seen in their logs.
  await using lab = await startSshd();
  await using prod = await startSshd();
  await using db = await startSshd();
  await writeHostBlocks(db, {
    "jump-lab": hostLines(lab),
    "jump-prod": hostLines(prod),
    "lab-db": [...hostLines(db), "ProxyJump jump-lab"],
    "prod-db": [...hostLines(db), "ProxyJump jump-prod"],
    "deep-db": [...hostLines(db), "ProxyJump jump-lab,jump-prod"],
  });
  await using server = await startServer({ env: db.environment() });
  await server.run("cd /tmp; x=lab", { host: "lab-db" });
  assert.deepEqual([logins(lab), logins(prod), logins(db)], [1, 0, 1]);
  const path = `/tmp/${crypto.randomUUID()}`;
  const written = await server.call("write_file", {
    host: "prod-db",
    remote_path: path,
    content: "x",
  });
  assert.ok(!written.isError, written.text);
  await server.run(`rm ${path}`, { host: "prod-db" });
  assert.deepEqual([logins(lab), logins(prod), logins(db)], [1, 1, 2]);
  const reply = await server.run("echo [$x]; pwd", { host: "prod-db" });
  assert.match(reply.body, /^\[\]\n(?!\/tmp\n)/);
  assert.match(reply.firstLine, /@prod-db/);
  // The way to jump-lab is the same as before; jump-prod behind it is not the one from here.
  await server.run("true", { host: "deep-db" });
  assert.deepEqual([logins(lab), logins(prod), logins(db)], [1, 2, 3]);
  assert.deepEqual((await rows(server)).map(({ host }) => host), ["lab-db", "prod-db", "deep-db"]);
  await server.call("close_session", { host: "prod-db" });
  assert.equal((await server.run("echo $x", { host: "lab-db" })).body, "lab\n");
  await until(
    "prod's jump host is left",
    () => rows(server).then((all) => all.every(({ host }) => host !== "prod-db")),
  );
});

Deno.test("a name that checks the host key uses no connection of a name that does not", async (t) => {
  await using sshd = await startSshd();
  const base = without(hostLines(sshd), "UserKnownHostsFile", "StrictHostKeyChecking");
  const nothing = `${sshd.directory}/nothing_known`;
  const revoked = `${sshd.directory}/revoked`;
  await Deno.copyFile(`${sshd.hostKeyPath()}.pub`, revoked);
  const unknown = [...base, `UserKnownHostsFile ${nothing}`];
  const strict = [...unknown, "StrictHostKeyChecking yes"];
  const known = [...base, `UserKnownHostsFile ${sshd.knownHostsPath}`];
  await writeHostBlocks(sshd, {
    lax: [...unknown, "StrictHostKeyChecking no"],
    adding: [...unknown, "StrictHostKeyChecking accept-new"],
    known,
    strict,
    asking: [...unknown, "StrictHostKeyChecking ask"],
    alias: [...known, "HostKeyAlias elsewhere", "StrictHostKeyChecking yes"],
    revoked: [...known, `RevokedHostKeys ${revoked}`],
    "strict-hop": [...known, "ProxyJump strict"],
    "lax-hop": [...known, "ProxyJump lax"],
  });
  await using server = await startServer({ env: sshd.environment() });
  for (const host of ["lax", "adding", "known", "lax-hop"]) {
    assert.equal(await whoami(server, host), sshd.user);
  }
  for (const host of ["strict", "asking", "alias", "revoked", "strict-hop"]) {
    await t.step(host, async () => {
      const before = logins(sshd);
      const reply = await server.run("whoami", { host });
      assert.ok(reply.isError, reply.text);
      assert.match(reply.firstLine, /host key of/);
      assert.ok(reply.firstLine.includes(`"${host}"`), reply.firstLine);
      assert.ok((await server.call("read_file", { host, remote_path: "/etc/hostname" })).isError);
      assert.equal(logins(sshd), before);
    });
  }
});

Deno.test("names that differ in one setting of way, check or account share nothing", async () => {
  await using sshd = await startSshd({ account: { password: "s3cret-login" } });
  await using proxy = await TcpProxy.start(sshd.port);
  const base = hostLines(sshd);
  const known = `${sshd.directory}/also_known`;
  await Deno.copyFile(sshd.knownHostsPath, known);
  const others: Readonly<Record<string, readonly string[]>> = {
    base,
    "another-way": ["ProxyCommand nc -X connect -x 127.0.0.1:1 %h %p", ...base],
    "another-source": ["BindAddress 127.0.0.3", ...base],
    "another-port": [
      `Port ${proxy.port}`,
      `HostKeyAlias [127.0.0.1]:${sshd.port}`,
      ...without(base, "Port"),
    ],
    "another-file": [`UserKnownHostsFile ${known}`, ...without(base, "UserKnownHostsFile")],
    "short-keys": ["RequiredRSASize 9999", ...base],
    "other-keys": ["HostKeyAlgorithms ssh-ed25519", ...base],
    "no-key": ["PreferredAuthentications password", ...base],
    "another-user": ["User nobody-there", ...without(base, "User")],
  };
  await writeHostBlocks(sshd, others);
  const env = sshd.environment({ OVRD_no_key_PASS: "s3cret-login" });
  await using server = await startServer({ env });
  for (const host of Object.keys(others)) await server.run(`x=${host}`, { host });
  const open = (await rows(server)).map(({ host }) => host);
  const reached = Object.keys(others).filter((host) =>
    !["another-way", "another-user"].includes(host)
  );
  assert.deepEqual(open, reached);
  assert.equal(logins(sshd), reached.length);
  for (const host of reached) {
    assert.equal((await server.run("echo $x", { host })).body, `${host}\n`);
  }
  // What the one name leads to no more, the others still do.
  await server.call("close_session", { host: "base" });
  assert.deepEqual((await rows(server)).map(({ host }) => host), reached.slice(1));
});

Deno.test("an overridden name and a plain one of its address share neither secrets nor address", async () => {
  const account = { password: "s3cret-sudo", sudoers: "ALL=(ALL) ALL" };
  await using sshd = await startSshd({ account });
  const lines = hostLines(sshd);
  await writeHostBlocks(sshd, { hidden: without(lines, "HostName"), rooted: lines, plain: lines });
  const env = sshd.environment({
    OVRD_hidden_HOST: "127.0.0.1",
    OVRD_hidden_SUDO_PASS: "s3cret-sudo",
    OVRD_rooted_SUDO_PASS: "s3cret-sudo",
  });
  await using server = await startServer({ env });
  for (const host of ["hidden", "rooted"]) {
    assert.equal((await server.run("sudo -k whoami", { host })).body.trim(), "root");
  }
  const asked = await server.run("sudo -k whoami", { host: "plain" });
  assert.equal(asked.meta?.state, "awaiting_input", asked.text);
  const addresses = (await rows(server)).map(({ host, address }) => [host, address !== undefined]);
  assert.deepEqual(addresses.slice(0, 3), [["hidden", false], ["rooted", true], ["plain", true]]);
  assert.equal(logins(sshd), 3);
});

Deno.test("each name of one address answers under its own name, in errors too", async () => {
  await using sshd = await startSshd();
  await writeHostBlocks(sshd, { one: hostLines(sshd), two: hostLines(sshd), Two: hostLines(sshd) });
  await using server = await startServer({ env: sshd.environment() });
  const names = ["one", "two", "Two"];
  for (const host of names) await server.run(`x=${host}`, { host });
  for (const host of names) {
    const reply = await server.run("echo $x", { host });
    assert.equal(reply.body, `${host}\n`);
    assert.ok(reply.firstLine.includes(`@${host}`), reply.firstLine);
    assert.equal(reply.meta?.host, host);
    const begun = await server.call("execute_command_async", { host, command: "sleep 300" });
    const { commands } = (await server.call("list_running_commands")).structuredContent;
    assert.equal(commands.at(-1).host, host);
    assert.ok(begun.firstLine.includes(`@${host}`), begun.firstLine);
  }
  await sshd.stop();
  for (const host of names) {
    const lost = await until(`${host} is refused`, async () => {
      const reply = await server.run("true", { host, session: "other" });
      return /refused|lost/.test(reply.firstLine) && reply;
    });
    for (const name of names) {
      assert.equal(lost.text.includes(`"${name}"`), name === host, lost.text);
    }
  }
});

Deno.test("all forms of one target find the same session, and close it", async () => {
  await using sshd = await startSshd();
  await writeHostBlocks(sshd, { web: hostLines(sshd) });
  await using server = await startServer({ env: sshd.environment() });
  const forms = [
    { host: "web" },
    { host: `${sshd.user}@web` },
    { host: "web", username: sshd.user },
    { host: `web:${sshd.port}` },
    { host: `ssh://${sshd.user}@web:${sshd.port}` },
    { host: "[web]", port: sshd.port },
  ];
  for (const form of forms) {
    await server.run("x=set", { host: "web" });
    assert.equal((await server.run("echo $x", form)).body, "set\n");
    assert.match((await server.call("close_session", form)).text, /^Closed session "main" of web/);
  }
  assert.equal(logins(sshd), forms.length);
});

Deno.test("another password or key never uses a connection of other credentials", async () => {
  await using sshd = await startSshd({ account: { password: "s3cret-login" } });
  const bare = without(hostLines(sshd), "IdentityFile");
  await writeHostBlocks(sshd, { web: [...bare, "IdentityFile none"] });
  await using server = await startServer({ env: sshd.environment() });
  const refused = async (more: Readonly<Record<string, string>>): Promise<ToolReply> => {
    const reply = await server.run("true", { host: "web", ...more });
    assert.ok(reply.isError, reply.text);
    return reply;
  };
  await refused({});
  await refused({ password: "wrong-1" });
  assert.equal(await whoami(server, "web", { password: "s3cret-login" }), sshd.user);
  await refused({ password: "wrong-2" });
  await refused({ key_filename: "/nowhere" });
  await server.run("x=set", { host: "web", password: "s3cret-login" });
  assert.equal((await server.run("echo $x", { host: "web" })).body, "set\n");
  assert.equal(logins(sshd), 1);
  await server.run("x=key", { host: "web", key_filename: sshd.keyPath });
  assert.equal(logins(sshd), 2);
  const unclear = await refused({});
  assert.match(unclear.firstLine, /open with different credentials/);
  const pass = await server.run("echo $x", { host: "web", password: "s3cret-login" });
  assert.equal(pass.body, "set\n");
  assert.match((await server.call("close_session", { host: "web" })).text, /and its connection/);
  assert.deepEqual(await rows(server), []);
  await refused({});
});

Deno.test("a name whose settings were edited is reached anew, and the reply reports it", async () => {
  await using before = await startSshd();
  await using after = await startSshd();
  await writeHostBlocks(before, { db: hostLines(before) });
  await using server = await startServer({ env: before.environment() });
  assert.equal(await whoami(server, "db"), before.user);
  await writeHostBlocks(before, { db: hostLines(after) });
  const moved = await until("the new settings are read", async () => {
    const reply = await server.run("whoami", { host: "db" });
    return reply.body.includes(after.user) && reply;
  });
  assert.match(moved.text, /the settings of "db" have changed since its last one/);
  assert.doesNotMatch((await server.run("whoami", { host: "db" })).text, /have changed/);
  assert.equal((await rows(server)).length, 2);
  await server.call("close_session", { host: "db" });
  assert.deepEqual(await rows(server), []);
});
