import { afterOthers } from "../../../src/clock.ts";
import { Log } from "../../../src/guard/log.ts";
import { MemoryStore } from "../../../src/serve/cluster/memory_store.ts";
import { Ownership } from "../../../src/serve/cluster/ownership.ts";
import type { PeerRequest } from "../../../src/serve/cluster/peer_messages.ts";
import { Metrics } from "../../../src/serve/metrics.ts";
import { FakeClock } from "../../support/fake_clock.ts";

export const LEASE_MS = 6_000;

/** Lets what is ready go on. */
export const turn = (): Promise<void> => new Promise(afterOthers);

/** Replicas on one store, which is exchanged for an empty one when its data are lost. */
export class OwnershipCluster {
  readonly clock = new FakeClock();
  readonly lost: string[] = [];
  store = new MemoryStore(this.clock);
  /** Whether the owner answers questions of its peers. */
  isSilent = false;
  /** Replicas that answer nothing any more. */
  readonly ended = new Set<string>();
  /** Whether the store answers nobody. */
  isDown = false;
  /** Replicas that reach only each other, and neither the store nor any other. */
  apart: readonly string[] = [];
  /** The one that does not reach the store, and reaches its peers. */
  isolated = "";
  /** Called when a store's method has been called. */
  afterCall: (name: string) => void = () => {};
  readonly #replicas = new Map<string, Ownership>();
  readonly owner = this.replica("owner");
  readonly other = this.replica("other");

  replica(id: string, url = `http://${id}/`): Ownership {
    const { clock } = this;
    // deno-lint-ignore no-this-alias
    const cluster = this;
    const store = new Proxy(this.store, {
      get: (_, name) => {
        if (cluster.isDown || cluster.isolated === id || cluster.apart.includes(id)) {
          return () => Promise.reject(new Error("down"));
        }
        const value: unknown = Reflect.get(cluster.store, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          const answer: unknown = value.apply(cluster.store, given);
          cluster.afterCall(String(name));
          return answer;
        };
      },
    });
    const replica = new Ownership({
      clock,
      store,
      log: new Log({ level: "error", clock, write: () => {} }),
      metrics: new Metrics(),
      me: { id, url },
      leaseMs: LEASE_MS,
      peers: { ask: (to, request) => this.#word({ from: id, to: to.id }, request) },
      onTaken: () => Promise.resolve(),
      onLost: (caller) => this.lost.push(caller),
    });
    this.#replicas.set(id, replica);
    return replica;
  }

  /** Goes on for so many beats. */
  async beat(count: number): Promise<void> {
    for (let beats = 0; beats < count; beats++) {
      this.clock.advance(LEASE_MS / 3);
      await turn();
    }
  }

  async #word(
    { from, to }: { readonly from: string; readonly to: string },
    request: PeerRequest,
  ): Promise<boolean | undefined> {
    if ((to === "owner" && this.isSilent) || this.ended.has(to)) return undefined;
    if (this.apart.includes(from) !== this.apart.includes(to)) return undefined;
    const asked = this.#replicas.get(to)!;
    if (request.kind === "holds") return asked.holds(request.caller);
    return request.kind === "beat" ? await asked.beatFor(request) : undefined;
  }
}
