import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { HttpClient, HttpReply } from "../support/serve/http_client.ts";
import { LEASE_S, SharedWorld } from "../support/serve/shared_world.ts";

const run = (client: HttpClient, host: string, command: string): Promise<HttpReply> =>
  client.call("execute_command", { host, command });

/** Says when the lease that was last renewed by then is over, by the database's clock. */
async function leaseIsOver(world: SharedWorld, at: number): Promise<void> {
  const url = `http://127.0.0.1:${world.places[at]!.peers.port}/`;
  await until("the lease is over", async () =>
    await world.postgres.query(
      `select expires < clock_timestamp() from replica where url = '${url}'`,
    ) === "t", { timeoutMs: 30_000, everyMs: 100 });
}

/** As long as a lease lives, and again: nobody announces that it goes on. */
async function outlastLease(world: SharedWorld): Promise<void> {
  const now = (): Promise<string> => world.postgres.query("select extract(epoch from now())");
  const begun = Number(await now());
  await until("two leases are over", async () => Number(await now()) > begun + 2 * LEASE_S, {
    timeoutMs: 60_000,
    everyMs: 100,
  });
}

Deno.test("replicas parted from the database or each other lose and double nothing", async (t) => {
  await using world = await SharedWorld.start(2);
  const { host, places: [first, second] } = world;
  const gates = [first!.database, second!.database, first!.peers, second!.peers];
  const step = (name: string, act: () => Promise<void>): Promise<boolean> =>
    t.step(name, () => act().finally(() => gates.forEach((gate) => gate.thaw())));
  await using here = await world.connect({ at: 0 });
  await using there = await world.connect({ at: 1 });
  await run(here, host, "X=kept");

  await step("the owner alone loses the database: the other renews its lease", async () => {
    first!.database.freeze();
    await outlastLease(world);
    for (const client of [there, here]) {
      assert.match((await run(client, host, "echo $X")).text, /\nkept\n/);
    }
    await using stranger = await world.connect({ at: 0, sub: "stranger" });
    assert.match((await run(stranger, host, "true")).text, /database cannot be used/);
    first!.database.thaw();
    await until(
      "the database is back",
      async () => /^\[exit 0\]/.test((await run(stranger, host, "true")).text),
      { timeoutMs: 30_000 },
    );
  });

  await step("all lose the database: sessions go on, and nobody loses a shell", async () => {
    first!.database.freeze();
    second!.database.freeze();
    await outlastLease(world);
    for (const client of [there, here]) {
      assert.match((await run(client, host, "echo $X")).text, /\nkept\n/);
    }
    await using newcomer = await world.connect({ at: 1, sub: "newcomer" });
    assert.match((await run(newcomer, host, "true")).text, /database cannot be used/);
    first!.database.thaw();
    second!.database.thaw();
    assert.match((await run(there, host, "echo $X")).text, /\nkept\n/);
  });

  await step("the database loses its data: the owner stays the owner", async () => {
    await world.postgres.query("truncate owner, replica, job");
    assert.match((await run(there, host, "echo $X")).text, /\nkept\n/);
    await until(
      "the caller is put back",
      async () =>
        await world.postgres.query("select count(*) from owner where caller = 'alice'") === "1",
    );
  });

  await step(
    "the database loses its data while the owner is silent: nobody takes over",
    async () => {
      // By then the other replica looks up anew who has the caller.
      await outlastLease(world);
      first!.database.freeze();
      first!.peers.freeze();
      await world.postgres.query("truncate owner, replica, job");
      const now = (): Promise<string> => world.postgres.query("select extract(epoch from now())");
      const begun = Number(await now());
      const call = run(there, host, "echo $X");
      // Longer than a question to a peer takes.
      await until("the owner was asked in vain", async () => Number(await now()) > begun + 2);
      first!.peers.thaw();
      first!.database.thaw();
      assert.match((await call).text, /\nkept\n/);
    },
  );

  await step(
    "the owner loses database and peers: taken over, begins nothing, gives up",
    async () => {
      const slow = await here.call("execute_command_async", { host, command: "cat" });
      const id = String(slow.meta?.["command_id"]);
      first!.database.freeze();
      first!.peers.freeze();
      second!.peers.freeze();
      await leaseIsOver(world, 0);
      const fresh = await run(there, host, "echo [$X]");
      assert.match(fresh.text, /\n\[\]\n/);
      assert.match(fresh.text, /new shell/);
      const parted = await run(here, host, "echo twice");
      assert.ok(parted.isError, parted.text);
      assert.match(parted.text, /begins nothing new|cannot be used/);
      const typed = await here.call("send_input", { command_id: id, input_text: "still there" });
      assert.match(typed.text, /still there/);
      for (const gate of [first!.database, first!.peers, second!.peers]) gate.thaw();
      await until(
        "the old owner passes calls on",
        async () => /\n\[\]\n/.test((await run(here, host, "echo [$X]")).text),
        { timeoutMs: 30_000 },
      );
      assert.match((await here.call("get_command_status", { command_id: id })).text, /^\[lost\]/);
    },
  );

  await step("a peer without the secret is not read", async () => {
    const box = new Uint8Array(60).toBase64();
    for (const headers of [{}, { authorization: `Sealed ${box}` }, { authorization: "Sealed %" }]) {
      const url = first!.env["MCP_SSH_PEER_URL"]!;
      const answer = await fetch(url, { method: "POST", headers, body: "x".repeat(1_000) });
      await answer.body?.cancel();
      assert.equal(answer.status, 401);
    }
  });
});
