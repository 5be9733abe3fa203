import type { Clock } from "../clock.ts";
import { ChannelError, SshError } from "../errors.ts";
import { newCommandId } from "../jobs/command_id.ts";
import type { Condition } from "../jobs/condition.ts";
import type { Job } from "../jobs/job.ts";
import { ConnectQueue } from "../session/connect_queue.ts";
import type { OwnNames } from "./own_names.ts";

/** A host of a run. */
export interface FleetTarget {
  /** As called, such as `deploy@web1:2222`. */
  readonly host: string;
  /** Its names, which its output may contain; the hostname only where it may be shown. */
  readonly names: OwnNames;
}

/** How far a command came on one of its hosts. */
export type FleetMember =
  /** Its batch has not come, or other hosts are being connected to. */
  | { readonly kind: "waiting"; readonly target: FleetTarget }
  | { readonly kind: "begun"; readonly target: FleetTarget; readonly job: Job }
  /** Nothing was typed: its session cannot take a command now. */
  | { readonly kind: "refused"; readonly target: FleetTarget; readonly error: SshError }
  /** It never began, since the run was stopped. */
  | { readonly kind: "stopped"; readonly target: FleetTarget };

/** Why no further host begins. */
export type StopReason = "interrupted" | "failures";

/** How a command goes through its hosts. */
export interface FleetPlan {
  readonly clock: Clock;
  /** Changes whenever the state of a job does. */
  readonly changes: Condition;
  /** In order, each once. */
  readonly targets: readonly FleetTarget[];
  readonly command: string;
  /** Hosts in each batch; together they are all. */
  readonly batches: readonly number[];
  /** No further host begins once more than this many have not ended well. */
  readonly maxFailures: number | undefined;
  /** Of each host, from its own beginning, connecting included. */
  readonly timeoutMs: number;
  /**
   * Begins the command on one host.
   *
   * @throws {SshError} Where that host cannot take it.
   */
  begin(host: string, run: { readonly id: string; readonly host: string }): Job;
}

/**
 * One command on many hosts.
 *
 * At most 32 hosts at a time are connected to, which bounds neither how many run the command nor how
 * long; one that hangs makes room. A host that has not ended in time is left alone and
 * counts as one that failed. Nothing is tried again.
 */
export class FleetRun {
  readonly id: string = newCommandId();
  readonly command: string;
  readonly createdAt: number;
  /** Resolves when every host has ended, asks, has had its time, or was stopped. Never rejects. */
  readonly settled: Promise<void>;
  readonly #plan: FleetPlan;
  readonly #queue: ConnectQueue;
  readonly #members: Map<string, FleetMember>;
  readonly #stop = new AbortController();
  #stopped: StopReason | undefined;
  #failures = 0;
  #isSettled = false;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    this.command = plan.command;
    this.createdAt = plan.clock.now();
    this.#queue = new ConnectQueue(plan.clock);
    this.#members = new Map(
      plan.targets.map((target) => [target.host, { kind: "waiting", target }]),
    );
    this.settled = this.#run();
  }

  /** All hosts, in order. */
  get members(): readonly FleetMember[] {
    return [...this.#members.values()];
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether nothing more will happen on any host. */
  get isFinished(): boolean {
    return this.#isSettled && this.jobs.every((job) => job.isFinished);
  }

  /** Whether nothing more will happen by itself: every host has ended, asks or never began. */
  get isAtRest(): boolean {
    return this.#isSettled && this.jobs.every(endedOrAsks);
  }

  /** Why the rest was not begun; undefined while nothing was stopped. */
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** Those that have begun. */
  get jobs(): readonly Job[] {
    return this.members.flatMap((member) => member.kind === "begun" ? [member.job] : []);
  }

  /** Milliseconds until its last host ended, or until now. */
  get durationMs(): number {
    const ends = this.isFinished ? this.jobs.map(({ record }) => record.endedAt ?? 0) : [];
    const end = ends.length > 0 ? ends.reduce((a, b) => Math.max(a, b)) : this.#plan.clock.now();
    return end - this.createdAt;
  }

  /** Begins no further host; what has begun is left alone. */
  stop(reason: StopReason): void {
    if (this.#isSettled || this.#stop.signal.aborted) return;
    this.#stopped = reason;
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    let from = 0;
    for (const size of this.#plan.batches) {
      if (this.#stop.signal.aborted) break;
      const batch = this.#plan.targets.slice(from, from + size);
      await Promise.all(batch.map((target) => this.#one(target)));
      from += size;
    }
    for (const { kind, target } of this.members) {
      if (kind === "waiting") this.#set({ kind: "stopped", target });
    }
    this.#isSettled = true;
    this.#plan.changes.notify();
  }

  /** One host's turn, to the end of its time at the latest. */
  async #one(target: FleetTarget): Promise<void> {
    let settling: Promise<void> | undefined;
    const attempt = async (): Promise<void> => {
      const job = this.#begin(target);
      if (job === undefined) return;
      settling = this.#settle(job);
      const typed = this.#plan.changes.until(() => job.record.state.kind !== "queued");
      await Promise.race([typed, settling]);
      if (job.record.startedAt === undefined) throw new Error("It was not reached");
    };
    try {
      await this.#queue.run(attempt, this.#stop.signal);
    } catch {
      // It was stopped before its turn came, or it was not reached, as its job tells.
    }
    await settling;
  }

  #begin(target: FleetTarget): Job | undefined {
    try {
      const { host } = target;
      const job = this.#plan.begin(host, { id: this.id, host });
      this.#set({ kind: "begun", target, job });
      return job;
    } catch (error) {
      this.#set({ kind: "refused", target, error: asSshError(error) });
      this.#countFailure();
      return undefined;
    }
  }

  #set(member: FleetMember): void {
    this.#members.set(member.target.host, member);
  }

  async #settle(job: Job): Promise<void> {
    const late = new AbortController();
    using _timer = this.#plan.clock.after(this.#plan.timeoutMs, () => late.abort());
    try {
      await this.#plan.changes.until(() => endedOrAsks(job), late.signal);
    } catch {
      // Its time is up; it goes on.
    }
    if (!endedWell(job)) this.#countFailure();
  }

  #countFailure(): void {
    this.#failures++;
    const { maxFailures } = this.#plan;
    if (maxFailures !== undefined && this.#failures > maxFailures) this.stop("failures");
  }
}

/** Whether a command ended as it should: with status 0, or on a device without an error. */
export function endedWell({ record: { state } }: Job): boolean {
  return state.kind === "exited" && (state.exit.exitStatus ?? 0) === 0 &&
    state.exit.exitSignal === null && state.exit.deviceError === undefined;
}

function endedOrAsks(job: Job): boolean {
  return job.isFinished || job.record.state.kind === "awaiting-input";
}

function asSshError(error: unknown): SshError {
  if (error instanceof SshError) return error;
  const seen = error instanceof Error ? error.message : String(error);
  return new ChannelError(`Internal fault: ${seen}`, "Please report it", { cause: error });
}
