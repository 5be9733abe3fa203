import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { type Place, SharedWorld } from "../support/serve/shared_world.ts";

const CALLERS = 16;

/** Whether a replica takes calls, as a balancer asks. */
async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  await response.body?.cancel();
  return response.ok;
}

Deno.test("a replica that ends in order loses nothing of what reaches it", async (t) => {
  await using world = await SharedWorld.start(2, { MCP_SSH_DRAIN_S: "30" });
  const { host } = world;
  const [first, second] = world.places as [Place, Place];

  await t.step("requests that a balancer still sends are answered", async () => {
    await using late = await world.connect({ at: 0, sub: "late" });
    await late.call("execute_command", { host, command: "true" });
    const ended = first.replica.end("SIGTERM");
    await until("it says that it ends", async () => !await isReady(first.port));
    for (const word of ["one", "two", "three"]) {
      const reply = await late.call("execute_command", {
        host,
        command: `sleep 1; echo ${word}`,
      });
      assert.match(reply.text, new RegExp(`^\\[exit 0\\].*\\n${word}\\n`));
    }
    await ended;
    await world.restart(0);
  });

  await t.step("a call that it passed on is answered through it", async () => {
    await using owner = await world.connect({ at: 1, sub: "far" });
    await owner.call("execute_command", { host, command: "true" });
    await using far = await world.connect({ at: 0, sub: "far" });
    const begun = Promise.withResolvers<void>();
    const answered = far.call("execute_command", {
      host,
      command: "echo begun; sleep 5; echo done",
    }, { onprogress: () => begun.resolve() });
    await begun.promise;
    // A second SIGTERM changes nothing.
    Deno.kill(first.replica.pid, "SIGTERM");
    const ended = first.replica.end("SIGTERM");
    assert.match((await answered).text, /^\[exit 0\].*\nbegun\ndone\n/);
    await ended;
    await world.restart(0);
  });

  await t.step("callers at work change over between two commands", async () => {
    const clients = await Promise.all(Array.from({ length: CALLERS }, async (_, index) => {
      const sub = `caller${index}`;
      await using owner = await world.connect({ at: 1, sub });
      await owner.call("execute_command", { host, command: "true" });
      return await world.connect({ at: 0, sub });
    }));
    let hasEnded = false;
    const odd: string[] = [];
    const working = clients.map(async (client) => {
      await using _closing = client;
      for (let behind = 0; behind < 2; behind += hasEnded ? 1 : 0) {
        const text = await client.call("execute_command", { host, command: "sleep 0.05; echo ok" })
          .then((reply) => reply.text, String);
        if (!/^\[exit 0\].*\nok\n/.test(text)) odd.push(text);
      }
    });
    await second.replica.end("SIGTERM");
    hasEnded = true;
    await Promise.all(working);
    assert.deepEqual(odd, []);
  });
});
