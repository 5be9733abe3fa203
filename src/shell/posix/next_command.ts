import type { Clock } from "../../clock.ts";
import type { CommandRun } from "./command_run.ts";
import type { Interpreter } from "./interpreter.ts";
import type { InterpreterStack } from "./interpreter_stack.ts";
import type { QuestionFinder } from "./readers/question_finder.ts";
import type { TerminalWatch } from "./readers/terminal_watch.ts";
import { busyShell, notAShell } from "./shell_errors.ts";
import type { ShellFinder } from "./start_up/shell_finder.ts";
import type { Typist } from "./typist.ts";

/** The parts of a shell that a {@link NextCommand} works with. */
export interface NextCommandOptions {
  readonly clock: Clock;
  readonly stack: InterpreterStack;
  readonly watch: TerminalWatch;
  readonly typist: Typist;
  readonly finder: ShellFinder;
  readonly questions: QuestionFinder;
  /** The shell will not report the start of its command: it counts as begun. */
  readonly onBegun: (interpreter: Interpreter, id: string) => void;
  /** Another interpreter may read what is typed by now. */
  readonly onAdopted: () => void;
}

/** The command that waits for the shell to be ready, and how it gets there. */
export class NextCommand {
  readonly #options: NextCommandOptions;
  #waiting: CommandRun | undefined;

  constructor(options: NextCommandOptions) {
    this.#options = options;
  }

  get waiting(): CommandRun | undefined {
    return this.#waiting;
  }

  /** @throws {ShellBusyError} While another command waits or runs. */
  accept(run: CommandRun): void {
    const { isBusy, state } = this.#options.stack.top;
    if (this.#waiting !== undefined || isBusy) {
      throw busyShell(state.run?.command ?? this.#waiting?.command);
    }
    this.#waiting = run;
    this.advance();
  }

  /** A command that still waits is given up by its caller; with a cause, it fails. */
  leave(run: CommandRun, cause?: unknown): void {
    if (this.#waiting !== run) return;
    this.refuse(cause);
    this.#waiting = undefined;
  }

  /** The waiting command fails, if there is a cause. */
  refuse(cause: unknown): void {
    if (cause === undefined) return;
    this.#waiting?.events.fail(cause);
    this.#waiting = undefined;
  }

  /** Does what the top interpreter's phase and the waiting command call for. */
  advance(): void {
    const [interpreter, waiting] = [this.#options.stack.top, this.#waiting];
    const { finder } = this.#options;
    const { kind } = interpreter.state.phase;
    if (kind === "foreign") this.refuse(finder.replaceForeign(interpreter));
    else if (waiting === undefined) return;
    else if (kind === "ready") {
      this.refuse(interpreter.refusal(waiting) ?? this.#beginCleared(interpreter, waiting));
    } else if (kind === "unprepared") finder.prepareAgain(interpreter);
    else if (kind === "running" && interpreter.asksAtShell) void this.#adopt(interpreter);
  }

  async #adopt(interpreter: Interpreter): Promise<void> {
    const { questions, onAdopted } = this.#options;
    const outcome = await questions.adopt(interpreter, () => this.#waiting !== undefined);
    if (outcome === "changed") return this.advance();
    if (outcome === "no-shell") this.refuse(notAShell(interpreter.state.run?.command));
    onAdopted();
  }

  /** Input that a program left unread must not become the start of our next line. */
  #beginCleared(interpreter: Interpreter, run: CommandRun): void {
    const { typist } = this.#options;
    if (typist.leftover === "none" || !interpreter.refusesSpoilt) {
      return this.#begin(interpreter, run);
    }
    typist.spoilLeftover();
    interpreter.dispatch({ kind: "leftover-spoilt" });
  }

  #begin(interpreter: Interpreter, run: CommandRun): void {
    const { clock, watch, typist, onBegun } = this.#options;
    this.#waiting = undefined;
    run.start({
      clock,
      look: () => watch.passwordLook(),
      type: (data) => typist.write(data),
    });
    typist.line(interpreter.frame(run));
    interpreter.dispatch({ kind: "command-typed", run });
    // Only the prompt will report something: what comes is the command's.
    if (interpreter.state.endsAtPrompt) onBegun(interpreter, run.id);
  }
}
