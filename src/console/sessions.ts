import type { Clock } from "../clock.ts";
import type { Approvals } from "../guard/approvals.ts";
import type { Concealer } from "../guard/concealer.ts";
import type { JobStore } from "../jobs/store.ts";
import type { Job } from "../jobs/job.ts";
import type { CommandSignal, Session } from "../session/session.ts";
import type { Shell } from "../shell/shell.ts";
import { RECORDING_UNITS } from "./recording.ts";
import { WatchedSession, type WatchedSessionOptions } from "./watched_session.ts";

/** The sessions that the console works with; the rest of the program knows nothing of it. */
export interface ConsoleServices {
  readonly clock: Clock;
  readonly concealer: Concealer;
  readonly approvals: Approvals;
  readonly jobs: JobStore;
  readonly takeovers: WatchedSessionOptions["takeovers"];
  /** As a caller's interrupt, also while a person has the keyboard. */
  readonly interrupt: (job: Job, signal: CommandSignal) => Promise<void>;
}

/** Recordings of all sessions together. */
const ALL_RECORDINGS_UNITS = 64 * 1024 * 1024;
/** Sessions whose shell has ended are kept to be looked at, the newest of them. */
const ENDED_SESSIONS = 16;

/** All sessions that opened a shell, and changes of anything that a page shows of them. */
export class Sessions {
  readonly #services: ConsoleServices;
  readonly #onChange: () => void;
  readonly #byKey = new Map<string, WatchedSession>();

  constructor(services: ConsoleServices, onChange: () => void) {
    this.#services = services;
    this.#onChange = onChange;
  }

  /** A session opened a shell. */
  opened(session: Session, shell: Shell): void {
    const known = this.#byKey.get(session.key);
    if (known?.session === session) return known.open(shell);
    known?.terminal?.[Symbol.dispose]();
    this.#byKey.delete(session.key);
    const { clock, concealer, takeovers } = this.#services;
    const { host, hidden } = session.host;
    const watched = new WatchedSession(session, {
      clock,
      takeovers,
      redactor: concealer.redactor(host, hidden),
      learn: (secret) => concealer.learn(host, secret),
      recordingUnits: Math.min(RECORDING_UNITS, ALL_RECORDINGS_UNITS / (this.#byKey.size + 1)),
      onChange: this.#onChange,
    });
    this.#byKey.set(session.key, watched);
    this.#forgetEnded();
    watched.open(shell);
  }

  /** In the order they opened. */
  list(): readonly WatchedSession[] {
    return [...this.#byKey.values()];
  }

  find(id: string): WatchedSession | undefined {
    return this.list().find((watched) => watched.id === id);
  }

  /** The watched form of a session. */
  of(session: Session): WatchedSession | undefined {
    return this.#byKey.get(session.key);
  }

  /** Unfinished commands of a session and the last of those that ended, oldest first. */
  jobs({ session }: WatchedSession, limit: number): readonly Job[] {
    const { jobs } = this.#services;
    const ended = jobs.history().filter(({ record }) => record.sessionKey === session.key);
    return [...ended.slice(0, limit).reverse(), ...jobs.ofSession(session.key)].slice(-limit);
  }

  /** The command whose turn has come waits for a person's word: nothing runs yet. */
  isAwaitingApproval({ session }: WatchedSession): boolean {
    return this.#services.jobs.ofSession(session.key)
      .some(({ innerState }) => innerState.kind === "awaiting-approval");
  }

  /** Ctrl-C, or TERM, to what runs in the foreground. */
  async stop(watched: WatchedSession, signal: "INT" | "TERM"): Promise<void> {
    const { jobs, interrupt } = this.#services;
    const { session } = watched;
    const started = jobs.ofSession(session.key)
      .filter(({ record }) => record.startedAt !== undefined);
    watched.note("person", signal === "INT" ? "pressed Ctrl-C" : "sent TERM");
    const job = started.at(-1);
    if (watched.personRuns === undefined && job !== undefined) await interrupt(job, signal);
    else if (session.facts.busy) await session.interrupt(signal, started.length);
  }

  [Symbol.dispose](): void {
    for (const { terminal } of this.#byKey.values()) terminal?.[Symbol.dispose]();
    this.#byKey.clear();
  }

  #forgetEnded(): void {
    const ended = [...this.#byKey].filter(([, { isOpen }]) => !isOpen);
    // The one that is being opened is not open yet.
    for (const [key, watched] of ended.slice(0, -(ENDED_SESSIONS + 1))) {
      watched.terminal?.[Symbol.dispose]();
      this.#byKey.delete(key);
    }
  }
}
