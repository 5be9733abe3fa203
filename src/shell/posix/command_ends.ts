import type { Clock, Timer } from "../../clock.ts";
import type { BetweenCommands } from "./between_commands.ts";
import type { CommandRun } from "./command_run.ts";
import { readEnd, type ReportedEnd, type ToldStatus } from "./exit_status.ts";
import { type InterpreterStack, whereOf } from "./interpreter_stack.ts";
import { answerSecret } from "./secret_reading.ts";
import type { Interpreter } from "./interpreter.ts";
import type { TerminalWatch } from "./readers/terminal_watch.ts";
import type { Typist } from "./typist.ts";
import {
  ENDS_AT_PROMPT,
  PRINTS_ELSEWHERE,
  refusedLine,
  refusedPassword,
  UNTOLD_START,
} from "./shell_errors.ts";

/** The rest of the output of `exec > >(tee log)` arrives within this time. */
const PIPE_QUIET_MS = 50;

/** The shell's prompt is no output (ECMA-48 EL). */
const ERASE_LINE = "\r\x1b[K";

/** The parts of a shell that {@link CommandEnds} works with. */
export interface CommandEndsOptions {
  readonly clock: Clock;
  readonly stack: InterpreterStack;
  readonly between: BetweenCommands;
  readonly watch: TerminalWatch;
  readonly typist: Typist;
  /** Takes text that another program printed into a marker. */
  readonly onText: (text: string) => void;
  readonly onFinished: () => void;
}

/**
 * Where commands begin and end, by markers C, D and P.
 *
 * A marker counts in its turn only, and with the id of the command that was typed: what prints an
 * older one again, or the line that was typed, ends nothing.
 */
export class CommandEnds implements Disposable {
  readonly #options: CommandEndsOptions;
  /** The end of a command whose output goes through a pipe. */
  #pending:
    | { readonly interpreter: Interpreter; readonly exit: ToldStatus; readonly timer: Timer }
    | undefined;

  constructor(options: CommandEndsOptions) {
    this.#options = options;
  }

  /** Marker C, which also asks for a secret; returns what the caller typed before it. */
  onBegun(interpreter: Interpreter, id: string): readonly string[] {
    const { run } = interpreter.state;
    if (id !== run?.id && answerSecret(interpreter, id, this.#options.typist)) return [];
    if (run?.id !== id || !interpreter.dispatch({ kind: "begun" })) return [];
    this.#options.between.settle(id);
    return run.takeTyped();
  }

  /** Marker D. */
  onDone(interpreter: Interpreter, fields: string): void {
    const { run } = interpreter.state;
    const reported = readEnd("D", fields, interpreter.state.identity?.shellKind);
    const { id, status, terminal, intruded } = reported;
    // Without a status it is the frame as it was typed, which something printed again.
    if (run?.id !== id || status.exitStatus === null || this.#pending !== undefined) return;
    if (intruded !== "") this.#options.onText(intruded);
    this.#options.stack.leaveAbove(interpreter, status);
    const remark = interpreter.isBegun ? undefined : this.#giveUpStart(interpreter, UNTOLD_START);
    const { flags, piped } = reported;
    if (!interpreter.dispatch({ kind: "done", terminal, flags, piped })) return;
    if (piped) this.#finishLater(interpreter, status);
    else this.finish(interpreter, status, remark);
  }

  /** Marker P. */
  onPrompt(interpreter: Interpreter, fields: string): void {
    const reported = readEnd("P", fields, interpreter.state.identity?.shellKind);
    const { status, flags, terminal, intruded } = reported;
    const { stack, between, onText } = this.#options;
    if (intruded !== "") onText(intruded);
    // The prompt as it is written, not as it is shown: the command printed its variables, or the
    // shell expands none: posh, for which there is better, or a small ash, for which there is not.
    if (status.exitStatus === null) {
      if (interpreter.state.fallbacks === 0) interpreter.dispatch({ kind: "prompt-unexpanded" });
      return;
    }
    if (
      interpreter.state.run !== undefined &&
      !this.#isOwnPrompt(interpreter, interpreter.state.run, reported)
    ) return;
    if (interpreter.state.phase.kind === "clearing") between.settleSpoilt();
    const isUntold = interpreter.state.run !== undefined && !interpreter.isBegun &&
      interpreter.state.sink !== "";
    const wasInside = stack.top !== interpreter;
    stack.leaveAbove(interpreter, status);
    // Without an id its variables are gone, and set-up is typed again.
    const isForgetful = interpreter.state.run !== undefined && reported.id === "";
    interpreter.dispatch({
      ...{ kind: "prompt", status, flags },
      terminal: isForgetful ? "raw" : terminal,
    });
    if (wasInside) interpreter.dispatch({ kind: "prompt-stood" });
    if (interpreter.state.phase.kind === "doubtful" || this.#pending !== undefined) return;
    if (isUntold) interpreter.dispatch({ kind: "ends-at-prompt" });
    if (interpreter.state.run === undefined) return;
    this.finish(
      interpreter,
      status,
      isUntold ? this.#giveUpStart(interpreter, ENDS_AT_PROMPT) : undefined,
    );
  }

  /**
   * A line editor begins behind our prompt, as busybox ash's does where an interrupted command has left
   * the echo on: set-up is typed again before the next command.
   */
  onLineEditor(interpreter: Interpreter): void {
    const { promptStatus: status, flags } = interpreter.state;
    interpreter.dispatch({ kind: "prompt", terminal: "raw", status, flags });
  }

  /** The shell prompts, by a prompt that tells nothing, behind a typed interrupt. */
  onInterrupted(interpreter: Interpreter): void {
    const { run, flags, mayBePiped } = interpreter.state;
    run?.read(ERASE_LINE);
    interpreter.dispatch({ kind: "done", terminal: "cooked", flags, piped: mayBePiped });
    this.finish(interpreter, { exitStatus: 130, exitSignal: "INT" });
  }

  /** Text of a command that reported its end already; true when it is that. */
  readPiped(text: string): boolean {
    const pending = this.#pending;
    if (pending === undefined) return false;
    pending.interpreter.state.run?.read(text);
    pending.timer[Symbol.dispose]();
    this.#pending = { ...pending, timer: this.#afterPipe() };
    return true;
  }

  /** The interpreter's command ended. */
  finish(interpreter: Interpreter, status: ToldStatus, remark?: string): void {
    const { run } = interpreter.state;
    const told = remark ?? (interpreter.state.printsElsewhere ? PRINTS_ELSEWHERE : undefined);
    const noted = this.#options.between.takeNote(told);
    if (noted.note !== told) interpreter.dispatch({ kind: "printed-between" });
    interpreter.dispatch({ kind: "command-left", status: status.exitStatus ?? 0 });
    if (run?.failure !== undefined) run.fail(run.failure, "error");
    else if (run?.password === "refused") run.fail(refusedPassword(), "lost");
    else run?.exit({ ...status, ...whereOf(interpreter), ...noted });
    this.#options.onFinished();
  }

  [Symbol.dispose](): void {
    this.#pending?.timer[Symbol.dispose]();
  }

  #finishLater(interpreter: Interpreter, exit: ToldStatus): void {
    this.#pending = { interpreter, exit, timer: this.#afterPipe() };
  }

  #afterPipe(): Timer {
    return this.#options.clock.after(PIPE_QUIET_MS, () => {
      const pending = this.#pending;
      this.#pending = undefined;
      if (pending?.interpreter.state.run !== undefined) {
        this.finish(pending.interpreter, pending.exit);
      }
    });
  }

  /** The command ended and its start was not reported. */
  #giveUpStart(interpreter: Interpreter, remark: string): string {
    interpreter.state.run?.read(this.#options.between.giveUp(interpreter.state.run.id));
    return remark;
  }

  /** Whether the prompt ends the command: one of an earlier line does not, nor another shell's. */
  #isOwnPrompt(interpreter: Interpreter, run: CommandRun, { id, pid }: ReportedEnd): boolean {
    const isItself = pid === interpreter.state.identity?.pid;
    // The command has unset our variables.
    if (id === "" && isItself && interpreter.isBegun) return true;
    if ((id === "" || (pid !== "" && !isItself)) && interpreter.isBegun) {
      // The prompt was exported, and a shell inside this one, or in its place, shows it.
      if (this.#options.stack.top === interpreter) run.ask({ kind: "shell", text: run.cursorLine });
      return false;
    }
    if (id === run.id) return true;
    interpreter.dispatch({ kind: "earlier-prompt" });
    this.#failUnread(interpreter);
    return false;
  }

  /**
   * The shell has not told the start of its command: it may have refused the line, or a process that
   * an earlier command left behind has read it. A shell that is seen to read twice, or prompted, is
   * asked by an empty line; where that was taken, too, the line is lost. False when nothing changed.
   */
  async look(interpreter: Interpreter, quietMs: number): Promise<boolean> {
    const { phase, run } = interpreter.state;
    if (run === undefined || phase.kind !== "running" || phase.begun) return false;
    const isSeen = phase.refusal === "suspected" || await this.#seesReading(run, quietMs);
    if (!isSeen || interpreter.state.phase !== phase) return true;
    if (!interpreter.dispatch({ kind: "seen-reading" })) {
      interpreter.dispatch({ kind: "enter-typed" });
      // Under settings such as INLCR no line ends, and the settings must be others before one is typed.
      await this.#options.watch.makeSane();
      this.#options.typist.enterAlone();
    }
    this.#failUnread(interpreter);
    return true;
  }

  /** Whether the host shows the shell reading, and the cursor's line is empty. */
  async #seesReading(run: CommandRun, quietMs: number): Promise<boolean> {
    const { between, watch } = this.#options;
    run.setLook("looking");
    const isReading = between.holdsNoLine && await watch.isShellReading();
    if (run.isLooking) run.setUnread(quietMs);
    return isReading && between.holdsNoLine;
  }

  /** The interpreter is ready again, and never began the command that was typed. */
  #failUnread(interpreter: Interpreter): void {
    const { run } = interpreter.state;
    if (run === undefined || interpreter.state.phase.kind !== "ready") return;
    interpreter.dispatch({ kind: "command-left" });
    run.fail(refusedLine(), "error");
  }
}
