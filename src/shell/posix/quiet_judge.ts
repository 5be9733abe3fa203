import type { BetweenCommands } from "./between_commands.ts";
import type { CommandEnds } from "./command_ends.ts";
import type { Interpreter } from "./interpreter.ts";
import type { InterpreterStack } from "./interpreter_stack.ts";
import { promptWhenOverdue } from "./interpreter_state.ts";
import type { NextCommand } from "./next_command.ts";
import type { QuestionFinder } from "./readers/question_finder.ts";
import type { TerminalWatch } from "./readers/terminal_watch.ts";
import type { ShellFinder } from "./start_up/shell_finder.ts";

/** The parts of a shell that a {@link QuietJudge} works with. */
export interface QuietJudgeOptions {
  readonly stack: InterpreterStack;
  readonly watch: TerminalWatch;
  readonly between: BetweenCommands;
  readonly ends: CommandEnds;
  readonly finder: ShellFinder;
  readonly questions: QuestionFinder;
  readonly next: NextCommand;
  /** The next silence means something else. */
  readonly onJudged: () => void;
}

/** Decides the meaning of a silence by the phase of the interpreter that is silent. */
export class QuietJudge {
  readonly #options: QuietJudgeOptions;

  constructor(options: QuietJudgeOptions) {
    this.#options = options;
  }

  /** The far end has been silent for as long as {@link patienceFor} waits. */
  judge(quietForMs: number): void {
    const { stack, finder, next } = this.#options;
    const interpreter = stack.top;
    switch (interpreter.state.phase.kind) {
      case "starting":
        return finder.onQuietStart(interpreter, next.waiting);
      case "probing":
        return next.refuse(finder.onQuietProbe(interpreter, next.waiting));
      case "preparing":
        return next.refuse(finder.onQuietSetUp(interpreter));
      case "settling":
        return this.#onNoPrompt(interpreter);
      case "doubtful":
        return void this.#judgePrompt(interpreter);
      case "running":
        return void this.#onQuietCommand(interpreter, quietForMs);
    }
  }

  #onNoPrompt(interpreter: Interpreter): void {
    const { between, next } = this.#options;
    // Another prompt came in place of the one that was set.
    const { line } = between;
    if (promptWhenOverdue(interpreter.state) === "expected") between.forgetPrompt();
    interpreter.dispatch({ kind: "prompt-overdue", line });
    next.advance();
  }

  /** A prompt without an end before it is the shell's own, unless a command still runs. */
  async #judgePrompt(interpreter: Interpreter): Promise<void> {
    const { watch, ends, next } = this.#options;
    interpreter.dispatch({ kind: "host-asked" });
    const { phase } = interpreter.state;
    const isRunning = await watch.hasForegroundJob(interpreter);
    if (isRunning || interpreter.state.phase !== phase) return;
    interpreter.dispatch({ kind: "prompt-stood" });
    ends.finish(interpreter, interpreter.state.promptStatus);
    next.advance();
  }

  async #onQuietCommand(interpreter: Interpreter, quietForMs: number): Promise<void> {
    const { questions, ends, next, onJudged } = this.#options;
    if (await this.#isAtOwnPrompt(interpreter)) return ends.onInterrupted(interpreter);
    const judge = interpreter.isBegun ? questions : ends;
    if (!await judge.look(interpreter, quietForMs)) return;
    next.advance();
    onJudged();
  }

  /** Under a readonly PS1 nothing but that prompt, and who reads behind it, tells of an interrupt. */
  async #isAtOwnPrompt(interpreter: Interpreter): Promise<boolean> {
    const { stack, watch } = this.#options;
    const { run, ownPrompt } = interpreter.state;
    const stands = (): boolean => interpreter.state.run === run && run?.cursorLine === ownPrompt;
    if (!run?.isInterrupted || !ownPrompt?.trim() || !stands()) return false;
    if (interpreter !== stack.loginShell || stack.top !== interpreter) return false;
    return await watch.isShellReading() && stands();
  }
}
