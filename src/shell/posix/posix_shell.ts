import type { Clock } from "../../clock.ts";
import type { SshError } from "../../errors.ts";
import { type MarkerPiece, type Piece, readPieces } from "../../terminal/markers.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import type { Channel } from "../../transport/transport.ts";
import { BetweenCommands } from "./between_commands.ts";
import { CommandEnds } from "./command_ends.ts";
import type { Level } from "./level.ts";
import { Levels } from "./interpreters.ts";
import { QuietTimer } from "./quiet_timer.ts";
import { QuestionFinder } from "./readers/question_finder.ts";
import type { HostInquiry } from "./readers/reader_verdict.ts";
import { TerminalAnswers } from "./readers/terminal_answers.ts";
import { TerminalWatch } from "./readers/terminal_watch.ts";
import { Run } from "./command_run.ts";
import type { CommandEvent, ExecuteOptions, Shell, ShellFacts } from "../shell.ts";
import * as errors from "./shell_errors.ts";
import { ShellFinder } from "./start_up/shell_finder.ts";
import { judgeEnd, type LastFacts } from "./shell_end.ts";
import { patienceFor } from "./silence.ts";
import { Typist } from "./typist.ts";

/** What a {@link PosixShell} works on. */
export interface PosixShellOptions extends HostInquiry {
  readonly clock: Clock;
  readonly columns: number;
  readonly rows: number;
  /** Why the connection is gone, once it is. */
  readonly fault?: () => SshError | undefined;
  /** What list_sessions is to tell of how the shell was begun. */
  readonly note?: () => string | undefined;
  /** Takes another shell, without start-up files, in place of a terminal inside the terminal. */
  readonly replace?: (() => void) | undefined;
}

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
  readonly #levels = new Levels();
  readonly #between = new BetweenCommands();
  readonly #finder: ShellFinder;
  readonly #ends: CommandEnds;
  readonly #watch: TerminalWatch;
  readonly #questions: QuestionFinder;
  #waiting: Run | undefined;
  #closing: "asked" | "unasked" = "unasked";
  /** Why the login shell went before its first prompt. */
  #refusal: SshError | undefined;

  constructor(channel: Channel, options: PosixShellOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#typist = new Typist(channel, () => this.#quiet.heard());
    const onJudged = (): void => this.#quiet.arm();
    this.#finder = new ShellFinder(this.#levels, this.#typist, { ...options, onJudged });
    this.#watch = new TerminalWatch(this.#levels, options);
    this.#answers = new TerminalAnswers(this.#watch, this.#typist, options);
    this.#questions = new QuestionFinder({
      ...{ screen: this.#answers.screen, levels: this.#levels },
      ...{ watch: this.#watch, finder: this.#finder },
    });
    this.#quiet = new QuietTimer({
      clock: options.clock,
      patience: () =>
        patienceFor({
          level: this.#levels.top,
          nesting: this.#levels.depth > 0 ? "nested" : "login",
          login: this.#finder.login,
          waiting: this.#waiting,
          screen: this.#answers.screen.fullScreen ? "alternate" : "primary",
          quietForMs: this.#quiet.quietForMs,
          canAsk: this.#watch.canAsk,
        }),
      onQuiet: () => this.#onQuiet(),
    });
    this.#ends = new CommandEnds({
      ...{ clock: options.clock, levels: this.#levels, between: this.#between },
      ...{ watch: this.#watch, typist: this.#typist },
      onText: (text) => this.#onText(text),
      onFinished: () => (this.#answers.leave(), this.#advance()),
    });
    this.ended = this.#pump();
    this.#quiet.arm();
  }

  get facts(): ShellFacts {
    return this.#levels.facts(this.#finder.note ?? this.#options.note?.());
  }

  get applicationCursorKeys(): boolean {
    return this.#answers.screen.applicationCursorKeys;
  }

  get drawsScreen(): boolean {
    return this.#answers.screen.fullScreen;
  }

  get pids(): readonly (string | undefined)[] {
    return this.#levels.pids;
  }

  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    const run = new Run(command, options);
    const { signal } = options;
    signal?.throwIfAborted();
    this.#accept(run);
    const onAbort = (): void => void (this.#waiting === run && this.#refuse(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      yield* run.events;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      // Whoever leaves before it was typed leaves nothing that the next command waits for.
      if (this.#waiting === run) this.#waiting = undefined;
    }
  }

  async type(data: string): Promise<void> {
    const { top } = this.#levels;
    // A ^C before the shell told the command's start would be lost, or end a line of ours.
    if (top.isBeginning) return top.run?.keepTyped(data);
    this.#finder.login.onTyped();
    (top.run ?? this.#waiting)?.onTyped(this.#answers.screen.fullScreen ? "" : data);
    await this.#typist.typeForCaller(data);
  }

  keysArrived(): void {
    if (!this.#questions.onKeys(this.#levels.top.run)) return;
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

  #accept(run: Run): void {
    const { phase, run: current, isBusy } = this.#levels.top;
    if (phase.kind === "ended") throw this.#refusal ?? errors.endedShell();
    if (this.#waiting !== undefined || isBusy) {
      throw errors.busyShell(current?.command ?? this.#waiting?.command);
    }
    this.#waiting = run;
    this.#advance();
    this.#quiet.arm();
  }

  // ---- what arrives

  async #pump(): Promise<SshError | undefined> {
    try {
      const accepts = (nonce: string): boolean => this.#levels.owner(nonce) !== undefined;
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
    for (const piece of pieces) {
      if (piece.kind === "text") this.#onText(piece.text);
      else this.#onMarker(piece);
    }
    this.#quiet.arm();
  }

  #onText(text: string): void {
    this.#quiet.heard();
    const { phase, run } = this.#levels.top;
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
        this.#levels.top.dispatch({ kind: "printed" });
        return this.#questions.read(run, text);
      case "settling":
      case "ready":
        if (this.#ends.readPiped(text)) return;
        return this.#levels.top.repaints ? undefined : this.#between.write(text);
      case "starting":
      case "probing":
        this.#waiting?.withdraw();
        return this.#finder.read(text);
    }
  }

  #onMarker({ nonce, letter, fields }: MarkerPiece): void {
    const level = this.#levels.owner(nonce);
    if (level === undefined) return;
    this.#quiet.heard();
    switch (letter) {
      case "K":
      case "F":
        this.#finder.onAnswer(level, letter, fields);
        break;
      case "C":
        this.#onBegun(level, fields);
        break;
      case "D":
        this.#ends.onDone(level, fields);
        break;
      case "P":
        this.#ends.onPrompt(level, fields);
        break;
      case "Q":
        this.#finder.onCareful(level);
        break;
      case "S":
        level.run?.onPasswordPrompt();
        break;
      default:
        level.tell(letter, fields);
        // What was echoed while we made ourselves known is nothing to look at.
        if (letter === "R" && level.cwd === undefined) this.#answers.screen.clear();
    }
    this.#advance();
  }

  #onBegun(level: Level, id: string): void {
    for (const data of this.#ends.onBegun(level, id)) this.type(data).catch(() => {});
  }

  // ---- what is typed

  /** Does what the top level's phase and the waiting command call for. */
  #advance(): void {
    const [level, waiting] = [this.#levels.top, this.#waiting];
    if (level.phase.kind === "foreign") this.#refuse(this.#finder.replaceForeign(level));
    else if (waiting === undefined) return;
    else if (level.phase.kind === "ready") {
      this.#refuse(level.refusal(waiting) ?? this.#beginCleared(level, waiting));
    } else if (level.phase.kind === "unprepared") this.#finder.prepareAgain(level);
    else if (level.phase.kind === "running" && level.asksAtShell) void this.#adopt(level);
  }

  async #adopt(level: Level): Promise<void> {
    const outcome = await this.#questions.adopt(level, () => this.#waiting !== undefined);
    if (outcome === "changed") return this.#advance();
    if (outcome === "no-shell") this.#refuse(errors.notAShell(level.run?.command));
    this.#quiet.arm();
  }

  /** What a program left unread must not become the beginning of a line of ours. */
  #beginCleared(level: Level, run: Run): void {
    if (this.#typist.leftover === "none" || !level.refusesSpoilt) return this.#begin(level, run);
    this.#typist.spoilLeftover();
    level.dispatch({ kind: "leftover-spoilt" });
  }

  #begin(level: Level, run: Run): void {
    this.#waiting = undefined;
    level.run = run;
    run.start({
      clock: this.#options.clock,
      look: () => this.#watch.passwordLook(),
      type: (data) => this.#typist.write(data),
    });
    this.#typist.line(level.frame(run));
    level.dispatch({ kind: "command-typed" });
    // Only the prompt will report something: what comes is the command's.
    if (level.endsAtPrompt) this.#onBegun(level, run.id);
  }

  /** The waiting command is refused. */
  #refuse(cause: unknown): void {
    if (cause === undefined) return;
    this.#waiting?.events.fail(cause);
    this.#waiting = undefined;
  }

  // ---- what silence says

  #onQuiet(): void {
    const level = this.#levels.top;
    switch (level.phase.kind) {
      case "starting":
        return this.#finder.onQuietStart(level, this.#waiting);
      case "probing":
        return this.#refuse(this.#finder.onQuietProbe(level, this.#waiting));
      case "preparing":
        return this.#refuse(this.#finder.onQuietSetUp(level));
      case "settling":
        if (level.phase.after === "set-up") level.prompt = "silent";
        // What came in place of our prompt is another prompt.
        else if (level.prompt === "expected") this.#between.forget();
        level.dispatch({ kind: "prompt-overdue", prompt: level.prompt });
        return this.#advance();
      case "doubtful":
        return void this.#judgePrompt(level);
      case "running":
        return void this.#onQuietCommand(level);
    }
  }

  /** A prompt without an end before it is the shell's own, unless a command still runs. */
  async #judgePrompt(level: Level): Promise<void> {
    level.dispatch({ kind: "host-asked" });
    const { phase } = level;
    if (await this.#watch.hasForegroundJob(level) || level.phase !== phase) return;
    level.dispatch({ kind: "prompt-stood" });
    this.#ends.finish(level, level.promptStatus);
    this.#advance();
  }

  async #onQuietCommand(level: Level): Promise<void> {
    const judge = level.isBegun ? this.#questions : this.#ends;
    if (!await judge.look(level, this.#quiet.quietForMs)) return;
    this.#advance();
    this.#quiet.arm();
  }

  // ---- the end

  #end(end: LastFacts["end"]): SshError | undefined {
    const { kind } = this.#levels.login.phase;
    const isLogin = kind === "starting" || kind === "probing";
    const { how, forWaiting } = judgeEnd({
      end,
      closing: this.#closing,
      fault: this.#options.fault?.(),
      loginText: isLogin ? this.#finder.login.said : undefined,
    });
    if (isLogin) this.#refusal = forWaiting;
    this.#levels.end(how);
    this.#refuse(forWaiting);
    return how instanceof Error ? how : undefined;
  }
}
