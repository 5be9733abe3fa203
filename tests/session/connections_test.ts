import assert from "node:assert/strict";
import { Connections } from "../../src/session/connections.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { target } from "../transport/targets.ts";
import { ScriptedConnection } from "./scripted_transport.ts";

function connections(): { readonly shared: Connections; readonly made: ScriptedConnection[] } {
  const made: ScriptedConnection[] = [];
  const shared = new Connections({
    clock: new FakeClock(),
    connect: (host) => {
      made.push(new ScriptedConnection(host));
      return Promise.resolve(made.at(-1) as unknown as Connection);
    },
  });
  return { shared, made };
}

const web = target({ port: 22 });

Deno.test("Connections.get() shares one attempt among equal targets, and no other", async () => {
  const { shared, made } = connections();
  const [one, two] = await Promise.all([shared.get(web), shared.get({ ...web })]);
  assert.equal(one, two);
  assert.equal(made.length, 1);
  const others = [
    { ...web, host: "other" },
    { ...web, strictHostKeyChecking: "no" as const },
    { ...web, password: "a" },
    { ...web, proxyJump: [web] },
  ];
  for (const other of others) assert.notEqual(await shared.get(other), one);
  assert.equal(made.length, 1 + others.length);
});

Deno.test("Connections.get() connects anew after a loss; close() closes one target's", async () => {
  const { shared, made } = connections();
  await shared.get(web);
  made[0]!.lose();
  await made[0]!.closed;
  await Promise.resolve();
  await shared.get(web);
  const other = { ...web, host: "other" };
  await shared.get(other);
  assert.equal(made.length, 3);
  assert.ok(await shared.close(web));
  assert.ok(!await shared.close(web));
  assert.deepEqual([shared.has(web), shared.has(other)], [false, true]);
  await shared.closeAll();
  assert.deepEqual(made.filter(({ isOpen }) => isOpen), []);
});
