import type { Clock, Timer } from "../clock.ts";
import { ChannelError, ConnectionLostError, ShellBusyError, type SshError } from "../errors.ts";
import { type MarkerPiece, MarkerScanner } from "../terminal/markers.ts";
import { PlainText } from "../terminal/plain_text.ts";
import { Screen, type ScreenSnapshot } from "../terminal/screen.ts";
import type { Channel, ChannelExit } from "../transport/transport.ts";
import {
  fallbackLine,
  identify,
  identifyFish,
  type Identity,
  nestedFallbackLine,
  probeLine,
} from "./dialects.ts";
import { channelStatus, readStatus, type ToldStatus } from "./exit_status.ts";
import { Level } from "./level.ts";
import { BetweenCommands } from "./between_commands.ts";
import { isLikelyPrompt, isSurePrompt, suspectQuestion } from "./question.ts";
import { Run } from "./run.ts";
import type { CommandEvent, ExecuteOptions, Shell, ShellFacts } from "./shell.ts";

/** What a {@link PosixShell} works on. */
export interface PosixShellOptions {
  readonly clock: Clock;
  readonly columns: number;
  readonly rows: number;
  /** Why the connection is gone, once it is. */
  readonly fault?: () => SshError | undefined;
}

/** A likely prompt must stand this long; an empty line may be a prompt of no characters. */
const LIKELY_PROMPT_MS = 40;
const LOGIN_QUESTION_MS = 400;
const NO_PROMPT_MS = 1_000;
/** After a shell was heard and said no more: error messages of a foreign parser are printed by then. */
const FOREIGN_MS = 300;
const PROMPT_OVERDUE_MS = 50;
const SILENT_SET_UP_MS = 3_000;
const FIRST_LOOK_MS = 150;
const MAX_PROBES = 4;

/** A line editor switched bracketed paste on: it waits for a line (xterm private mode 2004). */
const BRACKETED_PASTE = "\x1b[?2004h";

/**
 * The login shell of a Unix host on one pty, and whatever shells run inside it.
 *
 * Each command is framed by markers that the shell itself prints, so its end and its status are told,
 * not guessed. The shells that were started inside another (`bash`, `sudo -i`, `ssh inner`) are
 * adopted by the next command and left by `exit`.
 */
export class PosixShell implements Shell {
  readonly ended: Promise<SshError | undefined>;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #scanner = new MarkerScanner({ accepts: (nonce) => this.#levelOf(nonce) !== undefined });
  readonly #screen: Screen;
  readonly #levels: Level[] = [new Level({ kind: "starting" })];
  readonly #between = new BetweenCommands();
  #login = new PlainText();
  #loginText = "";
  #waiting: Run | undefined;
  #timer: Timer | undefined;
  #lastText = 0;
  #lineEditor: "seen" | "unseen" = "unseen";
  #typed: "nothing" | "by-caller" = "nothing";
  #note: string | undefined;
  #closing: "asked" | "unasked" = "unasked";
  readonly #fault: () => SshError | undefined;

  constructor(channel: Channel, options: PosixShellOptions) {
    this.#channel = channel;
    this.#clock = options.clock;
    this.#fault = options.fault ?? (() => undefined);
    this.#screen = new Screen({
      columns: options.columns,
      rows: options.rows,
      onReply: (reply) => void this.#write(reply),
    });
    this.#lastText = options.clock.now();
    this.ended = this.#pump();
    this.#watch();
  }

  get facts(): ShellFacts {
    const { identity, cwd } = this.#top;
    return {
      shellKind: identity?.shellKind ?? "starting",
      depth: this.#levels.length - 1,
      ...(cwd === undefined ? {} : { cwd }),
      ...(this.#note === undefined ? {} : { note: this.#note }),
    };
  }

  get applicationCursorKeys(): boolean {
    return this.#screen.applicationCursorKeys;
  }

  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    const run = new Run(command, options);
    options.signal?.throwIfAborted();
    this.#accept(run);
    const onAbort = (): void => this.#giveUp(run, options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      yield* run.events;
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  async type(data: string): Promise<void> {
    this.#typed = "by-caller";
    (this.#top.run ?? this.#waiting)?.withdraw();
    this.#lastText = this.#clock.now();
    await this.#write(data);
  }

  screen(): Promise<ScreenSnapshot> {
    return this.#screen.snapshot();
  }

  /** Process id of the login shell on the host, once it told; for signals by a second channel. */
  get pid(): string | undefined {
    return this.#levels[0]?.identity?.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = "asked";
    await this.#channel[Symbol.asyncDispose]();
  }

  get #top(): Level {
    return this.#levels.at(-1)!;
  }

  #levelOf(nonce: string): Level | undefined {
    return this.#levels.find((level) => level.nonce === nonce);
  }

  #accept(run: Run): void {
    const { phase, run: current } = this.#top;
    if (phase.kind === "ended") {
      throw new ConnectionLostError("The shell has ended", "Run it again");
    }
    if (this.#waiting !== undefined || isBusy(this.#top)) {
      throw new ShellBusyError(
        `The shell runs "${current?.command ?? this.#waiting?.command}"`,
        "Wait for it, or name another session",
      );
    }
    this.#waiting = run;
    this.#advance();
  }

  #giveUp(run: Run, reason: unknown): void {
    if (this.#waiting !== run) return;
    this.#waiting = undefined;
    run.events.fail(reason);
  }

  // ---- what arrives -------------------------------------------------------------------------

  async #pump(): Promise<SshError | undefined> {
    try {
      for await (const chunk of this.#channel.output) {
        this.#read(this.#decoder.decode(chunk, { stream: true }));
      }
    } finally {
      this.#timer?.[Symbol.dispose]();
    }
    for (const piece of this.#scanner.flush()) if (piece.kind === "text") this.#onText(piece.text);
    return this.#end(await this.#channel.exit);
  }

  #read(text: string): void {
    for (const piece of this.#scanner.feed(text)) {
      if (piece.kind === "text") this.#onText(piece.text);
      else this.#onMarker(piece);
    }
    this.#watch();
  }

  #onText(text: string): void {
    this.#lastText = this.#clock.now();
    this.#screen.feed(text);
    const { phase, run } = this.#top;
    switch (phase.kind) {
      case "running":
        if (phase.begun) run?.write(text);
        else this.#between.hold(text);
        return;
      case "settling":
      case "ready":
        if (!this.#top.repaints) this.#between.write(text);
        return;
      case "starting":
      case "probing":
        this.#onLoginText(text);
        return;
      default:
        return;
    }
  }

  #onLoginText(text: string): void {
    if (text.includes(BRACKETED_PASTE)) this.#lineEditor = "seen";
    this.#answerQueries(text);
    const taken = this.#login.write(text);
    this.#loginText = (this.#loginText + taken.text).slice(-4_096);
    this.#waiting?.withdraw();
  }

  /** A line editor that asks for the cursor or the terminal's kind waits for the answer. */
  #answerQueries(text: string): void {
    if (text.includes("\x1b[6n")) void this.#write("\x1b[1;1R");
    if (/\x1b\[0?c/.test(text)) void this.#write("\x1b[?62;22c");
  }

  #onMarker({ nonce, letter, fields }: MarkerPiece): void {
    const level = this.#levelOf(nonce);
    if (level === undefined) return;
    this.#lastText = this.#clock.now();
    switch (letter) {
      case "H":
        level.dispatch({ kind: "heard" });
        break;
      case "K":
      case "F":
        this.#onIdentity(level, letter === "K" ? identify(fields) : identifyFish(fields));
        break;
      case "R":
        level.sink = fields === "tty" ? " >/dev/tty" : "";
        level.dispatch({ kind: "prepared" });
        break;
      case "W":
        level.cwd = fields;
        break;
      case "C":
        this.#between.settle(nonce);
        level.dispatch({ kind: "begun" });
        break;
      case "D":
        this.#onDone(level, fields);
        break;
      case "P":
        this.#onPrompt(level, fields);
        break;
    }
    this.#advance();
  }

  #onIdentity(level: Level, identity: Identity | undefined): void {
    if (identity === undefined || level.phase.kind !== "probing") return;
    const below = this.#levels[this.#levels.indexOf(level) - 1];
    level.identity = identity;
    // The same process answers: `exec bash` put another shell in the place of the one we knew.
    if (below?.identity?.pid === identity.pid) {
      this.#levels.splice(this.#levels.indexOf(below), 1);
      below.run?.exit({ exitStatus: 0, exitSignal: null, note: "the shell was replaced by exec" });
    }
    level.dispatch({ kind: "identified" });
    void this.#type(level.dialect.setup(level.nonce));
  }

  #onDone(level: Level, fields: string): void {
    const [told = "", flags = ""] = fields.split(";");
    const status = readStatus(told, level.identity?.shellKind);
    this.#leaveAbove(level, status);
    level.flags = flags.trim();
    const terminal = isCooked(fields) ? "cooked" : "raw";
    if (level.dispatch({ kind: "done", terminal })) this.#finish(level, status);
  }

  #onPrompt(level: Level, fields: string): void {
    const { phase } = level;
    if (level.repaints && phase.kind === "running" && !phase.begun) return;
    const status = readStatus(fields.split(";")[0] ?? "", level.identity?.shellKind);
    this.#leaveAbove(level, status);
    const wasRunning = phase.kind === "running";
    level.prompt = "expected";
    level.dispatch({ kind: "prompt", terminal: isCooked(fields) ? "cooked" : "raw" });
    if (wasRunning) this.#finish(level, status);
  }

  /** The shells inside `level` are gone: it speaks again. */
  #leaveAbove(level: Level, status: ToldStatus): void {
    while (this.#top !== level) {
      const left = this.#levels.pop()!;
      left.phase = { kind: "ended" };
      left.run?.exit({ ...status, ...(level.cwd === undefined ? {} : { cwd: level.cwd }) });
    }
  }

  #finish(level: Level, status: ToldStatus): void {
    const { run } = level;
    level.run = undefined;
    level.status = status.exitStatus ?? 0;
    run?.exit({
      ...status,
      ...(level.cwd === undefined ? {} : { cwd: level.cwd }),
      ...this.#between.takeNote(),
    });
  }

  // ---- what is typed ------------------------------------------------------------------------

  /** Does what the top level's phase and the waiting command call for. */
  #advance(): void {
    const level = this.#top;
    switch (level.phase.kind) {
      case "foreign":
        return this.#typeFallback(level);
      case "ready":
        return this.#waiting === undefined ? undefined : this.#typeCommand(level, this.#waiting);
      case "unprepared":
        return this.#waiting === undefined ? undefined : this.#prepareAgain(level);
      case "running":
        return this.#waiting !== undefined && level.run?.question?.kind === "shell"
          ? this.#adopt()
          : undefined;
      default:
        return;
    }
  }

  #typeCommand(level: Level, run: Run): void {
    this.#waiting = undefined;
    level.run = run;
    level.dispatch({ kind: "command-typed" });
    run.start();
    const frame = level.dialect.frame({
      nonce: level.nonce,
      command: run.command,
      previousStatus: level.status,
      flags: level.flags,
      sink: level.sink,
      controlStyle: level.identity?.controlStyle ?? "printf",
      history: "record",
    });
    void this.#type(frame);
  }

  #prepareAgain(level: Level): void {
    const { phase } = level;
    const sane = phase.kind === "unprepared" && phase.terminal === "raw" ? " stty sane;" : "";
    level.dispatch({ kind: "set-up-typed" });
    void this.#type(sane + level.dialect.setup(level.nonce));
  }

  #adopt(): void {
    const level = new Level({ kind: "starting" });
    this.#levels.push(level);
    this.#lineEditor = "unseen";
    this.#probe(level);
  }

  #probe(level: Level): void {
    level.probes += 1;
    if (level.dispatch({ kind: "prompted" })) void this.#type(probeLine(level.nonce));
  }

  #typeFallback(level: Level): void {
    level.fallbacks += 1;
    this.#note =
      `the login shell is neither POSIX nor fish; commands run in a shell started from it`;
    level.dispatch({ kind: "replaced" });
    this.#login = new PlainText();
    this.#lineEditor = "unseen";
    void this.#type(level.fallbacks === 1 ? fallbackLine : nestedFallbackLine);
  }

  /** A line; what the caller typed and nothing read is killed first (VKILL, termios(3)). */
  #type(line: string): Promise<void> {
    const kill = this.#typed === "by-caller" ? "\x15" : "";
    this.#typed = "nothing";
    return this.#write(`${kill}${line}\n`);
  }

  async #write(data: string): Promise<void> {
    try {
      await this.#channel.write(this.#encoder.encode(data));
    } catch {
      // The channel is gone: its end tells the rest.
    }
  }

  // ---- what silence says --------------------------------------------------------------------

  /** Arms the timer for the next moment at which silence would mean something. */
  #watch(): void {
    const patience = this.#patience();
    // A running command's output must not pay for a new timer with each chunk.
    if (this.#timer !== undefined && this.#top.phase.kind === "running") return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (patience === undefined) return;
    const waited = this.#clock.now() - this.#lastText;
    this.#timer = this.#clock.after(Math.max(0, patience - waited), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = undefined;
    const patience = this.#patience();
    if (patience === undefined) return;
    if (this.#clock.now() - this.#lastText >= patience) this.#onQuiet();
    this.#watch();
  }

  /** Milliseconds of silence that mean something now; undefined when none do. */
  #patience(): number | undefined {
    const level = this.#top;
    switch (level.phase.kind) {
      case "starting":
        return this.#startingPatience();
      case "probing":
        return level.phase.heard ? FOREIGN_MS : this.#probingPatience();
      case "preparing":
        return SILENT_SET_UP_MS;
      case "settling":
        return PROMPT_OVERDUE_MS;
      case "running":
        return level.run?.question === undefined && level.phase.begun
          ? this.#runningPatience(level.run)
          : undefined;
      default:
        return undefined;
    }
  }

  #startingPatience(): number | undefined {
    const line = this.#login.cursorLine;
    if (this.#waiting?.question !== undefined) return undefined;
    if (this.#lineEditor === "seen" || isSurePrompt(line)) return 0;
    if (isLikelyPrompt(line) && suspectQuestion(line)?.question.kind === "shell") {
      return LIKELY_PROMPT_MS;
    }
    return suspectQuestion(line) !== undefined ? LOGIN_QUESTION_MS : NO_PROMPT_MS;
  }

  #probingPatience(): number | undefined {
    if (this.#levels.length > 1) return SILENT_SET_UP_MS;
    if (this.#top.probes >= MAX_PROBES || this.#waiting?.question !== undefined) return undefined;
    return this.#login.cursorLine.trim() === "" ? undefined : LOGIN_QUESTION_MS;
  }

  /** How long the command's cursor line must stand; the first look comes early and is cheap. */
  #runningPatience(run: Run | undefined): number | undefined {
    const waited = this.#clock.now() - this.#lastText;
    if (waited < FIRST_LOOK_MS) return FIRST_LOOK_MS;
    return suspectQuestion(run?.cursorLine ?? "")?.quietMs;
  }

  #onQuiet(): void {
    const level = this.#top;
    switch (level.phase.kind) {
      case "starting":
        return this.#onQuietLogin(level);
      case "probing":
        return this.#onQuietProbe(level);
      case "preparing":
        level.phase = { kind: "starting" };
        return this.#probe(level);
      case "settling":
        if (level.phase.after === "set-up") level.prompt = "silent";
        level.dispatch({ kind: "prompt-overdue", prompt: level.prompt });
        return this.#advance();
      case "running":
        return this.#onQuietCommand(level);
      default:
        return;
    }
  }

  #onQuietLogin(level: Level): void {
    const line = this.#login.cursorLine;
    const suspicion = suspectQuestion(line);
    const asks = suspicion !== undefined && suspicion.question.kind !== "shell" &&
      this.#lineEditor === "unseen" && !isSurePrompt(line);
    if (!asks) return this.#probe(level);
    this.#waiting?.ask(suspicion.question);
  }

  #onQuietProbe(level: Level): void {
    if (level.phase.kind === "probing" && level.phase.heard) {
      level.dispatch({ kind: "unidentified" });
      return this.#advance();
    }
    if (this.#levels.length > 1) return this.#abandonAdoption(level);
    // Something in the start-up files read the probe as its answer, and asks or prompts again.
    level.dispatch({ kind: "replaced" });
    this.#onQuietLogin(level);
  }

  #abandonAdoption(level: Level): void {
    this.#levels.splice(this.#levels.indexOf(level), 1);
    const run = this.#waiting;
    this.#waiting = undefined;
    run?.fail(
      new ShellBusyError(
        `"${this.#top.run?.command}" still runs, and what reads its input is not a shell that answers`,
        "Answer it with send_input, or interrupt it",
      ),
      "error",
    );
  }

  #onQuietCommand(level: Level): void {
    const suspicion = suspectQuestion(level.run?.cursorLine ?? "");
    if (suspicion === undefined) return;
    level.run?.ask(suspicion.question);
    this.#advance();
  }

  // ---- the end ------------------------------------------------------------------------------

  #end(exit: ChannelExit): SshError | undefined {
    const told = this.#closing === "asked" ? undefined : channelStatus(exit);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const cause = told === undefined ? this.#cause() : undefined;
    const isLogin = this.#levels[0]!.phase.kind === "starting" ||
      this.#levels[0]!.phase.kind === "probing";
    for (const level of this.#levels.splice(1).reverse().concat(this.#levels)) {
      level.dispatch({ kind: "ended" });
      if (told === undefined) level.run?.fail(cause!, "lost");
      else level.run?.exit({ ...told, note: SHELL_ENDED });
    }
    waiting?.fail(isLogin ? this.#refusedLogin(told) : cause ?? endedShell(), "error");
    return cause;
  }

  #cause(): SshError {
    if (this.#closing === "asked") {
      return new ConnectionLostError(
        "The session was closed while the command ran",
        "Check what the command did before running it again: it was not repeated",
      );
    }
    return this.#fault() ?? lostShell();
  }

  /** nologin(8), a ForceCommand that prints and ends, or start-up files that exit. */
  #refusedLogin(told: ToldStatus | undefined): SshError {
    const said = `${this.#loginText}${this.#login.end()}`.trim();
    return new ChannelError(
      `The far end closed the shell before its first prompt${
        told === undefined ? "" : ` (exit ${told.exitStatus})`
      }${said === "" ? "" : `; it printed: ${said.slice(-1_000)}`}`,
      "Check the account's login shell, its start-up files and sshd's ForceCommand",
    );
  }
}

const SHELL_ENDED = "the shell ended with this command; its directory, variables and jobs are gone";

/** Thrown for a command that was not typed because the shell had just ended. */
function endedShell(): ConnectionLostError {
  return new ConnectionLostError("The shell ended before the command was typed", "Run it again");
}

function lostShell(): ConnectionLostError {
  return new ConnectionLostError(
    "The connection was lost while the shell was open",
    "Check what the command did before running it again: it was not repeated",
  );
}

function isBusy(level: Level): boolean {
  return level.phase.kind === "running" && level.run?.question?.kind !== "shell";
}

/** The marker ends in LF, of which a cooked terminal makes CR LF (ONLCR, termios(3)). */
function isCooked(fields: string): boolean {
  return fields.endsWith("\r\n");
}
