import type { Approval } from "../guard/approvals.ts";
import type { Job } from "../jobs/job.ts";
import { isFinished } from "../jobs/job_state.ts";
import { makeVisible } from "../terminal/visible.ts";
import type { Sessions } from "./sessions.ts";
import type { WatchedSession } from "./watched_session.ts";

const SHOWN_EVENTS = 60;
const TEXT_CHARS = 2_000;

/** The state that a page shows: of all sessions, and of the one that it looks at. */
export function consoleState(
  sessions: Sessions,
  { watched, wanted }: {
    readonly watched: WatchedSession | undefined;
    /** Commands whose answer a caller left to a person. */
    readonly wanted: ReadonlySet<string>;
  },
): Readonly<Record<string, unknown>> {
  return {
    sessions: sessions.list().map((one) => overview(one, sessions, wanted)),
    ...(watched === undefined ? {} : { watched: details(watched, sessions, wanted) }),
  };
}

function overview(
  watched: WatchedSession,
  sessions: Sessions,
  wanted: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const { session, id, isHeld, isOpen } = watched;
  const { host, user } = titleParts(watched);
  return {
    id,
    host,
    user,
    name: session.name,
    state: isOpen ? standing(watched, sessions) : "closed",
    holder: isHeld ? "person" : "agent",
    isWanted: isWanted(watched, sessions, wanted),
  };
}

function details(
  watched: WatchedSession,
  sessions: Sessions,
  wanted: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const { id, isHeld, isOpen, personRuns, terminal } = watched;
  const asked = watched.question;
  return {
    id,
    title: titleOf(watched),
    isOpen,
    hasTerminal: terminal !== undefined,
    holder: isHeld ? "person" : "agent",
    state: isOpen ? standing(watched, sessions) : "closed",
    isWanted: isWanted(watched, sessions, wanted),
    ...(asked === undefined || asked.question.kind === "shell" || asked.question.kind === "screen"
      ? {}
      : {
        question: {
          number: asked.number,
          kind: asked.question.kind,
          text: visible(watched.redact(asked.question.text.trim())),
        },
      }),
    ...(personRuns === undefined ? {} : { personRuns }),
    happened: happened(watched, sessions),
  };
}

/** An action that waits for a person's word, as `showExactly()` made it visible. */
export function shownRequest({ id, request }: Approval): Readonly<Record<string, unknown>> {
  const { tool, host, user, session, action, shown, facts, rule, usesSudo } = request;
  return {
    ...{ id, tool, action, shown, rule, usesSudo, session: session ?? null },
    facts: facts.map(visible),
    host: visible(host),
    user: visible(user),
    hasShell: request.sameShell !== undefined,
  };
}

/** `user@host · session`, as callers see them. */
export function titleOf(watched: WatchedSession): string {
  const { host, user } = titleParts(watched);
  return `${user}@${host} · ${watched.session.name}`;
}

function titleParts(watched: WatchedSession): { readonly host: string; readonly user: string } {
  const { host, user } = watched.session.host;
  return { host: visible(host), user: visible(watched.redact(user)) };
}

function standing(watched: WatchedSession, sessions: Sessions): string {
  const { session, question, personRuns } = watched;
  if (sessions.isAwaitingApproval(watched)) return "approval";
  if (!session.facts.busy && personRuns === undefined) return "idle";
  const kind = question?.question.kind;
  return kind === undefined || kind === "shell" || kind === "screen" ? "running" : "asking";
}

function isWanted(
  watched: WatchedSession,
  sessions: Sessions,
  wanted: ReadonlySet<string>,
): boolean {
  return wanted.size > 0 &&
    sessions.jobs(watched, SHOWN_EVENTS).some((job) => !job.isFinished && wanted.has(job.id));
}

/** Commands and what persons did, oldest first. */
function happened(
  watched: WatchedSession,
  sessions: Sessions,
): readonly Readonly<Record<string, unknown>>[] {
  const jobs = sessions.jobs(watched, SHOWN_EVENTS).map(commandLine);
  const events = watched.events.map(({ atMs, who, text }) => ({ atMs, who, text }));
  return [...jobs, ...events].sort((a, b) => a.atMs - b.atMs).slice(-SHOWN_EVENTS)
    .map(({ atMs, ...rest }) => ({ ...rest, atMs: Math.round(atMs) }));
}

function commandLine(job: Job): {
  readonly atMs: number;
  readonly who: "agent";
  readonly text: string;
  readonly state: string;
  readonly seconds?: number;
} {
  const { record, innerState: state } = job;
  return {
    atMs: record.startedAt ?? record.createdAt,
    who: "agent",
    text: visible(job.redactor.apply(record.command)),
    state: state.kind === "exited" && state.exit.exitStatus !== null
      ? `exit ${state.exit.exitStatus}`
      : state.kind,
    ...(isFinished(state) ? { seconds: Math.round(job.durationMs / 10) / 100 } : {}),
  };
}

function visible(text: string): string {
  return makeVisible(text.slice(0, TEXT_CHARS)).text;
}
