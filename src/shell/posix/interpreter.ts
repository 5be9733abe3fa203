import { type Dialect, dialectOf, HEARD } from "./start_up/dialects.ts";
import { newNonce } from "../../terminal/nonce.ts";
import {
  echoChange,
  type InterpreterEvent,
  type InterpreterState,
  mayBePiped,
  mayChangeKeys,
  newInterpreter,
  nextState,
} from "./interpreter_state.ts";
import { namesOf, turnsEchoOn } from "./frame.ts";
import type { EchoAtStart } from "./readers/reader_verdict.ts";
import type { Phase } from "./phase.ts";
import type { CommandRun } from "./command_run.ts";
import { whyNoSecrets } from "./secret_reading.ts";
import type { SshError } from "../../errors.ts";
import { elevate, needsWholeElevation } from "./sudo/sudo.ts";

/** A user as id(1) prints it, a host as uname(1) does. */
const NAME = /^[\w.$-]{1,64}$/;

/** One interpreter on the pty: the login shell, or one that runs inside another. */
export class Interpreter {
  readonly nonce = newNonce();
  #state: InterpreterState;

  constructor(phase: Phase) {
    this.#state = newInterpreter(phase);
  }

  get state(): InterpreterState {
    return this.#state;
  }

  get dialect(): Dialect {
    return dialectOf(this.#state.identity?.shellKind ?? "sh");
  }

  /** fish paints its prompt more than once, so one before the command begins ends nothing. */
  get repaints(): boolean {
    return this.#state.identity?.shellKind === "fish";
  }

  /** A command is typed, and the shell has yet to tell its start, as it can where it has a sink. */
  get isBeginning(): boolean {
    return this.#state.phase.kind === "running" && !this.#state.phase.begun &&
      this.#state.sink !== "";
  }

  /** The shell reported the start of its command. */
  get isBegun(): boolean {
    return this.#state.phase.kind !== "running" || this.#state.phase.begun;
  }

  /**
   * It refuses a line with an error of syntax in it as a whole, and prompts again: not fish, which
   * edits its lines, and not under errexit, where bash and mksh end.
   */
  get refusesSpoilt(): boolean {
    return !this.repaints && !this.#state.flags.includes("e") && this.#state.prompt === "expected";
  }

  /** Its command is itself a shell that waits for a line. */
  get asksAtShell(): boolean {
    return this.#state.run?.question?.kind === "shell";
  }

  /** The terminal's echo as its command began. */
  get echoAtStart(): EchoAtStart {
    const { identity, run, echoChange, sink, endsAtPrompt } = this.#state;
    // The set-up of that shell turned it off.
    if (run?.hadInnerShell) return "off";
    // fish turns it on by itself for what it runs.
    if (identity?.shellKind === "fish") return "on";
    const isTurnedOn = run !== undefined && turnsEchoOn({ echoChange, sink, endsAtPrompt });
    return isTurnedOn ? "on" : "off";
  }

  /** It runs a command that takes no other beside it. */
  get isBusy(): boolean {
    const { kind } = this.#state.phase;
    return kind === "doubtful" || (kind === "running" && !this.asksAtShell);
  }

  /** Why a command cannot run here as it was asked for. */
  refusal({ command, options: { secrets, sudo } }: CommandRun): SshError | undefined {
    if (secrets === undefined) return undefined;
    const elevates = sudo?.scope === "whole" && needsWholeElevation(command);
    return whyNoSecrets(this.#state, secrets, elevates);
  }

  /** The line that runs a command here, with what its password questions need. */
  frame(run: CommandRun): string {
    const { state } = this;
    const { sudo, omitsHistory, secrets } = run.options;
    const kind = state.identity?.shellKind ?? "sh";
    const elevates = sudo?.scope === "whole" && needsWholeElevation(run.command);
    return this.dialect.frame({
      id: run.id,
      names: namesOf(this.nonce),
      command: elevates ? elevate(run.command, kind) : run.command,
      recorded: run.command,
      historyFile: state.historyFile,
      previousStatus: state.status,
      flags: state.flags,
      sink: state.sink,
      quiet: state.quiet,
      endsAtPrompt: state.endsAtPrompt,
      mayBePiped: mayBePiped(state, run.command),
      mayChangeKeys: mayChangeKeys(state, run.command),
      echoChange: echoChange(state, run.command),
      controlStyle: state.identity?.controlStyle ?? "printf",
      history: omitsHistory || (sudo !== undefined && run.command.includes(sudo.password))
        ? "omit"
        : "record",
      passwordNonce: run.passwordNonce,
      secrets: secrets?.map(({ name }) => name),
      formerSecrets: state.formerSecrets,
    });
  }

  /** Takes a marker that only reports a fact: H, R, U, W or Y. */
  report(letter: string, fields: string): void {
    const event = this.#reported(letter, fields);
    if (event !== undefined) this.dispatch(event);
  }

  #reported(letter: string, fields: string): InterpreterEvent | undefined {
    switch (letter) {
      case "H":
        return fields === HEARD ? { kind: "heard" } : undefined;
      case "W":
        return reportedDirectory(fields, this.#state.run?.id);
      case "U":
        return { kind: "self", self: reportedSelf(fields) };
      case "Y":
        return { kind: "history-file", path: fields };
      case "R": {
        const [sink, devices, output] = fields.split(";");
        return {
          kind: "prepared",
          sink: sink === "tty" ? " >/dev/tty" : "",
          quiet: devices === "none" ? "2>&-" : "2>/dev/null",
          printsElsewhere: output === "elsewhere",
        };
      }
    }
    return undefined;
  }

  /** True when the event changed the phase. */
  dispatch(event: InterpreterEvent): boolean {
    const before = this.#state.phase;
    this.#state = nextState(this.#state, event);
    return this.#state.phase !== before;
  }
}

/** `user;host`; the line itself, echoed with its escapes undone, names neither. */
function reportedSelf(fields: string): InterpreterState["self"] {
  const [user = "", host = ""] = fields.split(";");
  return { ...(NAME.test(user) ? { user } : {}), ...(NAME.test(host) ? { host } : {}) };
}

/** `id;cwd`: of the command that runs, or of none that does. */
function reportedDirectory(fields: string, id: string | undefined): InterpreterEvent | undefined {
  const at = fields.indexOf(";");
  if (id !== undefined && fields.slice(0, at) !== id) return undefined;
  const cwd = fields.slice(at + 1);
  return { kind: "directory", cwd: cwd === "" ? undefined : cwd };
}
