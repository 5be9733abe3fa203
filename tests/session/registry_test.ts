import assert from "node:assert/strict";
import { AuthenticationError, InputError, UnknownSessionError } from "../../src/errors.ts";
import type { SessionTarget } from "../../src/session/registry.ts";
import type { Session } from "../../src/session/session.ts";
import { type ScriptedConnection, ScriptedHosts } from "./scripted_transport.ts";

const CONFIG = `
Host lab prod
  HostName 10.9.9.9
Host prod
  ProxyJump jump
`;

/** Runs a command; the note of its end. */
async function run(hosts: ScriptedHosts, target: SessionTarget, name = "main"): Promise<string> {
  return await noteOf(await hosts.registry.acquire(target, name));
}

async function noteOf(session: Session): Promise<string> {
  const events = await Array.fromAsync(session.execute("x"));
  const last = events.at(-1);
  return last?.kind === "exited" ? last.exit.note ?? "" : assert.fail(`ended as ${last?.kind}`);
}

function listed(hosts: ScriptedHosts): readonly string[] {
  return hosts.registry.list().map(({ host, name }) => `${host} ${name}`);
}

Deno.test("Registry.acquire() shares nothing between two names of one address", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  const lab = await hosts.registry.acquire({ host: "lab" }, "main");
  const prod = await hosts.registry.acquire({ host: "prod" }, "main");
  assert.notEqual(lab.key, prod.key);
  await Promise.all([noteOf(lab), noteOf(prod)]);
  assert.deepEqual(hosts.connections.map(({ host }) => host.host), ["lab", "prod"]);
  assert.deepEqual(listed(hosts), ["lab main", "prod main"]);
  await hosts.registry.close({ host: "prod" });
  assert.deepEqual(listed(hosts), ["lab main"]);
});

Deno.test("Registry.acquire() finds the connection of a name whatever opened it", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab", password: "right" });
  await run(hosts, { host: "lab" });
  await run(hosts, { host: "lab" }, "other");
  await hosts.registry.connection({ host: "lab" });
  assert.equal(hosts.connections.length, 1);
  assert.deepEqual(listed(hosts), ["lab main", "lab other"]);
});

Deno.test("Registry.acquire() continues a lost connection with what opened it", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab", password: "right" });
  hosts.connections[0]!.lose();
  assert.match(await run(hosts, { host: "lab" }), /^new shell: /);
  assert.deepEqual(hosts.connections.map(({ host }) => host.password), ["right", "right"]);
});

Deno.test("Registry.acquire() uses no connection of another password or key", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab", password: "right" });
  await assert.rejects(run(hosts, { host: "lab", password: "wrong" }), AuthenticationError);
  await run(hosts, { host: "lab", keyFilename: "/key" });
  await run(hosts, { host: "lab", password: "right", keyFilename: "/key" });
  await run(hosts, { host: "lab", username: "other", password: "right" });
  assert.equal(hosts.connections.length, 4);
  await run(hosts, { host: "lab", password: "right" });
  assert.equal(hosts.connections.length, 4);
});

Deno.test("Registry.acquire() refuses to choose between credentials, and takes what is open", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab", password: "a" });
  await run(hosts, { host: "lab", password: "b" });
  await assert.rejects(run(hosts, { host: "lab" }), InputError);
  hosts.connections[0]!.lose();
  await run(hosts, { host: "lab" });
  assert.equal(hosts.connections.length, 2);
  await run(hosts, { host: "lab", password: "a" });
  await hosts.registry.close({ host: "lab" });
  assert.deepEqual([hosts.open.length, listed(hosts).length], [0, 0]);
  await run(hosts, { host: "lab" });
  assert.equal(hosts.connections.at(-1)!.host.password, undefined);
});

Deno.test("Registry.acquire() reaches an edited name anew and reports it once", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab" });
  hosts.edit(CONFIG.replace("10.9.9.9", "10.8.8.8"));
  assert.match(await run(hosts, { host: "lab" }), /settings of "lab" have changed/);
  assert.equal(await run(hosts, { host: "lab" }), "");
  assert.deepEqual(hosts.connections.map(({ host }) => host.hostname), ["10.9.9.9", "10.8.8.8"]);
  const closed = await hosts.registry.close({ host: "lab" });
  assert.deepEqual(closed, { host: "lab", sessions: ["main", "main"], connection: true });
  assert.equal(hosts.open.length, 0);
});

Deno.test("Registry.acquire() keeps a session when what was edited decides nothing", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "lab" });
  hosts.edit(`${CONFIG}  ConnectTimeout 7\nHost lab\n  ConnectTimeout 9\n`);
  assert.equal(await run(hosts, { host: "lab" }), "");
  assert.equal(hosts.connections.length, 1);
  hosts.connections[0]!.lose();
  await run(hosts, { host: "lab" });
  assert.equal(hosts.connections[1]!.host.connectTimeoutMs, 9_000);
});

Deno.test("Registry.close() takes every form of a name, and reports what is open instead", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  for (const host of ["deploy@lab", "lab:22", "ssh://deploy@lab:22", "[lab]"]) {
    await run(hosts, { host: "lab" });
    await run(hosts, { host: "lab" }, "other");
    const one = await hosts.registry.close({ host }, "other");
    assert.deepEqual(one, { host: "lab", sessions: ["other"], connection: false });
    const rest = await hosts.registry.close({ host });
    assert.deepEqual(rest, { host: "lab", sessions: ["main"], connection: true });
  }
  await run(hosts, { host: "lab" });
  await assert.rejects(hosts.registry.close({ host: "prod" }), (error) => {
    assert.ok(error instanceof UnknownSessionError);
    assert.match(`${error.message} ${error.advice}`, /of prod is open.*lab \(main\)/);
    return true;
  });
});

Deno.test("Registry.connection() reports edited settings and KnownHostsCommand, once", async () => {
  const hosts = new ScriptedHosts(`${CONFIG}\nHost asked\n  KnownHostsCommand /bin/keys %H\n`);
  const { takeNote } = await hosts.registry.connection({ host: "asked" });
  assert.match(takeNote()!, /knownhostscommand has no effect here; .*those that it revokes too/);
  assert.equal((await hosts.registry.connection({ host: "asked" })).takeNote(), undefined);
  assert.match(await run(hosts, { host: "lab" }), /^$/);
  hosts.edit(CONFIG.replace("10.9.9.9", "10.9.9.8"));
  const moved = await hosts.registry.connection({ host: "lab" });
  assert.match(
    moved.takeNote()!,
    /^new connection: the settings of "lab" have changed since its last one/,
  );
  assert.equal((await hosts.registry.connection({ host: "lab" })).takeNote(), undefined);
});

Deno.test("Registry keeps no session and no login of each wrong password", async () => {
  const hosts = new ScriptedHosts(CONFIG);
  await run(hosts, { host: "prod" });
  const first = await hosts.registry.acquire(
    { host: "lab", password: "wrong", keyFilename: "/0" },
    "main",
  );
  for (let index = 0; index < 300; index++) {
    await assert.rejects(
      run(hosts, { host: "lab", password: "wrong", keyFilename: `/${index}` }),
      AuthenticationError,
    );
  }
  const again = await hosts.registry.acquire(
    { host: "lab", password: "wrong", keyFilename: "/0" },
    "main",
  );
  assert.notEqual(again, first);
  assert.deepEqual(listed(hosts), ["prod main"]);
  await run(hosts, { host: "lab", password: "right" });
  assert.deepEqual(listed(hosts), ["prod main", "lab main"]);
});

Deno.test("Registry closes idle sessions and connections that only they used, and says so", async () => {
  const hosts = new ScriptedHosts(CONFIG, { idleCloseMs: 600_000 });
  await run(hosts, { host: "lab" });
  await run(hosts, { host: "prod" });
  const { connection } = await hosts.registry.connection({ host: "prod" });
  const used = connection as unknown as ScriptedConnection;
  used.lastUsed = hosts.clock.now() + 300_000;
  hosts.clock.advance(500_000);
  await run(hosts, { host: "lab" });
  hosts.clock.advance(200_000);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(listed(hosts), ["lab main"]);
  assert.equal(hosts.open.length, 2, "a copy used it since");
  assert.match(await run(hosts, { host: "prod" }), /was closed.*MCP_SSH_IDLE_CLOSE/);
  assert.equal(await run(hosts, { host: "prod" }), "");
  hosts.clock.advance(700_000);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(listed(hosts), []);
  assert.deepEqual(hosts.open, []);
});
