import assert from "node:assert/strict";
import { begin, endOf, SLEEP, startWorld } from "../support/world.ts";
import { startShellHosts } from "./login_shells.ts";

const LOOK_FIRST = /look for its effects before running it again/;

Deno.test("in every shell a command that kills all of the account's processes ran once, and its loss says so", async () => {
  await using hosts = await startShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const lost = await host.run("echo ran >>effects; kill -9 -1", { timeout: 15 });
    assert.equal(lost.meta?.state, "lost", `${host.name}: ${lost.text}`);
    assert.match(lost.text, LOOK_FIRST, host.name);
    assert.doesNotMatch(lost.text, /run (it|the command) again;/i, host.name);
    const next = await host.run("cat effects", { timeout: 15 });
    assert.equal(next.body.split("\n[")[0]?.trim(), "ran", `${host.name}: ${next.text}`);
  }));
});

Deno.test("a command that ran while sshd died, or its session was closed, is told with its possible effects", async () => {
  await using world = await startWorld();
  const { server, sshd } = world;
  const first = await begin(server, `echo ran >>effects; ${SLEEP}`);
  await sshd.killSessions();
  const lost = await endOf(server, first);
  assert.equal(lost.meta?.state, "lost", lost.text);
  assert.match(lost.text, LOOK_FIRST);
  const second = await begin(server, `echo ran >>effects; ${SLEEP}`);
  await server.call("close_session", { host: server.host });
  const closed = await endOf(server, second);
  assert.equal(closed.meta?.state, "lost", closed.text);
  assert.match(closed.text, LOOK_FIRST);
  const effects = await server.run("wc -l <effects");
  assert.match(effects.body, /^2\n/, effects.text);
});
