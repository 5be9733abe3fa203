import type { CallToolResult } from "@modelcontextprotocol/server";
import { ShellBusyError } from "../../errors.ts";
import type { Job } from "../../jobs/job.ts";
import type { JobStore } from "../../jobs/store.ts";
import type { Session } from "../../session/session.ts";
import { renderText } from "./render.ts";

/** @throws {ShellBusyError} While a person has the session's keyboard. */
export function throwIfHeld(session: Session): void {
  if (session.keyboard.isHeld) throw heldBy(session.host.host, session.name);
}

/** The fault of a call that would type while a person has the keyboard. */
export function heldBy(host: string, session: string): ShellBusyError {
  return new ShellBusyError(
    `A person has the keyboard of session "${session}" of ${host}; nothing was done there`,
    "Wait until it is handed back, or use another session name",
  );
}

/** The reply on a session's screen while a person has its keyboard. */
export function heldScreen({ host, name }: Session): CallToolResult {
  return renderText(
    `[held] ${host.host} session=${name}\n` +
      "[a person has the keyboard of this session, and what it shows is theirs until it is handed back]",
  );
}

/** A person's turns at the keyboards of sessions, as the jobs that run there notice them. */
export class Takeovers {
  readonly #jobs: JobStore;
  readonly #held = new Map<string, readonly Job[]>();

  constructor(jobs: JobStore) {
    this.#jobs = jobs;
  }

  /** From now on callers type nothing and see nothing there. */
  take(session: Session): void {
    if (session.keyboard.isHeld) return;
    session.keyboard.take();
    const jobs = this.#jobs.ofSession(session.key);
    this.#held.set(session.key, jobs);
    for (const job of jobs) job.hold();
  }

  /** `note`: in the output of the commands that ran, in place of what they printed meanwhile. */
  handBack(session: Session, note: string): void {
    if (!session.keyboard.isHeld) return;
    const before = this.#held.get(session.key) ?? [];
    this.#held.delete(session.key);
    const jobs = new Set([...before, ...this.#jobs.ofSession(session.key)]);
    for (const job of jobs) job.release(note);
    session.keyboard.handBack();
  }
}
