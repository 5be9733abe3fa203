import type { ClusterStore, Replica } from "./store.ts";

/** So many leases after its last beat a replica is forgotten. */
const KNOWN_LEASES = 10;

/** The other replicas, also some that are gone: only their own word says that they take nothing. */
export class KnownReplicas {
  readonly #seen = new Map<string, { readonly replica: Replica; readonly seenAt: number }>();
  readonly #vouchedAt = new Map<string, number>();
  readonly #leaseMs: number;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  get all(): readonly Replica[] {
    return [...this.#seen.values()].map(({ replica }) => replica);
  }

  /** When its last beat was seen, of this clock; -Infinity where none was. */
  seenAt(id: string): number {
    return this.#seen.get(id)?.seenAt ?? -Infinity;
  }

  /** When it was last told that this replica does not reach the store either; -Infinity where never. */
  vouchedAt(id: string): number {
    return this.#vouchedAt.get(id) ?? -Infinity;
  }

  see(replica: Replica, now: number): void {
    this.#seen.set(replica.id, { replica, seenAt: now });
  }

  vouch(id: string, now: number): void {
    this.#vouchedAt.set(id, now);
  }

  /** Looks which replicas there are beside `me`, and forgets those that take nothing any more. */
  async look(store: ClusterStore, me: Replica, now: number): Promise<void> {
    const alive = await store.replicas();
    for (const replica of alive) if (replica.id !== me.id) this.see(replica, now);
    const over = this.all.filter(({ id }) => !alive.some((one) => one.id === id));
    const left = await store.left(over.map(({ id }) => id));
    // A replica at the same address is the successor of the one that listened there.
    const taken = new Set(alive.map(({ url }) => url));
    for (const { id, url } of over) {
      const isGone = left.has(id) || taken.has(url);
      if (isGone || this.seenAt(id) < now - KNOWN_LEASES * this.#leaseMs) this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#seen.delete(id);
    this.#vouchedAt.delete(id);
  }
}
