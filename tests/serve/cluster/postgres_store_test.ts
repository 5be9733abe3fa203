import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { PostgresStore } from "../../../src/serve/cluster/postgres_store.ts";
import { MIGRATIONS } from "../../../src/serve/cluster/schema.ts";
import type { JobRow } from "../../../src/serve/cluster/store.ts";
import { Postgres } from "../../support/serve/postgres.ts";

const ROW: JobRow = {
  id: "000000000001",
  caller: "alice",
  host: "web1",
  session: "main",
  isFinished: true,
  createdAt: 0,
  record: "{}",
  head: "",
  tailStart: 0,
  tail: "",
};

/** A store of the database, with the clock of the machine. */
function open(postgres: Postgres): PostgresStore {
  const url = postgres.url();
  return new PostgresStore({ clock: systemClock, url, ca: undefined, onError: () => {} });
}

Deno.test("PostgresStore.saveJobs() takes halves of characters and NUL, and loses no other row", async () => {
  await using postgres = await Postgres.start();
  await using store = open(postgres);
  await store.prepare();
  await store.beat({ replica: { id: "me", url: "http://me/" }, leaseMs: 60_000, callers: [] });
  await store.take("alice", "me", undefined);
  // Output is cut for the record wherever that falls.
  const [half] = "\u{1f600}";
  const odd = { ...ROW, head: `x${half!.slice(0, 1)}`, tail: `${half!.slice(1)}y\0\\u0000` };
  await store.saveJobs([odd, { ...ROW, id: "000000000002", session: "\udc00", head: "2" }], "me");
  const rows = await store.leftJobs("alice", "another", 10);
  assert.deepEqual(rows.map(({ id }) => id).sort(), ["000000000001", "000000000002"]);
  const saved = rows.find(({ id }) => id === odd.id)!;
  assert.equal(saved.head, "x\ufffd");
  assert.equal(saved.tail, "\ufffdy\ufffd\\u0000");
});

Deno.test("PostgresStore.prepare() makes the schema once, however many replicas start", async () => {
  await using postgres = await Postgres.start();
  const stores = Array.from({ length: 6 }, () => open(postgres));
  await Promise.all(stores.map((store) => store.prepare()));
  const steps = await postgres.query(
    "select string_agg(step::text, ',' order by step) from schema_step",
  );
  assert.equal(steps, [...MIGRATIONS.keys()].join());
  await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
});

Deno.test("PostgresStore works beside replicas of versions before and after it", async (t) => {
  await using postgres = await Postgres.start();
  const table = "create table schema_step (step int primary key)";
  await postgres.query(`${table}; ${MIGRATIONS[0]}; insert into schema_step values (0)`);
  // The statements of the first version, as it writes them.
  const oldBeat = "insert into replica (id, url, expires) values ('old', 'http://old/', " +
    "clock_timestamp() + interval '1 minute') on conflict (id) do update set " +
    "expires = excluded.expires, url = excluded.url";
  const oldTake =
    "insert into owner values ('bob', 'old', nextval('fence')) on conflict do nothing";
  await postgres.query(`${oldBeat}; ${oldTake}`);
  await using store = open(postgres);
  await store.prepare();
  const me = { id: "new", url: "http://new/" };

  await t.step(
    "one before it: its replicas and callers stay, and its statements work",
    async () => {
      await store.beat({ replica: me, leaseMs: 60_000, callers: ["alice"], lookedMs: 0 });
      await postgres.query(`${oldBeat}; ${oldTake.replace("bob", "cy")}`);
      for (const caller of ["bob", "cy"]) {
        const owner = await store.ownerOf(caller);
        assert.deepEqual([owner?.replica.id, owner?.isAlive, owner?.lookedMs], [
          "old",
          true,
          Infinity,
        ]);
      }
      assert.deepEqual((await store.replicas()).map(({ id }) => id).sort(), ["new", "old"]);
    },
  );
  await t.step("one after it: steps that it does not know are left alone", async () => {
    const later = MIGRATIONS.length;
    await postgres.query(
      `alter table replica add column zone text; insert into schema_step values (${later})`,
    );
    await using again = open(postgres);
    await again.prepare();
    await again.beat({ replica: me, leaseMs: 60_000, callers: [] });
    assert.equal((await again.ownerOf("alice"))?.replica.id, "new");
    assert.equal(await postgres.query("select max(step) from schema_step"), `${later}`);
  });
});
