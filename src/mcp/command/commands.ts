import type { Clock } from "../../clock.ts";
import { InputError, ShellBusyError } from "../../errors.ts";
import type { Job, JobSpec } from "../../jobs/job.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import { hasBegun } from "../../jobs/job_state.ts";
import { JobStore } from "../../jobs/store.ts";
import type { CommandEvent } from "../../shell/shell.ts";
import type { CommandOptions, CommandSignal, Session } from "../../session/session.ts";
import { answerAdvice, endingCall, whatAsks } from "./advice.ts";
import { Takeovers, throwIfHeld } from "./held.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import type { Log } from "../../guard/log.ts";
import type { ShellPlace } from "../permit/action.ts";
import type { AuditTrail } from "../../guard/audit/audit_trail.ts";
import type { Concealer } from "../../guard/concealer.ts";

/** One command line for a session. */
export interface CommandRequest {
  readonly command: string;
  readonly options: Omit<CommandOptions, "signal">;
}

/** Lets a command through when its turn has come; throws to refuse it. */
export type CommandPermit = (asked: {
  readonly job: Job;
  readonly place: ShellPlace;
  readonly signal: AbortSignal;
}) => Promise<void>;

/** The whole that a command is part of, and its permit. */
export interface StartOptions {
  readonly run?: JobSpec["run"];
  readonly permit?: CommandPermit | undefined;
}

/** A far end that answers no request within that may still have the keys. */
const ARRIVED_WITHIN_MS = 5_000;

/** Where jobs meet the sessions they run in. */
export class Commands {
  readonly jobs: JobStore;
  /** A person's turns at the keyboard. */
  readonly takeovers: Takeovers;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #concealer: Concealer;
  /** Of unfinished jobs, by id. */
  readonly #running = new Map<
    string,
    { readonly session: Session; readonly abort: AbortController }
  >();

  readonly #audit: AuditTrail | undefined;

  /** Unfinished work without a shell, by id. */
  readonly #tasks = new Map<string, AbortController>();

  constructor(
    options: {
      readonly clock: Clock;
      readonly log: Log;
      readonly concealer: Concealer;
      readonly audit?: AuditTrail | undefined;
      /** Called after each change of a command's state. */
      readonly onChanged?: ((job: Job) => void) | undefined;
    },
  ) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#concealer = options.concealer;
    this.#audit = options.audit;
    this.jobs = new JobStore({
      clock: options.clock,
      onFinished: (job) => this.#finished(job),
      onChanged: options.onChanged,
    });
    this.takeovers = new Takeovers(this.jobs);
  }

  /**
   * Begins a command; it waits for its turn in the session.
   *
   * @throws {ShellBusyError} When the session's command asks something other than a shell's prompt.
   */
  start(session: Session, request: CommandRequest, options: StartOptions = {}): Job {
    const { run, permit } = options;
    const sessionKey = session.key;
    this.checkFree(session);
    const redactor = this.redactorOf(session);
    const abort = new AbortController();
    const { host, user } = session.host;
    const { signal } = abort;
    const ask = permit && (() => permit({ job, place: this.placeOf(session), signal }));
    const job: Job = this.jobs.start(
      { host, user, session: session.name, sessionKey, command: request.command, run },
      session.execute(request.command, { ...request.options, signal, permit: ask }),
      { redactor },
    );
    this.#running.set(job.id, { session, abort });
    if (session.keyboard.isHeld) job.hold();
    return job;
  }

  /** Begins work that runs in no shell, such as a copy; a signal's name aborts it. */
  startTask(
    spec: Omit<JobSpec, "sessionKey">,
    begin: (signal: AbortSignal) => AsyncIterable<CommandEvent>,
    redactor: Redactor,
  ): Job {
    const abort = new AbortController();
    const sessionKey = `task ${crypto.randomUUID()}`;
    const job = this.jobs.start({ ...spec, sessionKey }, begin(abort.signal), { redactor });
    this.#tasks.set(job.id, abort);
    return job;
  }

  /** @throws {ShellBusyError} When the session's command asks something other than a shell's prompt. */
  checkFree(session: Session): void {
    const asking = this.asking(session.key);
    if (asking) throw busyError(asking);
  }

  /** The job of a session that asks, so that those behind it cannot have their turn. */
  asking(sessionKey: string): Job | undefined {
    return this.jobs.asking().find(({ record }) =>
      record.sessionKey === sessionKey && record.state.kind === "awaiting-input" &&
      record.state.question.kind !== "shell"
    );
  }

  /** The unfinished jobs of the same session that began before this one. */
  ahead(job: Job): readonly Job[] {
    const all = this.jobs.ofSession(job.record.sessionKey);
    return all.slice(0, Math.max(0, all.indexOf(job)));
  }

  /**
   * The session that an unfinished, started job runs in.
   *
   * @throws {InputError} When it has ended or not begun.
   */
  sessionOf(job: Job): Session {
    const running = this.#running.get(job.id);
    const { host, session } = job.record;
    const state = job.innerState;
    if (this.#tasks.has(job.id)) {
      throw new InputError(
        `Command ${job.id} is a copy, which takes no input`,
        waitingFor(job),
      );
    }
    if (running && hasBegun(state)) return running.session;
    throw new InputError(
      running ? `Command ${job.id} waits for its turn` : `Command ${job.id} has ended`,
      running
        ? waitingFor(job)
        : `execute_command(host="${host}", session="${session}", command="…") starts another`,
    );
  }

  /** Where the next command of a session is typed: the shells it is inside of. */
  placeOf(session: Session): ShellPlace {
    return {
      session: session.name,
      key: session.key,
      cwd: session.facts.shell?.cwd,
      inside: this.#started(session).map(({ id, record: { command } }) => ({ id, command })),
    };
  }

  /** Where input for a job goes: into its own shell where it asks as one. */
  placeOfInput(job: Job, session: Session): ShellPlace {
    const { state } = job.record;
    const isShell = state.kind === "awaiting-input" && state.question.kind === "shell";
    const place = this.placeOf(session);
    return isShell ? place : { ...place, inside: place.inside.filter(({ id }) => id !== job.id) };
  }

  /** The started job that gets what is typed in a session; undefined when none runs. */
  inForeground(session: Session): Job | undefined {
    return this.#innermost(session);
  }

  /** Whether the session of an unfinished job has a shell. */
  hasShell(job: Job): boolean {
    return this.#running.get(job.id)?.session.hasShell ?? false;
  }

  /** Whether the host of an unfinished job is connected. */
  isConnected(job: Job): boolean {
    return this.#running.get(job.id)?.session.isConnected ?? false;
  }

  /** Whether a job's program draws on the whole screen now. */
  drawsScreen(job: Job): boolean {
    const session = this.#running.get(job.id)?.session;
    return session !== undefined && this.#innermost(session) === job && session.drawsScreen;
  }

  /** The redactor of a session's host, whether a command runs in it or not. */
  redactorOf({ host }: Session): Redactor {
    return this.#concealer.redactor(host.host, host.hidden);
  }

  /** The screen of a job whose program draws on all of it. */
  async screenOf(job: Job): Promise<ScreenSnapshot | undefined> {
    return this.drawsScreen(job) ? await this.#running.get(job.id)?.session.screen() : undefined;
  }

  /**
   * Types to a job as a keyboard would; what it asked counts as answered. Resolves once keys for a
   * full-screen program have reached its host, 5 s later at most.
   */
  async type(job: Job, data: string, signal: AbortSignal): Promise<void> {
    const session = this.sessionOf(job);
    const inner = this.#innermost(session);
    if (inner && inner !== job) {
      throw new InputError(
        `Command ${inner.id} runs inside of it and would get the input`,
        `send_input(command_id="${inner.id}", input_text="…") answers that one; or wait for it`,
      );
    }
    this.#requireNoneAsked(session);
    throwIfHeld(session);
    job.note({ kind: "answered" });
    await session.type(data);
    if (this.drawsScreen(job)) await this.#arrived(job, session, signal);
  }

  /** Sends a signal; a job that waits for its turn is taken from the queue. */
  async interrupt(
    job: Job,
    signal: CommandSignal,
    { byPerson }: { readonly byPerson?: boolean } = {},
  ): Promise<void> {
    if (job.isFinished) return;
    const task = this.#tasks.get(job.id);
    if (task !== undefined) {
      job.note({ kind: "signalled", signal });
      return task.abort(signal);
    }
    if (!hasBegun(job.innerState)) return this.#remove(job);
    const session = this.sessionOf(job);
    if (!byPerson) throwIfHeld(session);
    job.note({ kind: "signalled", signal });
    await session.interrupt(signal, this.#started(session).indexOf(job));
  }

  /** Input could change the shell that a person is asked about. */
  #requireNoneAsked(session: Session): void {
    const asked = this.#unfinished(session)
      .find(({ innerState }) => innerState.kind === "awaiting-approval");
    if (asked === undefined) return;
    throw new InputError(
      `Command ${asked.id} is to run in this shell and a person is asked about it`,
      `get_command_status(command_id="${asked.id}", wait=50) waits for the answer`,
    );
  }

  /** A drawing from before the keys reached the program is no answer to them. */
  async #arrived(job: Job, session: Session, signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    using _timer = this.#clock.after(ARRIVED_WITHIN_MS, () => late.abort());
    // A connection that is lost ends the command, and the reply tells so.
    await session.roundTrip({ signal: AbortSignal.any([signal, late.signal]) }).catch(() => {});
    if (job.isFinished) return;
    session.keysArrived();
    job.note({ kind: "answered" });
  }

  #remove(job: Job): void {
    const abort = this.#running.get(job.id)?.abort;
    job.note({ kind: "removed" });
    abort?.abort(new DOMException("Taken from the queue", "AbortError"));
  }

  /** Of commands in nested shells the newest. */
  #innermost(session: Session): Job | undefined {
    return this.#started(session).at(-1);
  }

  /** The commands that hold a session's shells, outermost first. */
  #started(session: Session): readonly Job[] {
    return this.#unfinished(session).filter(({ record }) => record.startedAt !== undefined);
  }

  /** Without those of a session that was closed a moment ago, in whose place this one is. */
  #unfinished(session: Session): readonly Job[] {
    return this.jobs.ofSession(session.key)
      .filter(({ id }) => this.#running.get(id)?.session === session);
  }

  #finished(job: Job): void {
    this.#running.delete(job.id);
    this.#tasks.delete(job.id);
    const { host, user, session, command, id } = job.record;
    const state = job.innerState;
    this.#log.info("command", {
      command_id: id,
      host,
      user: job.redactor.apply(user),
      session,
      command,
      state: state.kind,
      exit_status: state.kind === "exited" ? state.exit.exitStatus : undefined,
      duration_ms: Math.round(job.durationMs),
    });
    this.#audit?.after("ssh.command.end", {
      "ssh.command_id": id,
      "server.address": host,
      "user.name": user,
      "ssh.session": session,
      outcome: state.kind,
      "process.exit.code": state.kind === "exited" ? state.exit.exitStatus : undefined,
      "ssh.output.chars": job.text.totalChars,
      duration_ms: Math.round(job.durationMs),
    }, this.#concealer);
  }
}

/** The call that waits for a job that takes no input. */
function waitingFor({ id }: Job): string {
  return `get_command_status(command_id="${id}", wait=30) waits for it`;
}

function busyError(asking: Job): ShellBusyError {
  const { session } = asking.record;
  return new ShellBusyError(
    `Session "${session}" is held by command ${asking.id}, ${whatAsks(asking)}`,
    `${answerAdvice(asking)}, or ${endingCall(asking)} ends it; another session name is free`,
  );
}
