import type { Interpreter } from "./interpreter.ts";
import { START_UP_QUESTION_MS, type StartUpText } from "./start_up/start_up_text.ts";
import { suspectQuestion } from "../question.ts";
import type { CommandRun } from "./command_run.ts";
import { MAX_PROBES } from "./start_up/shell_finder.ts";

/** After a shell was heard and said no more: a foreign parser has printed its errors by then. */
const FOREIGN_MS = 1_000;
const PROMPT_OVERDUE_MS = 50;
/** A command that printed an old prompt prints the rest within this time. */
const PROMPT_STOOD_MS = 20;
const SILENT_SET_UP_MS = 3_000;
/** A host that is overloaded, or far away, gets so many times what one answer took, up to a bound. */
const ANSWERS = 8;
const MAX_SLOW_MS = 30_000;
/** A line that the shell reads begins within that, on a slow link too. */
const REFUSED_MS = 1_000;
/** A line that the shell read begins long before that; a long one on a slow link may not. */
const UNBEGUN_FACTOR = 2;
/** A longer one may still be on its way to the shell, which reads it piece by piece. */
const LONG_LINE_CHARS = 65_536;
const FIRST_LOOK_MS = 150;
/** A full-screen program draws in several steps: so long after the last one its screen is at rest. */
const SCREEN_REST_MS = 300;
/** How much longer a line must stand that is judged by its look alone. */
const UNPROVEN_FACTOR = 2.5;

/** A silence that means something. */
export interface Patience {
  /** Milliseconds after which {@link QuietTimer} calls back. */
  readonly quietMs: number;
  /** `lazy`: a timer that calls back no later is left alone, so that bulk output pays for none. */
  readonly urgency: "lazy" | "exact";
}

/** A shell whose prompt shows nothing has not answered a probe for so long: the host is asked again. */
const UNSHOWN_MS = 700;

/** Facts by which a pty's silence is judged. */
export interface QuietFacts {
  /** The interpreter that reads what is typed. */
  readonly interpreter: Interpreter;
  readonly nesting: "login" | "nested";
  readonly startUp: StartUpText;
  /** The command that waits for the interpreter. */
  readonly waiting: CommandRun | undefined;
  readonly screen: "primary" | "alternate";
  readonly quietForMs: number;
  /** Whether the host can be asked who reads the terminal. */
  readonly canAsk: boolean;
}

/** How long the far end must be silent now for that to mean something; undefined: for ever. */
export function patienceFor(facts: QuietFacts): Patience | undefined {
  const { phase, run } = facts.interpreter.state;
  switch (phase.kind) {
    case "starting":
      return exactly(startingMs(facts));
    case "probing":
      return exactly(phase.heard ? onSlowHost(FOREIGN_MS, facts) : probingMs(facts));
    case "preparing":
      return exactly(onSlowHost(SILENT_SET_UP_MS, facts));
    case "settling":
      return exactly(PROMPT_OVERDUE_MS);
    case "doubtful":
      return exactly(phase.asked ? undefined : PROMPT_STOOD_MS);
    case "running":
      if (!phase.begun) return exactly(beginningMs(facts, phase.refusal));
      return run === undefined ? undefined : runningPatience(run, facts);
    case "foreign":
    case "ready":
    case "unprepared":
    case "clearing":
    case "ended":
      return undefined;
  }
}

/** A question that nobody can be asked, or was asked already, may stand for ever. */
function startingMs({ startUp, waiting }: QuietFacts): number | undefined {
  const isAsked = waiting?.question !== undefined;
  const asksNobody = waiting === undefined && startUp.question !== undefined && startUp.isJudged;
  const isJudging = startUp.judgement === "asked";
  return isAsked || asksNobody || isJudging ? undefined : startUp.patienceMs;
}

function probingMs({ nesting, interpreter, waiting, startUp }: QuietFacts): number | undefined {
  if (nesting === "nested") return onSlowHost(SILENT_SET_UP_MS, { startUp });
  const isOver = interpreter.state.probes >= MAX_PROBES && waiting === undefined;
  if (isOver || waiting?.question !== undefined) return undefined;
  if (startUp.hasLine) return START_UP_QUESTION_MS;
  // Its prompt may go elsewhere (exec 2>file), or hold nothing since set-up.
  const isAtPrompt = startUp.judgement === "prompt" || interpreter.state.unansweredSetUps > 0;
  return isAtPrompt ? onSlowHost(UNSHOWN_MS, { startUp }) : undefined;
}

/** After so long the host is asked whether the login shell got the line; less often each time. */
function beginningMs(
  { interpreter, nesting, canAsk }: QuietFacts,
  refusal: "none" | "unread" | "suspected" | "asked",
): number | undefined {
  const { run } = interpreter.state;
  if (refusal === "suspected") return REFUSED_MS;
  const isAskable = canAsk && nesting === "login" && interpreter.isBeginning &&
    !interpreter.repaints;
  if (!isAskable || run === undefined || run.isLooking) return undefined;
  // A shell that reads may be reading a value, which an empty line does not end.
  if (run.hasTakenSecret) return undefined;
  if (run.options.secrets !== undefined && refusal === "asked") return undefined;
  if (run.command.length > LONG_LINE_CHARS) return undefined;
  return refusal === "none" ? UNBEGUN_FACTOR * run.idleLookMs : run.idleLookMs;
}

/** How long the cursor's line must stand; the first look comes early and is cheap. */
function runningPatience(
  run: CommandRun,
  { screen, quietForMs, canAsk }: QuietFacts,
): Patience | undefined {
  if (run.question !== undefined || run.look === "looking" || run.look === "judged") {
    return undefined;
  }
  if (quietForMs + 1 < FIRST_LOOK_MS) return { quietMs: FIRST_LOOK_MS, urgency: "lazy" };
  const lookMs = screen === "alternate" ? SCREEN_REST_MS : suspectQuestion(run.cursorLine)?.quietMs;
  if (run.look === "unproven") {
    return exactly(lookMs === undefined ? undefined : lookMs * UNPROVEN_FACTOR);
  }
  const idleMs = canAsk ? run.idleLookMs : undefined;
  return exactly(run.look === "unread" ? idleMs : lookMs ?? idleMs);
}

function onSlowHost(quietMs: number, { startUp }: Pick<QuietFacts, "startUp">): number {
  return Math.max(quietMs, Math.min(MAX_SLOW_MS, ANSWERS * startUp.answerMs));
}

function exactly(quietMs: number | undefined): Patience | undefined {
  return quietMs === undefined ? undefined : { quietMs, urgency: "exact" };
}
