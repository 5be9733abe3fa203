import assert from "node:assert/strict";
import { afterOthers } from "../../../src/clock.ts";
import { Log } from "../../../src/guard/log.ts";
import { MemoryStore } from "../../../src/serve/cluster/memory_store.ts";
import { Ownership } from "../../../src/serve/cluster/ownership.ts";
import type { PeerRequest } from "../../../src/serve/cluster/peer_messages.ts";
import { Metrics } from "../../../src/serve/metrics.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const LEASE_MS = 6_000;

const turn = (): Promise<void> => new Promise(afterOthers);

/** Two replicas on one store, which is exchanged for an empty one when its data are lost. */
class Pair {
  readonly clock = new FakeClock();
  readonly lost: string[] = [];
  store = new MemoryStore(this.clock);
  /** Whether the owner answers questions of its peer. */
  isSilent = false;
  /** Whether the store answers nobody. */
  isDown = false;
  /** Called when a store's method has been called. */
  afterCall: (name: string) => void = () => {};
  readonly owner = this.#replica("owner");
  readonly other = this.#replica("other");

  #replica(id: string): Ownership {
    const { clock } = this;
    // deno-lint-ignore no-this-alias
    const pair = this;
    const store = new Proxy(this.store, {
      get: (_, name) => {
        if (pair.isDown) return () => Promise.reject(new Error("down"));
        const value: unknown = Reflect.get(pair.store, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          const answer: unknown = value.apply(pair.store, given);
          pair.afterCall(String(name));
          return answer;
        };
      },
    });
    return new Ownership({
      clock,
      store,
      log: new Log({ level: "error", clock, write: () => {} }),
      metrics: new Metrics(),
      me: { id, url: `http://${id}/` },
      leaseMs: LEASE_MS,
      peers: { ask: (to, request) => Promise.resolve(this.#word(to.id, request)) },
      onTaken: () => Promise.resolve(),
      onLost: (caller) => this.lost.push(caller),
    });
  }

  #word(to: string, request: PeerRequest): boolean | undefined {
    if (to === "owner" && this.isSilent) return undefined;
    const asked = to === "owner" ? this.owner : this.other;
    return request.kind === "holds" ? asked.holds(request.caller) : undefined;
  }
}

Deno.test("Ownership.placeOf() takes nothing from a silent owner whose row was lost", async () => {
  const pair = new Pair();
  const { clock, owner, other } = pair;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  clock.advance(LEASE_MS / 3);
  await turn();
  pair.store = new MemoryStore(clock);
  pair.isSilent = true;
  const place = other.placeOf("alice");
  await turn();
  assert.ok(!other.holds("alice"));
  // Its next beat puts back its callers with itself.
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.deepEqual(await clock.run(place), owner.me);
  assert.deepEqual(pair.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership.placeOf() takes over where the silent owner's row stays lost", async () => {
  const pair = new Pair();
  const { clock, owner, other } = pair;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await other.placeOf("bob");
  clock.advance(LEASE_MS / 3);
  await turn();
  await owner[Symbol.asyncDispose]();
  pair.store = new MemoryStore(clock);
  pair.isSilent = true;
  assert.equal(await clock.run(other.placeOf("alice")), "here");
  assert.ok(other.holds("bob"));
  await other[Symbol.asyncDispose]();
});

Deno.test("Ownership drops a row of its own that it gave back unheard", async () => {
  const pair = new Pair();
  const { clock, owner, other } = pair;
  await owner.start();
  await other.start();
  await pair.store.take("alice", "owner", undefined);
  assert.deepEqual(await other.placeOf("alice"), owner.me);
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.equal(await other.placeOf("alice"), "here");
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership takes again what the store lost while its lease was over", async () => {
  const pair = new Pair();
  const { clock, owner, other } = pair;
  await owner.start();
  assert.equal(await owner.placeOf("alice"), "here");
  await other.start();
  clock.advance(LEASE_MS / 3);
  await turn();
  pair.isDown = true;
  for (let beats = 0; beats < 6; beats++) {
    clock.advance(LEASE_MS / 3);
    await turn();
  }
  assert.ok(!await owner.mayBegin());
  pair.store = new MemoryStore(clock);
  pair.isDown = false;
  assert.ok(await owner.mayBegin());
  assert.deepEqual(await other.placeOf("alice"), owner.me);
  assert.deepEqual(pair.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});

Deno.test("Ownership keeps a caller whose row is lost just after a beat", async () => {
  const pair = new Pair();
  const { clock, owner, other } = pair;
  await owner.start();
  await other.start();
  assert.equal(await owner.placeOf("alice"), "here");
  pair.afterCall = (name) => {
    if (name !== "replicas") return;
    pair.store = new MemoryStore(clock);
    pair.afterCall = () => {};
  };
  clock.advance(LEASE_MS / 3);
  await turn();
  assert.ok(owner.holds("alice"));
  assert.deepEqual(await clock.run(other.placeOf("alice")), owner.me);
  assert.deepEqual(pair.lost, []);
  await Promise.all([owner, other].map((one) => one[Symbol.asyncDispose]()));
});
