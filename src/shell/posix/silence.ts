import type { Level } from "./level.ts";
import { LOGIN_QUESTION_MS, type LoginText } from "./start_up/start_up_text.ts";
import { suspectQuestion } from "../question.ts";
import type { Patience } from "./quiet_timer.ts";
import type { Run } from "./command_run.ts";
import { MAX_PROBES } from "./start_up/shell_finder.ts";

/** After a shell was heard and said no more: a foreign parser has printed its errors by then. */
const FOREIGN_MS = 1_000;
const PROMPT_OVERDUE_MS = 50;
/** What a command prints behind an old prompt of ours comes with it. */
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

/** What a pty's silence is judged by. */
export interface Scene {
  /** The interpreter that reads what is typed. */
  readonly level: Level;
  readonly nesting: "login" | "nested";
  readonly login: LoginText;
  /** The command that waits for the interpreter. */
  readonly waiting: Run | undefined;
  readonly screen: "primary" | "alternate";
  readonly quietForMs: number;
  /** Whether the host can be asked who reads the terminal. */
  readonly canAsk: boolean;
}

/** How long the far end must be silent now for that to mean something; undefined: for ever. */
export function patienceFor(scene: Scene): Patience | undefined {
  const { phase, run } = scene.level;
  switch (phase.kind) {
    case "starting":
      return exactly(startingMs(scene));
    case "probing":
      return exactly(phase.heard ? onSlowHost(FOREIGN_MS, scene) : probingMs(scene));
    case "preparing":
      return exactly(onSlowHost(SILENT_SET_UP_MS, scene));
    case "settling":
      return exactly(PROMPT_OVERDUE_MS);
    case "doubtful":
      return exactly(phase.asked ? undefined : PROMPT_STOOD_MS);
    case "running":
      if (!phase.begun) return exactly(beginningMs(scene, phase.refusal));
      return run === undefined ? undefined : runningPatience(run, scene);
    case "foreign":
    case "ready":
    case "unprepared":
    case "clearing":
    case "ended":
      return undefined;
  }
}

/** A question that nobody can be asked, or was asked already, may stand for ever. */
function startingMs({ login, waiting }: Scene): number | undefined {
  const isAsked = waiting?.question !== undefined;
  const asksNobody = waiting === undefined && login.question !== undefined && login.isJudged;
  const isJudging = login.judgement === "asked";
  return isAsked || asksNobody || isJudging ? undefined : login.patienceMs;
}

function probingMs({ nesting, level, waiting, login }: Scene): number | undefined {
  if (nesting === "nested") return onSlowHost(SILENT_SET_UP_MS, { login });
  const isOver = level.probes >= MAX_PROBES && waiting === undefined;
  if (isOver || waiting?.question !== undefined) return undefined;
  return login.hasLine ? LOGIN_QUESTION_MS : undefined;
}

/** After so long the host is asked whether the login shell got the line; less often each time. */
function beginningMs(
  { level, nesting, canAsk }: Scene,
  refusal: "none" | "unread" | "suspected" | "asked",
): number | undefined {
  const { run } = level;
  if (refusal === "suspected") return REFUSED_MS;
  const isAskable = canAsk && nesting === "login" && level.isBeginning && !level.repaints;
  if (!isAskable || run === undefined || run.isLooking) return undefined;
  // A shell that reads may be reading a value, which an empty line does not end.
  if (run.hasTakenSecret) return undefined;
  if (run.options.secrets !== undefined && refusal === "asked") return undefined;
  if (run.command.length > LONG_LINE_CHARS) return undefined;
  return refusal === "none" ? UNBEGUN_FACTOR * run.idleLookMs : run.idleLookMs;
}

/** How long the cursor's line must stand; the first look comes early and is cheap. */
function runningPatience(run: Run, { screen, quietForMs, canAsk }: Scene): Patience | undefined {
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

function onSlowHost(quietMs: number, { login }: Pick<Scene, "login">): number {
  return Math.max(quietMs, Math.min(MAX_SLOW_MS, ANSWERS * login.answerMs));
}

function exactly(quietMs: number | undefined): Patience | undefined {
  return quietMs === undefined ? undefined : { quietMs, urgency: "exact" };
}
