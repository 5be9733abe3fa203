import type { SshError } from "../errors.ts";
import type { CommandEvent, CommandExit, Question } from "../shell/shell.ts";

/** The state of a command. `signals`: those sent to interrupt it, without "SIG". */
export type JobState =
  | { readonly kind: "queued" }
  /** It has its turn, and a person is asked whether it may run. */
  | { readonly kind: "awaiting-approval" }
  | { readonly kind: "running"; readonly signals: readonly string[] }
  | {
    readonly kind: "awaiting-input";
    readonly question: Question;
    readonly signals: readonly string[];
  }
  /** A person has the keyboard of its session; how it stands behind that is nobody else's. */
  | { readonly kind: "held" }
  | { readonly kind: "exited"; readonly exit: CommandExit }
  /** `exit` is undefined when it was taken from the queue and never ran. */
  | { readonly kind: "interrupted"; readonly exit: CommandExit | undefined }
  | { readonly kind: "lost"; readonly cause: SshError };

/** Changes of a job's state: the shell's events but output, and actions of a caller. */
export type JobEvent =
  | Exclude<CommandEvent, { readonly kind: "output" }>
  | { readonly kind: "answered" }
  | { readonly kind: "approval-asked" }
  | { readonly kind: "approved" }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "removed" };

/** signal(7) numbers, for shells that report 128+n without a name. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  TERM: 15,
  TSTP: 20,
};

/** Whether nothing more will happen to the command. */
export function isFinished(state: JobState): boolean {
  return state.kind === "exited" || state.kind === "interrupted" || state.kind === "lost";
}

/** Whether its turn has come and it was let through, so that it was or will be typed now. */
export function hasBegun({ kind }: JobState): boolean {
  return kind !== "queued" && kind !== "awaiting-approval";
}

/** The state after an event; one that cannot happen any more changes nothing. */
export function next(state: JobState, event: JobEvent): JobState {
  if (isFinished(state)) return state;
  const signals = "signals" in state ? state.signals : [];
  switch (event.kind) {
    case "approval-asked":
      return state.kind === "queued" ? { kind: "awaiting-approval" } : state;
    case "approved":
      return state.kind === "awaiting-approval" ? { kind: "queued" } : state;
    case "started":
    case "question-withdrawn":
    case "answered":
      return event.kind !== "started" && !hasBegun(state) ? state : { kind: "running", signals };
    case "question":
      return { kind: "awaiting-input", question: event.question, signals };
    case "signalled":
      return "signals" in state ? { ...state, signals: [...signals, event.signal] } : state;
    case "removed":
      return hasBegun(state) ? state : { kind: "interrupted", exit: undefined };
    case "exited":
      return wasInterrupted(event.exit, signals)
        ? { kind: "interrupted", exit: event.exit }
        : { kind: "exited", exit: event.exit };
    case "lost":
      return { kind: "lost", cause: event.cause };
  }
}

function wasInterrupted(exit: CommandExit, signals: readonly string[]): boolean {
  return signals.some((signal) =>
    exit.exitSignal === signal || exit.exitStatus === 128 + SIGNAL_NUMBERS[signal]!
  );
}
