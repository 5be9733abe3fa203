import type { Clock, Timer } from "../../clock.ts";
import type { BetweenCommands } from "./between_commands.ts";
import type { Run } from "./command_run.ts";
import { readEnd, type ReportedEnd, type ToldStatus } from "./exit_status.ts";
import { type Levels, whereOf } from "./interpreters.ts";
import { answerSecret } from "./secret_reading.ts";
import type { Level } from "./level.ts";
import type { TerminalWatch } from "./readers/terminal_watch.ts";
import type { Typist } from "./typist.ts";
import { ENDS_AT_PROMPT, refusedLine, refusedPassword, UNTOLD_START } from "./shell_errors.ts";

/** What still comes out of `exec > >(tee log)` comes within that. */
const PIPE_QUIET_MS = 50;

/** What {@link CommandEnds} works on. */
export interface CommandEndsOptions {
  readonly clock: Clock;
  readonly levels: Levels;
  readonly between: BetweenCommands;
  readonly watch: TerminalWatch;
  readonly typist: Typist;
  /** What another program printed into a marker. */
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
  #pending: { readonly level: Level; readonly exit: ToldStatus; readonly timer: Timer } | undefined;

  constructor(options: CommandEndsOptions) {
    this.#options = options;
  }

  /** Marker C, which also asks for a secret; returns what the caller typed before it. */
  onBegun(level: Level, id: string): readonly string[] {
    const { run } = level;
    if (answerSecret(level, id, this.#options.typist)) return [];
    if (run?.id !== id || !level.dispatch({ kind: "begun" })) return [];
    this.#options.between.settle(id);
    return run.takeTyped();
  }

  /** Marker D. */
  onDone(level: Level, fields: string): void {
    const { run } = level;
    const reported = readEnd("D", fields, level.identity?.shellKind);
    const { id, status, terminal, intruded } = reported;
    // Without a status it is the frame as it was typed, which something printed again.
    if (run?.id !== id || status.exitStatus === null || this.#pending !== undefined) return;
    if (intruded !== "") this.#options.onText(intruded);
    this.#options.levels.leaveAbove(level, status);
    level.flags = reported.flags;
    const remark = level.isBegun ? undefined : this.#giveUpStart(level, UNTOLD_START);
    if (!level.dispatch({ kind: "done", terminal })) return;
    if (reported.piped) this.#finishLater(level, status);
    else this.finish(level, status, remark);
  }

  /** Marker P. */
  onPrompt(level: Level, fields: string): void {
    const reported = readEnd("P", fields, level.identity?.shellKind);
    const { status, flags, terminal, intruded } = reported;
    const { levels, between, onText } = this.#options;
    if (intruded !== "") onText(intruded);
    // The prompt as it is written, not as it is shown: the command printed its variables, or the
    // shell expands none: posh, for which there is better, or a small ash, for which there is not.
    if (status.exitStatus === null) {
      if (level.fallbacks === 0) level.dispatch({ kind: "prompt-unexpanded" });
      return;
    }
    if (level.run !== undefined && !this.#isOwnPrompt(level, level.run, reported)) return;
    if (level.phase.kind === "clearing") between.settleSpoilt();
    const isUntold = level.run !== undefined && !level.isBegun && level.sink !== "";
    const wasInside = levels.top !== level;
    levels.leaveAbove(level, status);
    level.tellPrompt(status, flags);
    level.dispatch({ kind: "prompt", terminal });
    if (wasInside) level.dispatch({ kind: "prompt-stood" });
    if (level.phase.kind === "doubtful" || this.#pending !== undefined) return;
    level.endsAtPrompt ||= isUntold;
    if (level.run === undefined) return;
    this.finish(level, status, isUntold ? this.#giveUpStart(level, ENDS_AT_PROMPT) : undefined);
  }

  /** Text of a command that reported its end already; true when it is that. */
  readPiped(text: string): boolean {
    const pending = this.#pending;
    if (pending === undefined) return false;
    pending.level.run?.read(text);
    pending.timer[Symbol.dispose]();
    this.#pending = { ...pending, timer: this.#afterPipe() };
    return true;
  }

  /** The level's command ended. */
  finish(level: Level, status: ToldStatus, remark?: string): void {
    const { run } = level;
    level.run = undefined;
    level.status = status.exitStatus ?? 0;
    if (run?.failure !== undefined) run.fail(run.failure, "error");
    else if (run?.password === "refused") run.fail(refusedPassword(), "lost");
    else run?.exit({ ...status, ...whereOf(level), ...this.#options.between.takeNote(remark) });
    this.#options.onFinished();
  }

  [Symbol.dispose](): void {
    this.#pending?.timer[Symbol.dispose]();
  }

  #finishLater(level: Level, exit: ToldStatus): void {
    this.#pending = { level, exit, timer: this.#afterPipe() };
  }

  #afterPipe(): Timer {
    return this.#options.clock.after(PIPE_QUIET_MS, () => {
      const pending = this.#pending;
      this.#pending = undefined;
      if (pending?.level.run !== undefined) {
        this.finish(pending.level, pending.exit);
      }
    });
  }

  /** The command ended and its start was not reported. */
  #giveUpStart(level: Level, remark: string): string {
    level.run?.read(this.#options.between.giveUp(level.run.id));
    return remark;
  }

  /** Whether the prompt ends the command: one of an earlier line does not, nor another shell's. */
  #isOwnPrompt(level: Level, run: Run, { id, pid }: ReportedEnd): boolean {
    const isOther = id === "" || (pid !== "" && pid !== level.identity?.pid);
    if (isOther && level.isBegun) {
      // The prompt was exported, and a shell inside this one, or in its place, shows it.
      if (this.#options.levels.top === level) run.ask({ kind: "shell", text: run.cursorLine });
      return false;
    }
    if (id === run.id) return true;
    level.dispatch({ kind: "earlier-prompt" });
    this.#failUnread(level);
    return false;
  }

  /**
   * The shell has not told the start of its command: it may have refused the line, or a process that
   * an earlier command left behind has read it. A shell that is seen to read twice, or prompted, is
   * asked by an empty line; where that was taken, too, the line is lost. False when nothing changed.
   */
  async look(level: Level, quietMs: number): Promise<boolean> {
    const { phase, run } = level;
    if (run === undefined || phase.kind !== "running" || phase.begun) return false;
    const isSeen = phase.refusal === "suspected" || await this.#seesReading(run, quietMs);
    if (!isSeen || level.phase !== phase) return true;
    if (!level.dispatch({ kind: "seen-reading" })) {
      level.dispatch({ kind: "enter-typed" });
      this.#options.typist.enter();
    }
    this.#failUnread(level);
    return true;
  }

  /** Whether the host shows the shell reading, and the cursor's line is empty. */
  async #seesReading(run: Run, quietMs: number): Promise<boolean> {
    const { between, watch } = this.#options;
    run.setLook("looking");
    const isReading = between.holdsNoLine && await watch.isShellReading();
    if (run.isLooking) run.setUnread(quietMs);
    return isReading && between.holdsNoLine;
  }

  /** The level is ready again, and never began the command that was typed. */
  #failUnread(level: Level): void {
    const { run } = level;
    if (run === undefined || level.phase.kind !== "ready") return;
    level.run = undefined;
    run.fail(refusedLine(), "error");
  }
}
