import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { PostgresStore } from "../../../src/serve/cluster/postgres_store.ts";
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

Deno.test("PostgresStore.saveJobs() takes halves of characters and NUL, and loses no other row", async () => {
  await using postgres = await Postgres.start();
  await using store = new PostgresStore({
    clock: systemClock,
    url: postgres.url(),
    ca: undefined,
    onError: () => {},
  });
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
