/** A process of the shared server. */
export interface Replica {
  /** New at each start. */
  readonly id: string;
  /** Where other replicas reach it. */
  readonly url: string;
}

/** Whose a caller's sessions are. */
export interface Owner {
  readonly replica: Replica;
  /** Grows with each change of hands. */
  readonly token: string;
  /** Whether its lease holds by the store's clock. */
  readonly isAlive: boolean;
  /** Milliseconds since its lease was over; Infinity where the store has no such replica. */
  readonly overMs: number;
  /** Milliseconds since it looked which replicas there are; Infinity where that is unknown. */
  readonly lookedMs: number;
}

/** The row of a caller. */
export interface OwnerRow {
  readonly replica: string;
  readonly token: string;
}

/** A command as the store keeps it. */
export interface JobRow {
  readonly id: string;
  readonly caller: string;
  readonly host: string;
  readonly session: string;
  readonly isFinished: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
  /** The job's record as JSON, free of secrets. */
  readonly record: string;
  /** The output's first characters, its last ones and where those begin. */
  readonly head: string;
  readonly tailStart: number;
  readonly tail: string;
}

/** A session that a caller had at another replica. */
export interface LeftSession {
  readonly host: string;
  readonly session: string;
}

/** A replica's word that it lives. */
export interface Heartbeat {
  readonly replica: Replica;
  readonly leaseMs: number;
  /** Its callers; put back where nobody has them: the store may have lost its rows. */
  readonly callers: readonly string[];
  /** Milliseconds since its last whole look at the others; absent where another one speaks for it. */
  readonly lookedMs?: number | undefined;
}

/** The common memory of all replicas. Never tokens, passwords or keys. */
export interface ClusterStore extends AsyncDisposable {
  /** Makes or renews what it keeps its rows in. */
  prepare(): Promise<void>;
  /** Says that a replica lives for so long from now, and puts back its callers. Both or neither. */
  beat(beat: Heartbeat): Promise<void>;
  /** A replica ends; its callers are anybody's. */
  leave(id: string): Promise<void>;
  /** Replicas whose lease holds. */
  replicas(): Promise<readonly Replica[]>;
  /** Those among these ids that it has a row of, whether their lease holds or not. */
  knows(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those among these ids that have left in order: they take nothing any more. */
  left(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Undefined where nobody has the caller, or not any more. */
  ownerOf(caller: string): Promise<Owner | undefined>;
  /**
   * Takes a caller nobody has or, with `from`, from the owner with that token; its unfinished
   * commands are lost from then on. Undefined where somebody was faster.
   */
  take(caller: string, me: string, from: string | undefined): Promise<string | undefined>;
  /** The rows of a replica, and those of these callers whoever has them, by caller. */
  owners(me: string, callers: readonly string[]): Promise<ReadonlyMap<string, OwnerRow>>;
  /** Gives a caller back; with `token`, only where it has not changed hands since. */
  release(caller: string, me: string, token?: string): Promise<void>;
  /** Writes commands of callers whom the replica owns; those that have ended stay as they are. */
  saveJobs(rows: readonly JobRow[], me: string): Promise<void>;
  /** The newest commands of a caller that run nowhere, newest first. */
  leftJobs(caller: string, me: string, limit: number): Promise<readonly JobRow[]>;
  /** One command of a caller. */
  leftJob(caller: string, me: string, id: string): Promise<JobRow | undefined>;
  /** Where a caller had sessions at other replicas. */
  leftSessions(caller: string, me: string): Promise<readonly LeftSession[]>;
  /** Forgets commands that are older than so many days. */
  sweep(days: number): Promise<void>;
}
