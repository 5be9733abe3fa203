import type { Clock } from "../../clock.ts";
import type { SshError } from "../../errors.ts";
import { type MarkerPiece, type Piece, readPieces } from "../../terminal/markers.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import type { Channel } from "../../transport/transport.ts";
import { BetweenCommands } from "./between_commands.ts";
import { CommandEnds } from "./command_ends.ts";
import type { Interpreter } from "./interpreter.ts";
import { NextCommand } from "./next_command.ts";
import { QuietJudge } from "./quiet_judge.ts";
import { InterpreterStack } from "./interpreter_stack.ts";
import { QuietTimer } from "./quiet_timer.ts";
import { QuestionFinder } from "./readers/question_finder.ts";
import type { HostInquiry } from "./readers/reader_verdict.ts";
import { TerminalAnswers } from "./readers/terminal_answers.ts";
import { TerminalWatch } from "./readers/terminal_watch.ts";
import { CommandRun } from "./command_run.ts";
import type { CommandEvent, ExecuteOptions, Shell, ShellFacts } from "../shell.ts";
import * as errors from "./shell_errors.ts";
import { ShellFinder } from "./start_up/shell_finder.ts";
import { judgeEnd, type LastFacts } from "./shell_end.ts";
import { patienceFor, type QuietFacts } from "./patience.ts";
import { Typist } from "./typist.ts";

/** The means of a {@link PosixShell}. */
export interface PosixShellOptions extends HostInquiry {
  readonly clock: Clock;
  readonly columns: number;
  readonly rows: number;
  /** Why the connection is gone, once it is. */
  readonly fault?: () => SshError | undefined;
  /** A note for list_sessions about the way the shell was started. */
  readonly note?: () => string | undefined;
  /** Takes another shell, without start-up files, in place of a terminal inside the terminal. */
  readonly replace?: (() => void) | undefined;
}

/** DSR of ECMA-48: busybox ash's line editor asks behind its prompt where the cursor is. */
const CURSOR_QUERY = "\x1b[6n";

/**
 * The login shell of a Unix host on one pty, and whatever shells run inside it.
 *
 * Each command is framed by markers that the shell itself prints, so its end and its status are told,
 * not guessed. The shells that were started inside another (`bash`, `sudo -i`, `ssh inner`) are
 * adopted by the next command and left by `exit`.
 */
export class PosixShell implements Shell {
  readonly ended: Promise<SshError | undefined>;
  readonly #options: PosixShellOptions;
  readonly #channel: Channel;
  readonly #answers: TerminalAnswers;
  readonly #typist: Typist;
  readonly #quiet: QuietTimer;
  readonly #stack = new InterpreterStack();
  readonly #between = new BetweenCommands();
  readonly #finder: ShellFinder;
  readonly #ends: CommandEnds;
  readonly #watch: TerminalWatch;
  readonly #questions: QuestionFinder;
  readonly #next: NextCommand;
  readonly #judge: QuietJudge;
  #closing: "asked" | "unasked" = "unasked";
  /** Why the login shell went before its first prompt. */
  #refusal: SshError | undefined;

  constructor(channel: Channel, options: PosixShellOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#typist = new Typist(channel, () => this.#quiet.heard());
    const onJudged = (): void => this.#quiet.arm();
    this.#finder = new ShellFinder(this.#stack, this.#typist, { ...options, onJudged });
    this.#watch = new TerminalWatch(this.#stack, options);
    this.#answers = new TerminalAnswers(this.#watch, this.#typist, options);
    this.#questions = new QuestionFinder({
      ...{ screen: this.#answers.screen, stack: this.#stack },
      ...{ watch: this.#watch, finder: this.#finder },
    });
    this.#quiet = new QuietTimer({
      clock: options.clock,
      patience: () => patienceFor(this.#quietFacts()),
      onQuiet: () => this.#judge.judge(this.#quiet.quietForMs),
    });
    this.#ends = new CommandEnds({
      ...{ clock: options.clock, stack: this.#stack, between: this.#between },
      ...{ watch: this.#watch, typist: this.#typist },
      onText: (text) => this.#onText(text),
      onFinished: () => (this.#answers.leave(), this.#next.advance()),
    });
    this.#next = new NextCommand({
      ...{ clock: options.clock, stack: this.#stack, watch: this.#watch, typist: this.#typist },
      ...{ finder: this.#finder, questions: this.#questions },
      onBegun: (interpreter, id) => this.#onBegun(interpreter, id),
      onAdopted: () => this.#quiet.arm(),
    });
    this.#judge = new QuietJudge({
      ...{ stack: this.#stack, watch: this.#watch, between: this.#between, ends: this.#ends },
      ...{ finder: this.#finder, questions: this.#questions, next: this.#next },
      onJudged,
    });
    this.ended = this.#pump();
    this.#quiet.arm();
  }

  get facts(): ShellFacts {
    return this.#stack.facts(this.#finder.note ?? this.#options.note?.());
  }

  get applicationCursorKeys(): boolean {
    return this.#answers.screen.applicationCursorKeys;
  }

  get drawsScreen(): boolean {
    return this.#answers.screen.fullScreen;
  }

  get pids(): readonly (string | undefined)[] {
    return this.#stack.pids;
  }

  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    const run = new CommandRun(command, options);
    const { signal } = options;
    signal?.throwIfAborted();
    this.#accept(run);
    const onAbort = (): void => this.#next.leave(run, signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      yield* run.events;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      // Whoever leaves before it was typed leaves nothing that the next command waits for.
      this.#next.leave(run);
    }
  }

  async type(data: string): Promise<void> {
    const { top } = this.#stack;
    // A ^C before the shell told the command's start would be lost, or end a line of ours.
    if (top.isBeginning) return top.state.run?.keepTyped(data);
    this.#finder.startUp.onTyped();
    const run = top.state.run ?? this.#next.waiting;
    run?.onTyped(this.#answers.screen.fullScreen ? "" : data, top.echoAtStart);
    await this.#typist.typeForCaller(data);
  }

  keysArrived(): void {
    if (!this.#questions.onKeys(this.#stack.top.state.run)) return;
    this.#quiet.heard();
    this.#quiet.arm();
  }

  screen(): Promise<ScreenSnapshot> {
    return this.#answers.screen.snapshot();
  }

  readonly watch: NonNullable<Shell["watch"]> = (watcher) => this.#answers.screen.watch(watcher);

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = "asked";
    await this.#channel[Symbol.asyncDispose]();
  }

  #quietFacts(): QuietFacts {
    return {
      interpreter: this.#stack.top,
      nesting: this.#stack.depth > 0 ? "nested" : "login",
      startUp: this.#finder.startUp,
      waiting: this.#next.waiting,
      screen: this.#answers.screen.fullScreen ? "alternate" : "primary",
      quietForMs: this.#quiet.quietForMs,
      canAsk: this.#watch.canAsk,
    };
  }

  #accept(run: CommandRun): void {
    if (this.#stack.top.state.phase.kind === "ended") throw this.#refusal ?? errors.endedShell();
    this.#next.accept(run);
    this.#quiet.arm();
  }

  async #pump(): Promise<SshError | undefined> {
    try {
      const accepts = (nonce: string): boolean => this.#stack.owner(nonce) !== undefined;
      for await (const pieces of readPieces(this.#channel.output, accepts)) this.#read(pieces);
      return this.#end(await this.#channel.exit);
    } catch (thrown) {
      void this.#channel[Symbol.asyncDispose]();
      return this.#end({ thrown });
    } finally {
      this.#quiet[Symbol.dispose]();
      this.#ends[Symbol.dispose]();
      this.#answers[Symbol.dispose]();
    }
  }

  #read(pieces: readonly Piece[]): void {
    this.#quiet.heard();
    for (const piece of pieces) {
      if (piece.kind === "text") this.#onText(piece.text);
      else this.#onMarker(piece);
    }
    this.#quiet.arm();
  }

  #onText(text: string): void {
    const { phase, run } = this.#stack.top.state;
    // A shell's word on a line of ours that was spoilt is for nobody to see.
    if (phase.kind !== "clearing" && !this.#between.isRefusal(text)) {
      this.#answers.feed(text, phase.kind === "running" && phase.begun ? run : undefined);
    }
    switch (phase.kind) {
      case "running":
        return phase.begun ? this.#questions.read(run, text) : this.#between.hold(text);
      case "clearing":
        return this.#between.hold(text);
      case "doubtful":
        if (text === CURSOR_QUERY) return this.#ends.onLineEditor(this.#stack.top);
        this.#stack.top.dispatch({ kind: "printed" });
        return this.#questions.read(run, text);
      case "settling":
      case "ready":
        if (this.#ends.readPiped(text)) return;
        return this.#stack.top.repaints ? undefined : this.#between.write(text);
      case "starting":
      case "probing":
        this.#next.waiting?.withdraw();
        return this.#finder.read(text);
    }
  }

  #onMarker({ nonce, letter, fields }: MarkerPiece): void {
    const interpreter = this.#stack.owner(nonce);
    if (interpreter === undefined) return;
    switch (letter) {
      case "K":
      case "F":
        this.#finder.onAnswer(interpreter, letter, fields);
        break;
      case "C":
        this.#onBegun(interpreter, fields);
        break;
      case "D":
        this.#ends.onDone(interpreter, fields);
        break;
      case "P":
        this.#ends.onPrompt(interpreter, fields);
        break;
      case "Q":
        this.#finder.onCareful(interpreter);
        break;
      case "S":
        interpreter.state.run?.onPasswordPrompt();
        break;
      default:
        interpreter.report(letter, fields);
        // What was echoed while we made ourselves known is nothing to look at.
        if (letter === "R" && interpreter.state.cwd === undefined) this.#answers.screen.clear();
    }
    this.#next.advance();
  }

  #onBegun(interpreter: Interpreter, id: string): void {
    for (const data of this.#ends.onBegun(interpreter, id)) this.type(data).catch(() => {});
  }

  #end(end: LastFacts["end"]): SshError | undefined {
    const { kind } = this.#stack.loginShell.state.phase;
    const isLogin = kind === "starting" || kind === "probing";
    const { how, forWaiting } = judgeEnd({
      end,
      closing: this.#closing,
      fault: this.#options.fault?.(),
      startUpText: isLogin ? this.#finder.startUp.said : undefined,
    });
    if (isLogin) this.#refusal = forWaiting;
    this.#stack.end(how);
    this.#next.refuse(forWaiting);
    return how instanceof Error ? how : undefined;
  }
}
