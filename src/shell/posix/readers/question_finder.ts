import type { Screen } from "../../../terminal/screen.ts";
import { suspectOn } from "../../question.ts";
import type { CommandRun } from "../command_run.ts";
import type { InterpreterStack } from "../interpreter_stack.ts";
import type { Interpreter } from "../interpreter.ts";
import { judgeLine } from "./line_judgement.ts";
import type { ShellFinder } from "../start_up/shell_finder.ts";
import type { TerminalWatch } from "./terminal_watch.ts";

/** The parts of a shell that a {@link QuestionFinder} works with. */
export interface QuestionFinderOptions {
  readonly screen: Screen;
  readonly stack: InterpreterStack;
  readonly watch: TerminalWatch;
  readonly finder: ShellFinder;
}

/** `changed`: somebody else reads, or nobody waits, by now. */
export type Adoption = "adopted" | "no-shell" | "changed";

/** Finds out what a command that went quiet asks: the look of its line suspects, the host decides. */
export class QuestionFinder {
  readonly #options: QuestionFinderOptions;
  #isAdopting = false;

  constructor(options: QuestionFinderOptions) {
    this.#options = options;
  }

  /** Takes what a command prints. What a full-screen program draws says that it is at rest no more. */
  read(run: CommandRun | undefined, text: string): void {
    run?.read(text);
    if (this.#options.screen.fullScreen || run?.question?.kind === "screen") run?.withdraw();
  }

  /** Keys have reached the command; true where its screen is to be judged anew. */
  onKeys(run: CommandRun | undefined): boolean {
    if (!this.#options.screen.fullScreen || run?.state !== "started") return false;
    run.withdraw();
    run.setLook("none");
    return true;
  }

  /** Judges the line of a command that has been quiet for so long; false when it cannot be now. */
  async look({ state: { run } }: Interpreter, quietMs: number): Promise<boolean> {
    if (run === undefined || run.isLooking || run.look === "judged") return false;
    const isLast = run.look === "unproven";
    const { screen: terminal, watch } = this.#options;
    run.setLook("looking");
    const question = await suspectOn(terminal, run.cursorLine);
    const screen = terminal.fullScreen ? "alternate" : "primary";
    if (!run.isLooking) return false;
    const reader = await watch.reader();
    // More was printed, or the command ended, meanwhile.
    if (!run.isLooking || run.state === "over") return false;
    const judgement = judgeLine({ reader, question, run, screen });
    if (judgement.kind === "ask" || (judgement.kind === "unproven" && isLast)) {
      run.setLook("judged");
      run.suspect(judgement.question);
    } else if (judgement.kind === "unproven") run.setLook("unproven");
    else run.setUnread(quietMs);
    return true;
  }

  /**
   * Makes the shell that a command asks at the one that reads what is typed. The reader may have
   * changed since it was found, so it is looked at once more.
   */
  async adopt(interpreter: Interpreter, isWaitedFor: () => boolean): Promise<Adoption> {
    const { stack, watch, finder } = this.#options;
    const { run } = interpreter.state;
    if (this.#isAdopting || run?.question === undefined) return "adopted";
    this.#isAdopting = true;
    const { question } = run;
    const reader = await watch.reader();
    this.#isAdopting = false;
    if (interpreter !== stack.top || run.question !== question || !isWaitedFor()) return "changed";
    const judgement = judgeLine({ reader, question, run, screen: "primary" });
    if (reader.kind === "shell") {
      watch.adopted(finder.adopt("proven"), reader.process);
      return "adopted";
    }
    if (judgement.kind !== "none" && judgement.question.kind === "shell") {
      finder.adopt("guessed");
      return "adopted";
    }
    if (judgement.kind === "ask") run.ask(judgement.question);
    else run.withdraw();
    return "no-shell";
  }
}
