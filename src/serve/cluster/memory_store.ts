import type { Clock } from "../../clock.ts";
import type {
  ClusterStore,
  Heartbeat,
  JobRow,
  LeftSession,
  Owner,
  OwnerRow,
  Replica,
} from "./store.ts";

interface ReplicaRow {
  readonly replica: Replica;
  readonly until: number;
  readonly lookedAt: number;
}

interface KeptRow {
  readonly row: JobRow;
  readonly replica: string;
}

/** The store of replicas in one process: of one without a database, and of tests. */
export class MemoryStore implements ClusterStore {
  readonly #clock: Clock;
  readonly #replicas = new Map<string, ReplicaRow>();
  readonly #owners = new Map<string, OwnerRow>();
  readonly #jobs = new Map<string, KeptRow>();
  #tokens = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  beat({ replica, leaseMs, callers, lookedMs }: Heartbeat): Promise<void> {
    const now = this.#clock.now();
    const lookedAt = lookedMs === undefined
      ? this.#replicas.get(replica.id)?.lookedAt ?? -Infinity
      : now - lookedMs;
    this.#replicas.set(replica.id, { replica, until: now + leaseMs, lookedAt });
    for (const caller of callers) {
      if (this.#owners.has(caller)) continue;
      this.#owners.set(caller, { replica: replica.id, token: String(++this.#tokens) });
    }
    return Promise.resolve();
  }

  leave(id: string): Promise<void> {
    this.#replicas.set(id, { replica: { id, url: "" }, until: -Infinity, lookedAt: -Infinity });
    return Promise.resolve();
  }

  replicas(): Promise<readonly Replica[]> {
    const alive = [...this.#replicas.values()].filter(({ until }) => until > this.#clock.now());
    return Promise.resolve(alive.map(({ replica }) => replica));
  }

  knows(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(ids.filter((id) => this.#replicas.has(id))));
  }

  left(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const left = ids.filter((id) => this.#replicas.get(id)?.replica.url === "");
    return Promise.resolve(new Set(left));
  }

  ownerOf(caller: string): Promise<Owner | undefined> {
    const owner = this.#owners.get(caller);
    const known = owner && this.#replicas.get(owner.replica);
    if (owner === undefined) return Promise.resolve(undefined);
    const replica = known?.replica ?? { id: owner.replica, url: "" };
    const now = this.#clock.now();
    const overMs = now - (known?.until ?? -Infinity);
    const lookedMs = now - (known?.lookedAt ?? -Infinity);
    return Promise.resolve({
      ...{ replica, token: owner.token, isAlive: overMs < 0, overMs, lookedMs },
    });
  }

  take(caller: string, me: string, from: string | undefined): Promise<string | undefined> {
    if (this.#owners.get(caller)?.token !== from) return Promise.resolve(undefined);
    const token = String(++this.#tokens);
    this.#owners.set(caller, { replica: me, token });
    for (const [id, { row, replica }] of this.#jobs) {
      if (row.caller !== caller || replica === me || row.isFinished) continue;
      this.#jobs.set(id, { replica, row: { ...row, isFinished: true } });
    }
    return Promise.resolve(token);
  }

  owners(me: string, callers: readonly string[]): Promise<ReadonlyMap<string, OwnerRow>> {
    const asked = new Set(callers);
    const found = [...this.#owners].filter(([caller, { replica }]) =>
      replica === me || asked.has(caller)
    );
    return Promise.resolve(new Map(found));
  }

  release(caller: string, me: string, token?: string): Promise<void> {
    const owner = this.#owners.get(caller);
    if (owner?.replica === me && (token ?? owner.token) === owner.token) {
      this.#owners.delete(caller);
    }
    return Promise.resolve();
  }

  saveJobs(rows: readonly JobRow[], me: string): Promise<void> {
    for (const row of rows) {
      const known = this.#jobs.get(row.id);
      const isMine = this.#owners.get(row.caller)?.replica === me;
      if (!isMine || known?.row.isFinished || (known && known.replica !== me)) continue;
      this.#jobs.set(row.id, { row, replica: me });
    }
    return Promise.resolve();
  }

  leftJobs(caller: string, me: string, limit: number): Promise<readonly JobRow[]> {
    const rows = this.#leftBy(caller, me).filter(({ isFinished }) => isFinished);
    return Promise.resolve(rows.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit));
  }

  leftJob(caller: string, me: string, id: string): Promise<JobRow | undefined> {
    return Promise.resolve(this.#leftBy(caller, me).find((row) => row.id === id && row.isFinished));
  }

  leftSessions(caller: string, me: string): Promise<readonly LeftSession[]> {
    return Promise.resolve(this.#leftBy(caller, me));
  }

  sweep(days: number): Promise<void> {
    const before = this.#clock.now() - days * 86_400_000;
    for (const [id, { row }] of this.#jobs) if (row.createdAt < before) this.#jobs.delete(id);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #leftBy(caller: string, me: string): JobRow[] {
    return [...this.#jobs.values()].filter(({ row, replica }) =>
      row.caller === caller && replica !== me
    ).map(({ row }) => row);
  }
}
