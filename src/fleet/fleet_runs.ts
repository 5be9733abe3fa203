import { InputError } from "../errors.ts";
import type { JobStore } from "../jobs/store.ts";
import type { FleetRun } from "./fleet_run.ts";

/** Of all remembered commands together; a host's result takes a few kilobytes. */
const HOSTS_KEPT = 10_000;

/** The commands on many hosts of this process, by id: those at work and the last that finished. */
export class FleetRuns {
  readonly #jobs: JobStore;
  /** Oldest first. */
  readonly #runs = new Map<string, FleetRun>();

  /** Forgets the jobs of forgotten commands in `jobs`. */
  constructor(jobs: JobStore) {
    this.#jobs = jobs;
  }

  /** @throws {InputError} Where commands on too many hosts are unfinished. */
  checkRoom(hosts: number): void {
    const busy = [...this.#runs.values()].filter((run) => !run.isFinished);
    const taken = busy.reduce((sum, { members }) => sum + members.length, 0);
    if (taken + hosts <= HOSTS_KEPT) return;
    throw new InputError(
      `Commands on ${taken} hosts are unfinished; with ${hosts} more that is over ${HOSTS_KEPT}`,
      `Wait for them, or stop one: interrupt_command_by_id(command_id="${busy[0]?.id ?? ""}")`,
    );
  }

  /** Remembers a command, and forgets the oldest finished ones where they are too many. */
  add(run: FleetRun): void {
    this.#runs.set(run.id, run);
    let kept = [...this.#runs.values()].reduce((sum, { members }) => sum + members.length, 0);
    for (const old of this.#runs.values()) {
      if (kept <= HOSTS_KEPT) return;
      if (!old.isFinished) continue;
      kept -= old.members.length;
      this.#runs.delete(old.id);
      for (const job of old.jobs) this.#jobs.forget(job);
    }
  }

  find(id: string): FleetRun | undefined {
    return this.#runs.get(id);
  }

  /** All, oldest first. */
  all(): readonly FleetRun[] {
    return [...this.#runs.values()];
  }
}
