import assert from "node:assert/strict";
import { MemoryStore } from "../../../src/serve/cluster/memory_store.ts";
import { LEASE_MS, OwnershipCluster, turn } from "./ownership_cluster.ts";

Deno.test("Ownership.placeOf() takes nothing from a silent owner whose row was lost", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  clock.advance(LEASE_MS / 3);
  await turn();
  cluster.store = new MemoryStore(clock);
  cluster.isSilent = true;
  const place = other.placeOf("alice");
  await turn();
  assert.ok(!other.holds("alice"));
  // Its next beat puts back its callers with itself.
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.deepEqual(await clock.run(place), owner.me);
  assert.deepEqual(cluster.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership.placeOf() takes over where the silent owner's row stays lost", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await other.placeOf("bob");
  clock.advance(LEASE_MS / 3);
  await turn();
  await owner[Symbol.asyncDispose]();
  cluster.store = new MemoryStore(clock);
  cluster.isSilent = true;
  assert.equal(await clock.run(other.placeOf("alice")), "here");
  assert.ok(other.holds("bob"));
  await other[Symbol.asyncDispose]();
});

Deno.test("Ownership drops a row of its own that it gave back unheard", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  await cluster.store.take("alice", "owner", undefined);
  assert.deepEqual(await other.placeOf("alice"), owner.me);
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.equal(await other.placeOf("alice"), "here");
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership takes again what the store lost while its lease was over", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await other.start();
  clock.advance(LEASE_MS / 3);
  await turn();
  cluster.isDown = true;
  // Their word for each other holds for a while alone.
  await cluster.beat(40);
  assert.ok(!await owner.mayBegin());
  cluster.store = new MemoryStore(clock);
  cluster.isDown = false;
  assert.ok(await owner.mayBegin());
  assert.deepEqual(await other.placeOf("alice"), owner.me);
  assert.deepEqual(cluster.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership keeps a caller whose row is lost just after a beat", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  cluster.afterCall = (name) => {
    if (name !== "replicas") return;
    cluster.store = new MemoryStore(clock);
    cluster.afterCall = () => {};
  };
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.ok(owner.holds("alice"));
  assert.deepEqual(await clock.run(other.placeOf("alice")), owner.me);
  assert.deepEqual(cluster.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership takes nothing from those who may vouch for each other, as they do for a while", async () => {
  const cluster = new OwnershipCluster();
  const { owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await cluster.beat(1);
  cluster.apart = ["owner", "other"];
  await cluster.beat(4);
  assert.ok(await owner.mayBegin(), "the other does not reach the store either");
  const late = cluster.replica("late");
  await late.start();
  const leases: boolean[] = [];
  for (let minutes = 0; !late.holds("alice") && minutes < 5; minutes++) {
    const place = late.placeOf("alice").catch(() => {});
    for (let beats = 0; beats < 10; beats++) {
      await cluster.beat(1);
      const isLeased = await owner.mayBegin();
      leases.push(isLeased);
      assert.ok(!(isLeased && late.holds("alice")), "a caller of two");
    }
    await cluster.clock.run(place);
  }
  assert.ok(leases[0], "the owner begins new commands at first");
  assert.ok(late.holds("alice"), "a caller of nobody is taken in the end");
  cluster.apart = [];
  await cluster.beat(2);
  assert.deepEqual(cluster.lost, ["alice"]);
  await Promise.all([owner, other, late].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership tells a caller to try again while nobody knows who has the sessions", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner } = cluster;
  await owner.start();
  assert.equal(await owner.placeOf("alice"), "here");
  cluster.apart = ["owner"];
  await cluster.beat(4);
  const late = cluster.replica("late");
  await late.start();
  await assert.rejects(clock.run(late.placeOf("alice")), /does not answer; nothing was run/);
  await Promise.all([owner, late].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership takes over at once from whom it replaced at one address", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner } = cluster;
  await owner.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await cluster.beat(1);
  cluster.apart = ["owner"];
  await cluster.beat(4);
  const again = cluster.replica("again", "http://owner/");
  await again.start();
  const begun = clock.now();
  assert.equal(await clock.run(again.placeOf("alice")), "here");
  assert.ok(clock.now() - begun < LEASE_MS);
  await Promise.all([owner, again].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership is taken from none whose beats came from a peer when the taker began", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await cluster.beat(1);
  cluster.isolated = "owner";
  await cluster.beat(3);
  const late = cluster.replica("late");
  await late.start();
  await cluster.beat(2);
  // Its row is as young as that of a replica that knows all the others.
  assert.ok(await owner.mayBegin());
  cluster.apart = ["owner", "other"];
  await cluster.beat(4);
  const place = clock.run(late.placeOf("alice")).catch(() => undefined);
  assert.equal(await place, undefined);
  assert.ok(!late.holds("alice"));
  await Promise.all([owner, other, late].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership.release() lets nobody take the caller before the end of it", async () => {
  const cluster = new OwnershipCluster();
  const { owner, other } = cluster;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  const finish = Promise.withResolvers<void>();
  const released = owner.release("alice", () => finish.promise);
  assert.ok(!owner.holds("alice"));
  let taken: unknown = "nobody";
  const taking = owner.placeOf("alice").then((place) => taken = place);
  await turn();
  assert.equal(taken, "nobody");
  finish.resolve();
  await released;
  assert.equal(await taking, "here");
  assert.notEqual(await other.placeOf("alice"), "here");
  for (const one of [owner, other]) await one[Symbol.asyncDispose]();
});

Deno.test("Ownership.isReady() is false only where another replica does better", async () => {
  const cluster = new OwnershipCluster();
  const { owner, other } = cluster;
  await owner.start();
  await other.start();
  await cluster.beat(1);
  const seen = async (): Promise<readonly boolean[]> => {
    await cluster.beat(2);
    return [owner.isReady, other.isReady];
  };
  assert.deepEqual(await seen(), [true, true]);
  cluster.isolated = "owner";
  assert.deepEqual(await seen(), [false, true]);
  cluster.isolated = "";
  assert.deepEqual(await seen(), [true, true]);
  // A balancer that took all of them away would end what callers can still do.
  cluster.isDown = true;
  assert.deepEqual(await seen(), [true, true]);
  await cluster.beat(60);
  assert.deepEqual(await seen(), [true, true]);
  cluster.isDown = false;
  cluster.apart = ["owner"];
  assert.deepEqual(await seen(), [false, true]);
  await owner[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

Deno.test("Ownership.mayBegin() is false after a sleep of the machine, until a beat", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  await owner.start();
  await other.start();
  await owner.placeOf("alice");
  await cluster.beat(1);
  assert.ok(await owner.mayBegin());
  cluster.apart = ["owner"];
  clock.dateAheadMs += LEASE_MS;
  assert.ok(!await owner.mayBegin());
  // Nor does a date that is set back make a lease longer.
  clock.dateAheadMs = -3_600_000;
  await cluster.beat(4);
  assert.ok(!await owner.mayBegin());
  cluster.apart = [];
  assert.ok(await clock.run(owner.mayBegin()));
  await owner[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

Deno.test("Ownership keeps its lease without the store, soon after a replica left or was replaced", async () => {
  const cluster = new OwnershipCluster();
  const { clock, owner, other } = cluster;
  const left = cluster.replica("left");
  const killed = cluster.replica("killed", "http://pod/");
  const begun = [owner, other, left, killed];
  for (const one of begun) await one.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await cluster.beat(1);
  for (const one of [left, killed]) await one[Symbol.asyncDispose]();
  // One of them without a farewell: its lease goes on, and another one starts in its place.
  await cluster.store.beat({ replica: killed.me, leaseMs: LEASE_MS, callers: [] });
  for (const id of ["left", "killed"]) cluster.ended.add(id);
  const heir = cluster.replica("heir", "http://pod/");
  await heir.start();
  await cluster.beat(4);
  cluster.isDown = true;
  await cluster.beat(6);
  assert.ok(await clock.run(owner.mayBegin()));
  await Promise.all([owner, other, heir].map((one) => one[Symbol.asyncDispose]()));
});
