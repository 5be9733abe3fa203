import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  HostKeyError,
} from "../../src/errors.ts";
import { Connector } from "../../src/transport/connector.ts";
import { until } from "../support/condition.ts";
import { freePort, type Sshd, startSshd } from "../support/sshd.ts";
import { open, run, target, targetOf } from "./targets.ts";

/** The last target behind the others, each with its own user, key and known_hosts. */
function chain(...sshds: readonly [Sshd, ...Sshd[]]): ResolvedHost {
  const resolved = sshds.map((sshd, index) => targetOf(sshd, { host: `hop${index}` }));
  return resolved.reduce((before, next) => ({
    ...next,
    proxyJump: [...before.proxyJump, before],
  }));
}

function logins(sshd: Sshd): number {
  return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

Deno.test("Connector.connect() goes through one jump host and through two", async () => {
  await using first = await startSshd();
  await using second = await startSshd();
  await using last = await startSshd();
  await using one = await open(chain(first, last));
  assert.equal((await run(one, "whoami")).output.trim(), last.user);
  await using two = await open(chain(first, second, last));
  assert.equal((await run(two, "whoami; seq 200000 | tail -1")).output, `${last.user}\n200000\n`);
});

Deno.test("Connector.connect() shares a hop and closes it with the last target", async () => {
  await using hop = await startSshd();
  await using left = await startSshd();
  await using right = await startSshd();
  const connector = new Connector({ clock: systemClock });
  const [one, two] = await Promise.all([
    connector.connect(chain(hop, left)),
    connector.connect(chain(hop, right)),
  ]);
  assert.equal(logins(hop), 1);
  await one[Symbol.asyncDispose]();
  assert.equal((await run(two, "echo on")).output, "on\n");
  await two[Symbol.asyncDispose]();
  await until("the hop's session ended", async () => (await hop.sessionPids()).length === 0);
  await using _again = await connector.connect(chain(hop, left));
  assert.equal(logins(hop), 2);
});

Deno.test("Connector.connect() names the hop that is to blame", async (test) => {
  await using hop = await startSshd();
  await using last = await startSshd();
  const good = chain(hop, last);
  const [jump] = good.proxyJump as [ResolvedHost];
  const through = (over: Partial<ResolvedHost>): ResolvedHost => ({
    ...good,
    proxyJump: [{ ...jump, ...over }],
  });
  await test.step("refused port", async () => {
    const attempt = open(through({ port: freePort() }));
    await rejects(attempt, ConnectError, /through its jump host "hop0": .*connection refused/);
  });
  await test.step("unknown host key", async () => {
    const attempt = open(through({ userKnownHostsFiles: ["/nonexistent/known_hosts"] }));
    await rejects(attempt, HostKeyError, /jump host "hop0": The host key of "hop0" is unknown/);
  });
  await test.step("login", async () => {
    const attempt = open(through({ identityFiles: [] }));
    await rejects(attempt, AuthenticationError, /jump host "hop0": Cannot log in to "hop0"/);
  });
  await test.step("target not reachable from the hop", async () => {
    const attempt = open({ ...good, port: freePort() });
    await rejects(attempt, ConnectError, /through its jump host "hop0", which says "/);
  });
});

Deno.test("Connection.closed names the hop that died under it", async () => {
  await using hop = await startSshd();
  await using last = await startSshd();
  await using connection = await open(chain(hop, last));
  await using channel = await connection.exec("sleep 60");
  await hop.killSessions();
  const fault = await connection.closed;
  assert.ok(fault instanceof ConnectionLostError);
  assert.match(fault.message, /"hop1" is lost with its jump host "hop0"/);
  assert.deepEqual(await channel.exit, {});
});

Deno.test("Connector.connect() leaves a hop to the others when one gives up", async () => {
  await using hop = await startSshd();
  await using last = await startSshd();
  const connector = new Connector({ clock: systemClock });
  const controller = new AbortController();
  const reason = new Error("enough");
  const impatient = connector.connect(chain(hop, last), { signal: controller.signal });
  const patient = connector.connect(chain(hop, last));
  controller.abort(reason);
  await assert.rejects(impatient, reason);
  await using connection = await patient;
  assert.equal((await run(connection, "echo on")).output, "on\n");
});

Deno.test("Connector.connect() throws what the resolver refuses", async () => {
  const refusal = new ConnectError("no", "go");
  await assert.rejects(open({ ...target({ port: 1 }), refusal }), refusal);
});

async function rejects(
  attempt: Promise<unknown>,
  // deno-lint-ignore no-explicit-any -- constructors differ in their arguments
  kind: new (...args: any[]) => Error,
  pattern: RegExp,
): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, pattern);
    return true;
  });
}
