import assert from "node:assert/strict";
import { ConnectionLostError } from "../../src/errors.ts";
import { tellingEffects } from "../../src/session/replacing_lost.ts";
import type { CommandEvent } from "../../src/shell/shell.ts";
import { ScriptedHosts } from "./scripted_transport.ts";

Deno.test("Session.execute() replaces what was lost before the command began", async () => {
  for (const losses of [0, 1, 2]) {
    const hosts = new ScriptedHosts("");
    hosts.losses = losses;
    const session = await hosts.registry.acquire({ host: "web" }, "main");
    const events = await Array.fromAsync(session.execute("x"));
    assert.deepEqual(events.map(({ kind }) => kind), ["started", "output", "exited"]);
    assert.equal(hosts.connections.length, losses + 1);
  }
});

Deno.test("Session.execute() gives up on a host that loses each connection", async () => {
  const hosts = new ScriptedHosts("");
  hosts.losses = 9;
  const session = await hosts.registry.acquire({ host: "web" }, "main");
  await assert.rejects(Array.fromAsync(session.execute("x")), ConnectionLostError);
  assert.equal(hosts.connections.length, 3);
  assert.ok(!session.isOpen && !session.isInUse);
});

Deno.test("tellingEffects() never advises to run a typed command again", async () => {
  const loss = new ConnectionLostError("gone", "Run the command again");
  const events = async function* (...given: readonly CommandEvent[]): AsyncGenerator<CommandEvent> {
    for (const event of given) yield await Promise.resolve(event);
    throw loss;
  };
  await assert.rejects(Array.fromAsync(tellingEffects(events())), loss);
  for (const given of [[], [{ kind: "lost", cause: loss }]] as const) {
    let told: CommandEvent | undefined;
    for await (const event of tellingEffects(events({ kind: "started" }, ...given))) {
      told = event;
      if (event.kind === "lost") break;
    }
    assert.ok(told?.kind === "lost");
    assert.match(told.cause.advice, /may have run.*look for its effects/);
  }
});

Deno.test("Session.close() refuses later commands of the same object", async () => {
  const hosts = new ScriptedHosts("");
  const session = await hosts.registry.acquire({ host: "web" }, "main");
  await Array.fromAsync(session.execute("x"));
  await session.close();
  await assert.rejects(Array.fromAsync(session.execute("x")), /was closed/);
});
