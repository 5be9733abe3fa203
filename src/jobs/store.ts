import type { Clock } from "../clock.ts";
import { parseDetachedId } from "../detached/detached_id.ts";
import { InputError, UnknownCommandError, UnsupportedError } from "../errors.ts";
import type { CommandEvent } from "../shell/shell.ts";
import { Condition } from "./condition.ts";
import { Job, type JobSpec, type KeptJob } from "./job.ts";
import { Redactor } from "./redactor.ts";
import { TextBudget } from "./text_budget.ts";
import { TextWatch } from "./text_watch.ts";

/** How many finished jobs are remembered. */
export const HISTORY_LIMIT = 1_000;

/** Of all commands that wait or run. */
const COMMANDS_CHARS = 64 * 1024 * 1024;

/** Options of a store; only tests set the bounds. */
export interface JobStoreOptions {
  readonly clock: Clock;
  /** Called once for each job, after its last change of state. */
  readonly onFinished?: (job: Job) => void;
  /** Called after each change of a job's state. */
  readonly onChanged?: ((job: Job) => void) | undefined;
  readonly historyLimit?: number;
  readonly textLimitChars?: number;
}

/** A wait for a text; disposing ends it. */
export interface JobWatch extends Disposable {
  /** Offset of the text once it has come. */
  readonly foundAt: () => number | undefined;
}

/** All jobs of this process by id: those at work and the last ones that finished. */
export class JobStore {
  /** Changes whenever the state of any job does. */
  readonly changes = new Condition();
  /** Of jobs whose output somebody waits for. */
  readonly #watches = new Map<Job, Set<TextWatch>>();
  readonly #options: JobStoreOptions;
  readonly #budget: TextBudget;
  readonly #unfinished = new Map<string, Job>();
  readonly #asking = new Set<Job>();
  /** Characters of the commands of unfinished jobs. */
  readonly #typed = new Map<Job, number>();
  #typedChars = 0;
  /** Oldest first. */
  readonly #finished = new Map<string, Job>();
  /** Those of commands on many hosts: whoever began such a command forgets them. */
  readonly #ofRuns = new Map<string, Job>();

  constructor(options: JobStoreOptions) {
    this.#options = options;
    this.#budget = new TextBudget(options.textLimitChars);
  }

  /** Begins a job that pulls `events` to their end, whoever waits for it or not. */
  start(
    spec: JobSpec,
    events: AsyncIterable<CommandEvent>,
    options: { readonly redactor?: Redactor } = {},
  ): Job {
    this.#checkRoom(spec.command);
    const job = new Job(spec, {
      clock: this.#options.clock,
      redactor: options.redactor ?? new Redactor(),
      onState: (changed) => this.#stateChanged(changed),
      onText: (changed, from) => this.#textChanged(changed, from),
    });
    this.#unfinished.set(job.id, job);
    this.#typed.set(job, spec.command.length);
    this.#typedChars += spec.command.length;
    void job.follow(events);
    return job;
  }

  /** Takes up finished jobs that another process left, oldest first; those known here stay. */
  restore(left: readonly KeptJob[]): void {
    const { clock } = this.#options;
    const own = [...this.#finished];
    this.#finished.clear();
    for (const kept of left) {
      if (this.#ofRuns.has(kept.record.id) || own.some(([id]) => id === kept.record.id)) continue;
      const surroundings = { clock, redactor: new Redactor(), onState: () => {}, onText: () => {} };
      this.#keep(new Job(kept.record, surroundings, kept));
    }
    for (const [id, job] of own) this.#finished.set(id, job);
  }

  /** The job with this id; undefined when there is none, or not any more. */
  find(id: string): Job | undefined {
    return this.#unfinished.get(id) ?? this.#finished.get(id) ?? this.#ofRuns.get(id);
  }

  /** @throws {UnknownCommandError} When no job has this id, or not any more. */
  get(id: string): Job {
    const job = this.find(id);
    if (job) return job;
    if (parseDetachedId(id) !== undefined) {
      throw new UnsupportedError(
        `${id.slice(0, 200)} is a durable command: send_input, get_command_status and ` +
          "interrupt_command_by_id take it, keys and screens do not",
        "send_input types to its terminal, control characters too (enter=false)",
      );
    }
    throw new UnknownCommandError(
      `No command has the id ${JSON.stringify(id.slice(0, 64))}`,
      "list_running_commands and list_command_history show the ids there are; " +
        "they do not outlive the server",
    );
  }

  /** Queued, running and asking jobs, oldest first. */
  unfinished(): readonly Job[] {
    return [...this.#unfinished.values()];
  }

  /** Finished jobs, newest first, without those of commands on many hosts. */
  history(): readonly Job[] {
    return [...this.#finished.values()].reverse();
  }

  /** Unfinished jobs of one session, oldest first. */
  ofSession(sessionKey: string): readonly Job[] {
    return this.unfinished().filter((job) => job.record.sessionKey === sessionKey);
  }

  /** Jobs that wait for an answer, in the order they began to ask: few, however many there are. */
  asking(): readonly Job[] {
    return [...this.#asking];
  }

  /** Leaves no trace of a job that never began. */
  forget(job: Job): void {
    this.#unfinished.delete(job.id);
    this.#release(job);
    this.#finished.delete(job.id);
    this.#ofRuns.delete(job.id);
    this.#budget.forget(job.text);
  }

  /** Looks for a text in what a job has printed from `offset` on, and in what it prints. */
  watch(job: Job, options: { readonly wanted: string; readonly offset: number }): JobWatch {
    const watch = new TextWatch(job.text, options);
    const watches = this.#watches.get(job) ?? new Set();
    this.#watches.set(job, watches.add(watch));
    return {
      foundAt: () => watch.foundAt,
      [Symbol.dispose]: () => {
        watches.delete(watch);
        if (watches.size === 0) this.#watches.delete(job);
      },
    };
  }

  #textChanged(job: Job, from: number): void {
    this.#budget.update(job.text);
    const watches = this.#watches.get(job);
    if (watches === undefined) return;
    for (const watch of watches) watch.changed(from);
    if ([...watches].some(({ foundAt }) => foundAt !== undefined)) this.changes.notify();
  }

  #stateChanged(job: Job): void {
    if (job.record.state.kind === "awaiting-input") this.#asking.add(job);
    else this.#asking.delete(job);
    if (job.isFinished) this.#release(job);
    if (job.isFinished && this.#unfinished.delete(job.id)) this.#remember(job);
    this.#options.onChanged?.(job);
    this.changes.notify();
  }

  /** Commands are kept whole until they have run. */
  #checkRoom(command: string): void {
    if (this.#typedChars === 0 || this.#typedChars + command.length <= COMMANDS_CHARS) return;
    throw new InputError(
      `Commands of ${this.#typedChars} characters wait or run already`,
      "Wait until some have run, or put long input into a file by write_file",
    );
  }

  #release(job: Job): void {
    this.#typedChars -= this.#typed.get(job) ?? 0;
    this.#typed.delete(job);
  }

  #remember(job: Job): void {
    this.#keep(job);
    this.#options.onFinished?.(job);
    if (this.#finished.size <= (this.#options.historyLimit ?? HISTORY_LIMIT)) return;
    const [id, oldest] = this.#finished.entries().next().value!;
    this.#finished.delete(id);
    this.#budget.forget(oldest.text);
  }

  #keep(job: Job): void {
    const ofRun = job.record.run !== undefined;
    (ofRun ? this.#ofRuns : this.#finished).set(job.id, job);
    this.#budget.finish(job.text);
  }
}
