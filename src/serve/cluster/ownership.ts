import { type Clock, within } from "../../clock.ts";
import { ConnectError } from "../../errors.ts";
import type { Log } from "../../guard/log.ts";
import type { Metrics } from "../metrics.ts";
import { KnownReplicas } from "./known_replicas.ts";
import { Lease, type Moment } from "./lease.ts";
import type { PeerRequest } from "./peer_messages.ts";
import type { Peers } from "./peers.ts";
import type { ClusterStore, Owner, OwnerRow, Replica } from "./store.ts";

/** A beat goes out three times in the life of a lease. */
const BEATS = 3;
/** Well within what the one that asks waits. */
const BEAT_FOR_MS = 500;
/** A peer that may have a lease and is silent is asked again after that. */
const ASK_AGAIN_MS = 200;
/** Beyond two leases, in which lost data are put back, a caller gets an error. */
const FIND_MS = 3_000;
/** So many leases beyond its last beat at the store a lease goes on by the word of peers alone. */
const VOUCHED_LEASES = 10;

/** The parts of {@link Ownership}. */
export interface OwnershipParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ClusterStore;
  /** Undefined of one replica alone. */
  readonly peers: Pick<Peers, "ask"> | undefined;
  readonly me: Replica;
  readonly leaseMs: number;
  readonly metrics: Metrics;
  /** A caller is this replica's from now on; what was left by others is to be taken up. */
  readonly onTaken: (caller: string) => Promise<void>;
  /** A caller is another replica's by now. */
  readonly onLost: (caller: string) => void;
}

type Beat = PeerRequest & { readonly kind: "beat" };

/**
 * Which replica has a caller's sessions: one at a time.
 *
 * A replica holds one lease, by the store's clock. Over, it is asked itself before anything is taken
 * from it; what changes hands does so by compare-and-set on a token.
 */
export class Ownership implements AsyncDisposable {
  readonly #parts: OwnershipParts;
  readonly #owned = new Set<string>();
  readonly #seen = new Map<string, Replica>();
  readonly #taking = new Map<string, Promise<Replica | "here">>();
  readonly #releasing = new Map<string, Promise<void>>();
  readonly #ended = new AbortController();
  readonly #known: KnownReplicas;
  readonly #lease: Lease;
  #isUp = false;
  #isReady = false;
  /** The beginning of the time in which this replica has held a lease without a gap. */
  #leasedSince = 0;
  /** When the last whole look at the other replicas began. */
  #lookedAt = -Infinity;
  #beating: Promise<void> = Promise.resolve();

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
    this.#lease = new Lease(parts.clock, parts.leaseMs);
    this.#known = new KnownReplicas(parts.leaseMs);
  }

  /** Registers this replica, and goes on saying that it lives. */
  async start(): Promise<void> {
    await this.#beat();
    this.#beating = this.#keepBeating();
  }

  get me(): Replica {
    return this.#parts.me;
  }

  get owned(): readonly string[] {
    return [...this.#owned];
  }

  /** Whether the store answered the last beat. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /**
   * Whether callers are as well off here as at another replica: the store answers here, or, as far as
   * others say, nowhere.
   */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Other replicas that were there at the last look. */
  get others(): readonly Replica[] {
    return this.#known.all;
  }

  /** Whether a caller's sessions are here, if only as far as this replica knows. */
  holds(caller: string): boolean {
    return this.#owned.has(caller);
  }

  /** Whether something new may begin here: nobody else can have taken it meanwhile. */
  async mayBegin(): Promise<boolean> {
    if (this.#lease.isHeld) return true;
    await this.#beat();
    return this.#lease.isHeld;
  }

  /**
   * Where a caller's sessions are; a caller of nobody is taken.
   *
   * @throws {ConnectError} Where that is unknown and the store does not answer.
   */
  async placeOf(caller: string): Promise<Replica | "here"> {
    // Taken again before it was given back, it would lose what begins meanwhile.
    await this.#releasing.get(caller)?.catch(() => {});
    if (this.#owned.has(caller)) return "here";
    const seen = this.#seen.get(caller);
    if (seen !== undefined) return seen;
    const taking = this.#taking.get(caller) ??
      this.#find(caller).finally(() => this.#taking.delete(caller));
    this.#taking.set(caller, taking);
    return await taking;
  }

  /** A caller's known place was wrong: it is forgotten. */
  forget(caller: string): void {
    this.#seen.delete(caller);
  }

  /**
   * Gives a caller back, to whoever gets the next call: nothing of the caller begins here any more.
   * `finish` is done before anybody can take the caller.
   */
  async release(caller: string, finish: () => Promise<void>): Promise<void> {
    const { store, me } = this.#parts;
    this.#owned.delete(caller);
    const released = finish().then(() => store.release(caller, me.id));
    this.#releasing.set(caller, released);
    try {
      await released;
    } finally {
      this.#releasing.delete(caller);
    }
  }

  /** Whether the store took the beat of a replica that does not reach it. */
  async beatFor({ replica, leaseMs, callers = [] }: Beat): Promise<boolean> {
    const { store, clock } = this.#parts;
    this.#known.see(replica, clock.now());
    const beaten = this.#isUp &&
      await within(
        clock,
        BEAT_FOR_MS,
        store.beat({ replica, leaseMs, callers }).then(() => true, () => false),
      );
    // The other one may keep its lease by that.
    if (beaten !== true) this.#known.vouch(replica.id, clock.now());
    return beaten === true;
  }

  /** Beats no more, and leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#beating;
    await this.#parts.store.leave(this.#parts.me.id).catch(() => {});
  }

  async #find(caller: string): Promise<Replica | "here"> {
    const { clock, store, me, leaseMs, metrics } = this.#parts;
    const late = clock.now() + 2 * leaseMs + FIND_MS;
    for (;;) {
      const owner = await this.#ownerOf(caller);
      if (owner === "asked") return this.#seen.get(caller)!;
      // Given back once, and the store did not hear it.
      const isMine = owner?.replica.id === me.id;
      const holder = isMine
        ? undefined
        : owner?.isAlive
        ? owner.replica
        : await this.#askFor(caller, owner);
      if (holder === "unknown") {
        if (clock.now() > late) throw undecided();
        await clock.sleep(ASK_AGAIN_MS);
        continue;
      }
      if (holder !== undefined) {
        this.#seen.set(caller, holder);
        return holder;
      }
      // A replica without a lease could lose at once what it takes.
      if (!this.#lease.isHeld) await store.beat({ replica: me, leaseMs, callers: [] });
      const token = await store.take(caller, me.id, owner?.token);
      if (token !== undefined) {
        if (owner !== undefined && !isMine) metrics.count("mcp_ssh_takeovers_total");
        return await this.#took(caller);
      }
    }
  }

  /** While the store is silent, the one that says that it has the caller is in its place. */
  async #ownerOf(caller: string): Promise<Owner | "asked" | undefined> {
    try {
      return await this.#parts.store.ownerOf(caller);
    } catch (error) {
      const { holder } = await this.#holderOf(caller, this.others);
      if (holder === undefined) throw error;
      this.#seen.set(caller, holder);
      return "asked";
    }
  }

  /**
   * The replica that has a caller who is nobody's by the store, or whose owner's lease is over by it:
   * "unknown" while a silent one may still have a lease that the store does not show.
   */
  async #askFor(
    caller: string,
    owner: Owner | undefined,
  ): Promise<Replica | "unknown" | undefined> {
    const others = this.others.filter(({ id }) => id !== owner?.replica.id);
    const { holder, silent } = await this.#holderOf(caller, [
      ...(owner === undefined ? [] : [owner.replica]),
      ...others,
    ]);
    if (holder !== undefined) return holder;
    const isSilent = silent.some(({ id }) => id === owner?.replica.id);
    if (owner !== undefined && isSilent && this.#mayBeVouchedFor(owner)) return "unknown";
    // The row of a replica and those of its callers are put back together: one that is missing was
    // lost, and that of the caller may have been lost with it.
    const recent = silent.filter(({ id }) => this.#wasSeenLately(id)).map(({ id }) => id);
    const known = await this.#parts.store.knows(recent);
    return recent.some((id) => !known.has(id)) ? "unknown" : undefined;
  }

  /**
   * Whether a lease that is over by the store may go on by the word of all that the owner knows. One
   * that looked who is there after this replica was there asks it, too; any other may not know of it.
   */
  #mayBeVouchedFor({ replica, overMs, lookedMs }: Owner): boolean {
    const { clock, leaseMs, me } = this.#parts;
    const now = clock.now();
    const knewThis = lookedMs < now - this.#leasedSince;
    // A replica at the same address is the successor of the one that listened there.
    const isReplaced = replica.url === me.url;
    if (!knewThis && !isReplaced && overMs < VOUCHED_LEASES * leaseMs) return true;
    return now < this.#known.vouchedAt(replica.id) + leaseMs;
  }

  /** Whether a lease that the store does not know may hold: that of the beat after the last look. */
  #wasSeenLately(id: string): boolean {
    return this.#parts.clock.now() < this.#known.seenAt(id) + 2 * this.#parts.leaseMs;
  }

  /** The one that says that it has the caller: a lease that is over, or lost data, does not end that. */
  async #holderOf(
    caller: string,
    among: readonly Replica[],
  ): Promise<{ readonly holder: Replica | undefined; readonly silent: readonly Replica[] }> {
    const { peers } = this.#parts;
    if (peers === undefined) return { holder: undefined, silent: [] };
    const asked = among.filter(({ url }) => url !== "");
    const words = await Promise.all(asked.map((one) => peers.ask(one, { kind: "holds", caller })));
    return {
      holder: asked.find((_, index) => words[index] === true),
      silent: asked.filter((_, index) => words[index] === undefined),
    };
  }

  async #took(caller: string): Promise<"here"> {
    await this.#parts.onTaken(caller);
    this.#owned.add(caller);
    return "here";
  }

  async #keepBeating(): Promise<void> {
    const { clock, leaseMs, log } = this.#parts;
    const { signal } = this.#ended;
    for (let next = clock.now();;) {
      const now = clock.now();
      next = Math.max(next + leaseMs / BEATS, now);
      await clock.sleep(next - now, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.#beat();
      await this.#reconcile().catch((error) => log.debug("ownership", { error: String(error) }));
    }
  }

  /** Renews the lease: at the store, by a peer, or by all peers' word that nobody reaches the store. */
  async #beat(): Promise<void> {
    const { store, me, leaseMs, clock } = this.#parts;
    const sent = this.#lease.moment();
    const sentAt = sent.now;
    const beat = {
      replica: me,
      leaseMs,
      callers: this.#lasting(),
      lookedMs: sentAt - this.#lookedAt,
    };
    const beaten = store.beat(beat).then(() => true, () => false);
    // Where the store was silent before, nothing is waited for twice.
    const vouched = this.#isUp ? undefined : this.#askToVouch(sent);
    // Late enough to be no lease any more is as good as never.
    this.#isUp = await within(clock, leaseMs / 4, beaten) === true;
    try {
      if (this.#isUp) await this.#renew(sent);
    } catch {
      this.#isUp = false;
    }
    this.#isReady = this.#isUp || !await (vouched ?? this.#askToVouch(sent));
  }

  async #renew(sent: Moment): Promise<void> {
    const { store, me, clock } = this.#parts;
    // What was taken while the lease was over must be known before anything new begins.
    if (!this.#lease.isHeld) {
      await this.#takeAgain();
      this.#leasedSince = clock.now();
    }
    this.#lease.renew(sent);
    await this.#known.look(store, me, sent.now);
    this.#lookedAt = sent.now;
  }

  /**
   * Keeps a lease that nobody can take anything under, although this replica does not reach the
   * store: another one renewed it, or all that it knows answer that they do not reach it either. Of a
   * replica that started meanwhile it does not know, so that word holds for a while alone.
   *
   * Returns whether another one reaches the store, or may: none answers.
   */
  async #askToVouch(sent: Moment): Promise<boolean> {
    const { peers, me, leaseMs } = this.#parts;
    const request = { kind: "beat", replica: me, leaseMs, callers: this.#lasting() } as const;
    const words = await Promise.all(
      this.others.map((peer) => peers?.ask(peer, request) ?? Promise.resolve(undefined)),
    );
    const isStoreSilent = words.every((word) => word === false) &&
      (peers === undefined || sent.now < this.#lookedAt + VOUCHED_LEASES * leaseMs);
    const isReached = words.some((word) => word === true);
    if ((isStoreSilent || isReached) && this.#lease.isHeld) this.#lease.renew(sent);
    return isReached || (words.length > 0 && words.every((word) => word === undefined));
  }

  /** Without a lease, a caller whose row is lost may be another replica's by now: that one is asked. */
  async #takeAgain(): Promise<void> {
    const { store, me } = this.#parts;
    const rows = await store.owners(me.id, this.owned);
    for (const caller of this.owned) {
      if (rows.has(caller)) continue;
      const holder = await this.#askFor(caller, undefined);
      if (holder === "unknown") throw new Error("A replica that may have a caller is silent");
      if (holder === undefined) await store.take(caller, me.id, undefined);
    }
    await this.#dropTaken();
  }

  /** The rows that are this replica's, after those that are another's by now were given up. */
  async #dropTaken(): Promise<ReadonlyMap<string, OwnerRow>> {
    const { store, me, onLost } = this.#parts;
    const rows = await store.owners(me.id, this.owned);
    for (const [caller, { replica }] of rows) {
      if (replica !== me.id && this.#owned.delete(caller)) onLost(caller);
    }
    return rows;
  }

  /** Gives up callers that another replica took, and rows of those that were given back. */
  async #reconcile(): Promise<void> {
    const { store, me } = this.#parts;
    if (!this.#isUp) return;
    this.#seen.clear();
    for (const [caller, { replica, token }] of await this.#dropTaken()) {
      if (replica !== me.id || this.#owned.has(caller) || this.#taking.has(caller)) continue;
      await store.release(caller, me.id, token);
    }
  }

  /** The callers whose rows may be put back: without a lease another one may have had them since. */
  #lasting(): readonly string[] {
    return this.#lease.isHeld ? this.owned : [];
  }
}

function undecided(): ConnectError {
  return new ConnectError(
    "The replica of this server that may have your sessions does not answer; nothing was run",
    "Try again in a minute at most",
  );
}
