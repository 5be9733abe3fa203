import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { HttpClient, HttpReply } from "../support/serve/http_client.ts";
import { SharedWorld } from "../support/serve/shared_world.ts";

/** Which of the replicas has a caller's sessions. */
async function ownerOf(world: SharedWorld, sub: string): Promise<number> {
  const url = await world.postgres.query(
    `select url from owner o join replica r on r.id = o.replica where caller = '${sub}'`,
  );
  const at = world.places.findIndex(({ peers }) => url === `http://127.0.0.1:${peers.port}/`);
  assert.notEqual(at, -1, `${sub} is owned by ${url}`);
  return at;
}

function idOf({ meta, text }: HttpReply): string {
  assert.ok(meta, text);
  return String(meta["command_id"]);
}

const run = (client: HttpClient, host: string, command: string): Promise<HttpReply> =>
  client.call("execute_command", { host, command });

Deno.test("replicas answer as one server, whatever becomes of them", async (t) => {
  await using world = await SharedWorld.start(3);
  const { host } = world;

  await t.step("a session is the same through every replica, in both revisions", async () => {
    await using old = await world.connect({ generation: "2025" });
    await using fresh = await world.connect();
    await run(old, host, "cd /tmp; X=7");
    for (const client of [old, fresh, old, fresh, old, fresh]) {
      assert.match((await run(client, host, "pwd; echo $X")).text, /^\[exit 0\].*\n\/tmp\n7\n/);
    }
    const list = await fresh.call("list_sessions", {});
    assert.equal(list.text.match(new RegExp(host, "g"))?.length, 1, list.text);
  });

  await t.step("progress and a person's cancellation pass from replica to replica", async () => {
    const at = (await ownerOf(world, "alice") + 1) % 3;
    await using alice = await world.connect({ at, generation: "2025" });
    const stop = new AbortController();
    const messages: (string | undefined)[] = [];
    await assert.rejects(alice.call("execute_command", {
      host,
      command: "echo going; sleep 300",
      timeout: 60,
    }, {
      signal: stop.signal,
      onprogress: (message) => {
        messages.push(message);
        stop.abort("the user stopped it");
      },
    }));
    assert.deepEqual(messages, ["going"]);
    await until(
      "the command is interrupted",
      async () => /interrupted/.test((await alice.call("list_command_history", {})).text),
    );
  });

  await t.step("an owner that ends in order delivers what runs, then others go on", async () => {
    await using alice = await world.connect();
    await run(alice, host, "true");
    const at = await ownerOf(world, "alice");
    const elsewhere = await world.connect({ at: (at + 1) % 3 });
    await using _closing = elsewhere;
    const begun = await elsewhere.call("execute_command_async", {
      host,
      command: "sleep 1; echo finished",
    });
    const waiting = elsewhere.call("get_command_status", { command_id: idOf(begun), wait: 30 });
    const ended = world.places[at]!.replica.end("SIGTERM");
    assert.match((await waiting).text, /^\[exit 0\].*\nfinished\n/);
    // Until it has left it may take one more command, in the shell that is open there.
    await ended;
    const next = await run(elsewhere, host, "echo next");
    assert.match(next.text, /\nnext\n/);
    assert.match(next.text, /new shell: the one before was at a replica/);
    const kept = await elsewhere.call("get_command_status", { command_id: idOf(begun) });
    assert.match(kept.text, /^\[exit 0\].*\nfinished\n/);
    await world.restart(at);
  });

  await t.step(
    "an owner that is killed: told, taken over, output kept, nothing run twice",
    async () => {
      await using alice = await world.connect();
      await run(alice, host, "true");
      const at = await ownerOf(world, "alice");
      await using elsewhere = await world.connect({ at: (at + 1) % 3 });
      const begun = await elsewhere.call("execute_command_async", {
        host,
        command: "echo so far; sleep 300",
      });
      await until("the output is on record", async () =>
        await world.postgres.query(
          `select count(*) from job where id = '${idOf(begun)}' and head || tail like '%so far%'`,
        ) === "1", { timeoutMs: 15_000 });
      const runs = `/tmp/${crypto.randomUUID()}`;
      const inFlight = elsewhere.call("execute_command", {
        host,
        session: "other",
        command: `echo run >> ${runs}; sleep 300`,
        timeout: 60,
      });
      await until(
        "the second command runs",
        () => Deno.readTextFile(runs).then((text) => text !== "", () => false),
        { timeoutMs: 15_000 },
      );
      await world.places[at]!.replica.end("SIGKILL");
      const broken = await inFlight;
      assert.match(broken.text, /unknown/);
      const next = await run(elsewhere, host, "echo next");
      assert.match(next.text, /\nnext\n/, next.text);
      assert.notEqual(await ownerOf(world, "alice"), at);
      const lost = await elsewhere.call("get_command_status", { command_id: idOf(begun) });
      assert.match(lost.text, /^\[lost\].*\nso far\n/);
      assert.equal(await Deno.readTextFile(runs), "run\n");
      await Deno.remove(runs);
      await world.restart(at);
    },
  );
});
