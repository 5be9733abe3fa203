import { type Clock, within } from "../../clock.ts";
import { ConnectionLostError, type SshError } from "../../errors.ts";
import { BoundedText } from "../../jobs/bounded_text.ts";
import type { Job, JobRecord, KeptJob } from "../../jobs/job.ts";
import { isFinished, type JobState } from "../../jobs/job_state.ts";
import type { Log } from "../../guard/log.ts";
import type { ClusterStore, JobRow } from "./store.ts";

const HEAD_CHARS = 64 * 1024;
const TAIL_CHARS = 256 * 1024;
const BATCH = 50;
/** Changes that wait for the store; beyond it the oldest are given up. */
const QUEUE_LIMIT = 10_000;
const RETRY_MS = 1_000;
const OUTPUT_EVERY_MS = 5_000;
/** A reply that hands out a command's id waits so long for the record of it. */
const RECORD_MS = 1_000;
const RESTORED = 50;

/** The store and clock of the journal. */
export interface JournalParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ClusterStore;
  readonly me: string;
  readonly keepsOutput: boolean;
}

interface Change {
  readonly caller: string;
  readonly job: Job;
}

/** Keeps the store's records of commands up to date; never in the way of a call but for its id. */
export class Journal implements AsyncDisposable {
  readonly #parts: JournalParts;
  readonly #changed = new Map<string, Change>();
  readonly #unfinished = new Map<string, Change & { chars: number }>();
  readonly #ended = new AbortController();
  #flushing: Promise<void> | undefined;
  readonly #outputs: Promise<void>;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#outputs = this.#keepOutputs();
  }

  /** Changes that are not written. */
  get waiting(): number {
    return this.#changed.size;
  }

  /** Notes that a command's state has changed. */
  note(caller: string, job: Job): void {
    if (job.isFinished) this.#unfinished.delete(job.id);
    else this.#unfinished.set(job.id, { caller, job, chars: job.text.totalChars });
    this.#enqueue({ caller, job });
  }

  /** Waits until a command is on record, but not for long: the store may be down. */
  async recorded(id: string): Promise<void> {
    if (this.#changed.has(id)) await within(this.#parts.clock, RECORD_MS, this.#flushOnce());
  }

  /** Writes what waits, as far as the store answers soon. */
  async settle(): Promise<void> {
    if (this.#changed.size > 0) await within(this.#parts.clock, RECORD_MS, this.#flushOnce());
  }

  #flushOnce(): Promise<void> {
    return this.#flushing ??= this.#flush().finally(() => this.#flushing = undefined);
  }

  /** The finished commands of a caller that others have left, oldest first. */
  async left(caller: string): Promise<readonly KeptJob[]> {
    const rows = await this.#parts.store.leftJobs(caller, this.#parts.me, RESTORED);
    return rows.map(keptJob).reverse();
  }

  /** One of them. */
  async leftOne(caller: string, id: string): Promise<KeptJob | undefined> {
    const row = await this.#parts.store.leftJob(caller, this.#parts.me, id);
    return row === undefined ? undefined : keptJob(row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(this.#parts.clock, RECORD_MS, this.#flushOnce());
    this.#ended.abort();
    await this.#outputs;
  }

  #enqueue(change: Change): void {
    this.#changed.delete(change.job.id);
    this.#changed.set(change.job.id, change);
    if (this.#changed.size > QUEUE_LIMIT) {
      this.#changed.delete(this.#changed.keys().next().value!);
      this.#parts.log.warn("journal", { dropped: 1 });
    }
    // Those that change in the same turn go together.
    queueMicrotask(() => void this.#flushOnce());
  }

  async #flush(): Promise<void> {
    const { store, me, clock, log } = this.#parts;
    while (this.#changed.size > 0 && !this.#ended.signal.aborted) {
      const batch = [...this.#changed].slice(0, BATCH);
      for (const [id] of batch) this.#changed.delete(id);
      try {
        await store.saveJobs(batch.map(([, change]) => this.#rowOf(change)), me);
      } catch (error) {
        log.debug("journal", { error: String(error) });
        for (const [id, change] of batch) if (!this.#changed.has(id)) this.#changed.set(id, change);
        await clock.sleep(RETRY_MS, { signal: this.#ended.signal }).catch(() => {});
      }
    }
  }

  async #keepOutputs(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await clock.sleep(OUTPUT_EVERY_MS, { signal }).catch(() => {});
      for (const one of this.#unfinished.values()) {
        if (one.job.text.totalChars === one.chars) continue;
        one.chars = one.job.text.totalChars;
        this.#enqueue(one);
      }
    }
  }

  #rowOf({ caller, job }: Change): JobRow {
    const { record, text, redactor } = job;
    const { head, tailStart, tail } = text.ends(HEAD_CHARS, TAIL_CHARS);
    const isKept = this.#parts.keepsOutput;
    return {
      id: job.id,
      caller,
      host: record.host,
      session: record.session,
      isFinished: job.isFinished,
      createdAt: record.createdAt,
      record: JSON.stringify({ ...record, state: plainState(record.state) }),
      head: isKept ? redactor.apply(head) : "",
      tailStart: isKept ? tailStart : text.totalChars,
      tail: isKept ? redactor.apply(tail) : "",
    };
  }
}

function plainState(state: JobState): unknown {
  if (state.kind !== "lost") return state;
  return { kind: "lost", seen: state.cause.message, advice: state.cause.advice };
}

function keptJob({ record, head, tailStart, tail }: JobRow): KeptJob {
  const plain = JSON.parse(record) as JobRecord & {
    readonly state: JobState & { readonly seen?: string; readonly advice?: string };
  };
  const { state } = plain;
  const cause = state.kind === "lost"
    ? new ConnectionLostError(state.seen ?? "", state.advice ?? "")
    : goneCause(state);
  const isOver = isFinished(state) && state.kind !== "lost";
  return {
    text: BoundedText.restored({ head, tailStart, tail }),
    record: {
      ...plain,
      endedAt: plain.endedAt ?? plain.startedAt ?? plain.createdAt,
      state: isOver ? state : { kind: "lost", cause },
    },
  };
}

function goneCause({ kind }: JobState): SshError {
  if (kind === "awaiting-approval") {
    return new ConnectionLostError(
      "The replica of this server that asked a person about the command is gone; no answer of theirs " +
        "is on record, so it was not run",
      "Run it again: the person is asked again",
    );
  }
  return new ConnectionLostError(
    "The replica of this server that ran the command is gone",
    "Whether the command finished is unknown: look for its effects before running it again",
  );
}
