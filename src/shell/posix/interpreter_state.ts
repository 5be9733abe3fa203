import type { CommandRun } from "./command_run.ts";
import type { ToldStatus } from "./exit_status.ts";
import { type EchoChange, echoChangeOf } from "./readers/terminal_echo.ts";
import { CHANGES_KEYS } from "./readers/terminal_keys.ts";
import { next as nextPhase, type Phase, type PhaseEvent } from "./phase.ts";
import type { Identity } from "./start_up/dialects.ts";

/** Facts about one interpreter, as far as its markers have reported them. */
export interface InterpreterState {
  readonly phase: Phase;
  readonly identity?: Identity | undefined;
  /** The command that it runs, or that was typed to it. */
  readonly run?: CommandRun | undefined;
  readonly cwd?: string | undefined;
  /** Shells between it and the login shell, and itself; 0 for the login shell. */
  readonly depth: number;
  /** The user that it runs as and the host that it runs on. */
  readonly self: { readonly user?: string; readonly host?: string };
  /** `$-` of its last report. */
  readonly flags: string;
  /** `$?` of its last report, 0–255. */
  readonly status: number;
  /** Status of its last prompt. */
  readonly promptStatus: ToldStatus;
  readonly historyFile?: string | undefined;
  /** Redirection of our markers. */
  readonly sink: string;
  /** Whether its prompt shows on the terminal. */
  readonly prompt: "expected" | "silent";
  /** The prompt that shows in place of ours, which a readonly PS1 keeps from being set. */
  readonly ownPrompt?: string | undefined;
  /** Start-up files sent its output to a file, and no command has reported it yet. */
  readonly printsElsewhere: boolean;
  readonly probes: number;
  readonly fallbacks: number;
  readonly unansweredSetUps: number;
  /** Redirection of errors that nobody is to see: a chroot may have no /dev/null. */
  readonly quiet: "2>/dev/null" | "2>&-";
  /** The shell cannot print markers by itself: only its prompt reports an end. */
  readonly endsAtPrompt: boolean;
  /** Standard output may be a pipe: until a command's end reported none, start-up files may have made one. */
  readonly mayBePiped: boolean;
  /** A function or a trap may redirect it at any time. */
  readonly definesRedirection: boolean;
  /** A command may have changed keys of the terminal, or defined a function that does. */
  readonly mayChangeKeys: boolean;
  /**
   * Whether the command that runs may turn the echo off: `session`, any later one may, too. `file` stays
   * behind a command that reported no end, since its terminal may echo still.
   */
  readonly echoChange: EchoChange;
  /** Names that the command before had in its environment, and may have left there. */
  readonly formerSecrets?: readonly string[] | undefined;
}

/** Phase events that carry more than the phase needs, and those that leave it as it is. */
export type InterpreterEvent =
  | Exclude<PhaseEvent, {
    kind: "identified" | "prepared" | "prompt" | "prompt-overdue" | "command-typed" | "done";
  }>
  | { readonly kind: "prompt-overdue"; readonly line: string }
  | { readonly kind: "identified"; readonly identity: Identity }
  | { readonly kind: "prepared" } & Pick<InterpreterState, "sink" | "quiet" | "printsElsewhere">
  | PhaseEvent & { readonly kind: "prompt" } & {
    readonly status: ToldStatus;
    readonly flags: string;
  }
  | { readonly kind: "command-typed"; readonly run: CommandRun }
  | PhaseEvent & { readonly kind: "done" } & { readonly flags: string; readonly piped: boolean }
  /** Something came between commands: output of the one before, maybe. */
  | { readonly kind: "printed-between" }
  /** The command is over for its caller. */
  | { readonly kind: "command-left"; readonly status?: number }
  /** The line that was typed so far is given up with ^C. */
  | { readonly kind: "line-dropped" }
  /** The line that starts a POSIX shell in its place was typed. */
  | { readonly kind: "fallback-typed" }
  | { readonly kind: "ends-at-prompt" }
  | { readonly kind: "moved"; readonly depth: number }
  | { readonly kind: "directory"; readonly cwd: string | undefined }
  | { readonly kind: "self"; readonly self: InterpreterState["self"] }
  | { readonly kind: "history-file"; readonly path: string };

/** A command that may leave standard output redirected, itself or in a file that it reads. */
const REDIRECTS = /(?:^|[^\w.-])(?:exec|source|\.)\s/;

/** Words that keep a command for later. */
const DEFINES = /\(\s{0,8}\)|\b(?:function|trap|alias)\s/;

/** An interpreter of which nothing is known but its phase. */
export function newInterpreter(phase: Phase): InterpreterState {
  return {
    phase,
    depth: 0,
    self: {},
    flags: "",
    status: 0,
    promptStatus: { exitStatus: 0, exitSignal: null },
    sink: "",
    prompt: "expected",
    printsElsewhere: false,
    probes: 0,
    fallbacks: 0,
    unansweredSetUps: 0,
    quiet: "2>/dev/null",
    endsAtPrompt: false,
    mayBePiped: true,
    definesRedirection: false,
    mayChangeKeys: false,
    echoChange: "none",
  };
}

/** Whether standard output may be a pipe while a command runs. */
export function mayBePiped(state: InterpreterState, command: string): boolean {
  return state.mayBePiped || state.definesRedirection || REDIRECTS.test(command);
}

/** Whether keys of the terminal may have changed by the end of a command. */
export function mayChangeKeys(state: InterpreterState, command: string): boolean {
  return state.mayChangeKeys || CHANGES_KEYS.test(command);
}

/** Whether a command may turn the terminal's echo off. */
export function echoChange(state: InterpreterState, command: string): EchoChange {
  const change = state.echoChange === "session" ? "session" : echoChangeOf(command);
  return change === "none" ? state.echoChange : change;
}

/** The state after an event; the phase is decided by the phase's own reducer. */
export function nextState(state: InterpreterState, event: InterpreterEvent): InterpreterState {
  const phase = phaseAfter(state, event);
  const facts = factsAfter(state, event);
  return phase === state.phase && facts === undefined ? state : { ...state, ...facts, phase };
}

function phaseAfter(state: InterpreterState, event: InterpreterEvent): Phase {
  const { phase } = state;
  switch (event.kind) {
    case "prompt-overdue":
      return nextPhase(phase, { kind: "prompt-overdue", prompt: promptWhenOverdue(state) });
    case "fallback-typed":
      return nextPhase(phase, { kind: "replaced" });
    case "command-left":
    case "printed-between":
    case "line-dropped":
    case "ends-at-prompt":
    case "moved":
    case "directory":
    case "self":
    case "history-file":
      return phase;
    default:
      return nextPhase(phase, event);
  }
}

function factsAfter(
  state: InterpreterState,
  event: InterpreterEvent,
): Partial<InterpreterState> | undefined {
  switch (event.kind) {
    case "prompted":
    case "line-dropped":
      return { probes: state.probes + 1 };
    case "identified":
      return { identity: event.identity, flags: event.identity.flags };
    case "prepared":
      return preparedBy(state, event);
    case "set-up-unanswered":
      return { unansweredSetUps: state.unansweredSetUps + 1 };
    case "fallback-typed":
      return { fallbacks: state.fallbacks + 1, probes: 0, unansweredSetUps: 0 };
    case "prompt-overdue":
      return overdueFacts(state, event.line);
    case "prompt":
      return {
        prompt: "expected",
        promptStatus: event.status,
        flags: event.flags === "" ? state.flags : event.flags,
      };
    case "command-typed":
      return {
        run: event.run,
        mayBePiped: mayBePiped(state, event.run.command),
        definesRedirection: state.definesRedirection ||
          (REDIRECTS.test(event.run.command) && DEFINES.test(event.run.command)),
        ...terminalAfter(state, event.run.command),
        formerSecrets: event.run.options.secrets?.map(({ name }) => name),
      };
    case "done":
      return { flags: event.flags, mayBePiped: event.piped, echoChange: lastingEcho(state) };
    case "command-left":
      return { run: undefined, status: event.status ?? state.status, printsElsewhere: false };
  }
  return singleFact(event);
}

function preparedBy(
  state: InterpreterState,
  { sink, quiet, printsElsewhere }: InterpreterEvent & { readonly kind: "prepared" },
): Partial<InterpreterState> {
  // Later on it is what a command has done.
  const isFirst = state.cwd === undefined;
  return { sink, quiet, printsElsewhere: printsElsewhere && isFirst, unansweredSetUps: 0 };
}

function overdueFacts(state: InterpreterState, line: string): Partial<InterpreterState> {
  const isBehindSetUp = state.phase.kind === "settling" && state.phase.after === "set-up";
  return { prompt: promptWhenOverdue(state), ...(isBehindSetUp ? { ownPrompt: line } : {}) };
}

/** The end of a command has turned the echo off again. */
function lastingEcho({ echoChange }: InterpreterState): EchoChange {
  return echoChange === "file" ? "none" : echoChange;
}

function terminalAfter(
  state: InterpreterState,
  command: string,
): Pick<InterpreterState, "mayChangeKeys" | "echoChange"> {
  return {
    mayChangeKeys: mayChangeKeys(state, command),
    echoChange: echoChange(state, command),
  };
}

/** Facts that leave all others as they are. */
function singleFact(event: InterpreterEvent): Partial<InterpreterState> | undefined {
  switch (event.kind) {
    case "printed-between":
      return { mayBePiped: true };
    case "ends-at-prompt":
      return { endsAtPrompt: true };
    case "moved":
      return { depth: event.depth };
    case "directory":
      return { cwd: event.cwd };
    case "self":
      return { self: event.self };
    case "history-file":
      return { historyFile: event.path };
  }
  return undefined;
}

/** A prompt that does not come after set-up never does, as after `exec 2>file`. */
export function promptWhenOverdue({ phase, prompt }: InterpreterState): "expected" | "silent" {
  return phase.kind === "settling" && phase.after === "set-up" ? "silent" : prompt;
}
