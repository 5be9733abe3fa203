import { type Clock, isoTime } from "../clock.ts";
import { RefusedError } from "../errors.ts";
import { newCommandId } from "../jobs/command_id.ts";

/** A person's decision. Minutes: 1 to {@link LONGEST_GRANT_MINUTES}. */
export type Decision =
  /** This time. */
  | { readonly kind: "once" }
  /** The very same action at the same place, for so long. */
  | { readonly kind: "command"; readonly minutes: number }
  /** Every command, input and key in this shell of this session, for so long. */
  | { readonly kind: "session"; readonly minutes: number }
  | { readonly kind: "no" };

/** An action that a person is to agree to. */
export interface ApprovalRequest {
  readonly tool: string;
  /** As called. */
  readonly host: string;
  readonly user: string;
  /** Undefined for files and copies, which use no shell. */
  readonly session: string | undefined;
  /** The action, in a few words of ours: "run a command", "write /etc/hosts". */
  readonly action: string;
  /**
   * The exact text, made visible by `showExactly()`: what a person approves is this and no other.
   * Lines are parted by LF. Free of secrets.
   */
  readonly shown: string;
  /** Facts beside it, a line each: the shells it would run in, sudo, characters beyond ASCII. */
  readonly facts: readonly string[];
  readonly usesSudo: boolean;
  /** Name of the rule that asks. */
  readonly rule: string;
  /** The caller's `sub`; undefined on standard input and output. */
  readonly caller: string | undefined;
  /** Equal for equal actions at the same place; never shown. */
  readonly sameAction: string;
  /** Equal for all that is typed into the same shell; undefined where there is none. Never shown. */
  readonly sameShell: string | undefined;
}

/** Where a request has got to. */
export type ApprovalState =
  | { readonly kind: "pending" }
  | { readonly kind: "answered"; readonly decision: Decision; readonly by: string }
  /** Nobody answered in time, or the caller took the call back. */
  | { readonly kind: "gone"; readonly why: string };

/** A request and where it has got to; plain data. */
export interface Approval {
  /** Unguessable. */
  readonly id: string;
  readonly request: ApprovalRequest;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly state: ApprovalState;
}

/** The outcome of an answer: it counted, it came too late, or nothing has that id. */
export type AnswerOutcome = "taken" | "too-late" | "unknown";

/** A person decides within this, or the answer is no. */
export const ANSWER_WITHIN_MS: number = 15 * 60_000;
/** The longest time that an answer can hold for. */
const LONGEST_GRANT_MINUTES = 480;

/** Of one caller. */
const PENDING_LIMIT = 100;
const KEPT_ANSWERED = 200;
const GRANTS_LIMIT = 1_000;

interface Grant {
  readonly key: string;
  readonly untilNow: number;
  readonly untilDate: number;
  readonly by: string;
}

interface Waiting {
  approval: Approval;
  readonly settled: PromiseWithResolvers<Approval>;
}

/**
 * The actions that wait for a person's word, and the words that hold for a time.
 *
 * Whoever can show a question attaches here, any number of them at once: list {@link pending}, be
 * called by {@link watch} after each change, and pass a person's word to {@link answer}. The first
 * answer counts, the others are told that they came too late. The console shows `request.action`,
 * `host`, `user`, `session`, `facts` and, in a fixed-width block with its line feeds kept,
 * `request.shown`; it offers the four decisions (`session` only where `sameShell` is defined). An
 * answer that never comes, one that is no decision, and a call that was taken back mean no.
 */
export class Approvals {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #answered: Approval[] = [];
  readonly #listeners = new Set<() => void>();
  #grants: Grant[] = [];

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** The requests that wait, oldest first. */
  pending(): readonly Approval[] {
    return [...this.#waiting.values()].map(({ approval }) => approval);
  }

  /** The last requests that were answered or went, newest first. */
  history(): readonly Approval[] {
    return this.#answered.toReversed();
  }

  /** Whether somebody beside the client can answer. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** A request by its id, whether it still waits or not. */
  find(id: string): Approval | undefined {
    return this.#waiting.get(id)?.approval ?? this.#answered.find((one) => one.id === id);
  }

  /** Calls back after each change, until disposed. */
  watch(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Resolves once a person agreed, at once where an earlier word still holds.
   *
   * `onAsked` gets the request's id as soon as it waits. Aborting takes the request back.
   *
   * @returns Who agreed.
   * @throws {RefusedError} When the answer is no, or none comes.
   */
  async ask(
    request: ApprovalRequest,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onAsked?: ((approval: Approval) => void) | undefined;
    } = {},
  ): Promise<string> {
    options.signal?.throwIfAborted();
    const granted = this.#grantFor(request);
    if (granted !== undefined) return granted.by;
    const ofCaller = this.pending().filter((one) => one.request.caller === request.caller);
    if (ofCaller.length >= PENDING_LIMIT) throw tooMany();
    const waiting = this.#begin(request);
    const { id } = waiting.approval;
    const onAbort = (): void => this.#end(id, { kind: "gone", why: "the call was taken back" });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    using _timer = this.#clock.after(
      ANSWER_WITHIN_MS,
      () => this.#end(id, { kind: "gone", why: `nobody answered within ${MINUTES_TO_ANSWER}` }),
    );
    try {
      options.onAsked?.(waiting.approval);
      return agreedBy((await waiting.settled.promise).state, request);
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * A person's word on a request; whatever is no decision that it offers counts as no. `by` says who
   * or where, such as "console" or "form".
   */
  answer(id: string, given: unknown, by: string): AnswerOutcome {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return this.find(id) === undefined ? "unknown" : "too-late";
    const { request } = waiting.approval;
    const decision = decisionOn(request, given);
    if (decision.kind === "command" || decision.kind === "session") {
      this.#grant(request, decision, by);
    }
    this.#end(id, { kind: "answered", decision, by });
    return "taken";
  }

  /** Takes all words back that hold for a time: from now on each action is asked about again. */
  withdrawGrants(): void {
    this.#grants = [];
    this.#notify();
  }

  #begin(request: ApprovalRequest): Waiting {
    const approval: Approval = {
      id: newCommandId(),
      request,
      askedAt: isoTime(this.#clock.now()),
      state: { kind: "pending" },
    };
    const waiting = { approval, settled: Promise.withResolvers<Approval>() };
    this.#waiting.set(approval.id, waiting);
    this.#notify();
    return waiting;
  }

  #end(id: string, state: ApprovalState): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    const ended = { ...waiting.approval, state };
    this.#answered.push(ended);
    if (this.#answered.length > KEPT_ANSWERED) this.#answered.shift();
    waiting.settled.resolve(ended);
    this.#notify();
  }

  /**
   * Holds by both times: the clock that never goes back bounds a date that is set back, the date
   * bounds a machine that slept.
   */
  #grantFor(request: ApprovalRequest): Grant | undefined {
    const now = this.#clock.now();
    const date = this.#clock.date();
    this.#grants = this.#grants.filter(({ untilNow, untilDate }) =>
      now < untilNow && date < untilDate
    );
    const keys = [actionKey(request), shellKey(request)];
    return this.#grants.find(({ key }) => keys.includes(key));
  }

  #grant(
    request: ApprovalRequest,
    decision: Decision & { readonly minutes: number },
    by: string,
  ): void {
    const key = decision.kind === "command" ? actionKey(request) : shellKey(request);
    if (key === undefined) return;
    const ms = decision.minutes * 60_000;
    this.#grants.push({
      key,
      untilNow: this.#clock.now() + ms,
      untilDate: this.#clock.date() + ms,
      by,
    });
    if (this.#grants.length > GRANTS_LIMIT) this.#grants.shift();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const MINUTES_TO_ANSWER = `${ANSWER_WITHIN_MS / 60_000} minutes`;

/** Data from outside as a decision: no, unless it is one that the request offers. */
function decisionOn({ sameShell }: ApprovalRequest, given: unknown): Decision {
  const { kind, minutes } = Object(given) as Record<string, unknown>;
  if (kind === "once") return { kind };
  const isTime = typeof minutes === "number" && minutes >= 1 && minutes <= LONGEST_GRANT_MINUTES;
  if (!isTime) return { kind: "no" };
  if (kind === "command" || (kind === "session" && sameShell !== undefined)) {
    return { kind, minutes };
  }
  return { kind: "no" };
}

function actionKey({ caller, sameAction }: ApprovalRequest): string {
  return JSON.stringify(["action", caller ?? null, sameAction]);
}

function shellKey({ caller, sameShell }: ApprovalRequest): string | undefined {
  return sameShell === undefined ? undefined : JSON.stringify(["shell", caller ?? null, sameShell]);
}

function agreedBy(state: ApprovalState, { action, host }: ApprovalRequest): string {
  if (state.kind === "answered" && state.decision.kind !== "no") return state.by;
  const why = state.kind === "gone" ? state.why : "a person said no";
  throw new RefusedError(
    `Not allowed on ${host}: ${why}; it was about to ${action}, and nothing was done`,
    "Ask the person what to do instead; do not try the same in another way",
  );
}

function tooMany(): RefusedError {
  return new RefusedError(
    `${PENDING_LIMIT} actions wait for a person's answer already; nothing was done`,
    "Wait until they are answered",
  );
}
