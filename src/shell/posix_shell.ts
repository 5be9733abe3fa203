import type { Clock } from "../clock.ts";
import type { SshError } from "../errors.ts";
import { type MarkerPiece, MarkerScanner } from "../terminal/markers.ts";
import { Screen, type ScreenSnapshot } from "../terminal/screen.ts";
import type { Channel, ChannelExit } from "../transport/transport.ts";
import type { Asker } from "./askers.ts";
import { BetweenCommands } from "./between_commands.ts";
import { identify, identifyFish, type Identity } from "./dialects.ts";
import { channelStatus, readStatus, type ToldStatus } from "./exit_status.ts";
import { Level } from "./level.ts";
import { LoginText } from "./login_text.ts";
import { type Patience, QuietTimer } from "./quiet_timer.ts";
import { suspectQuestion } from "./question.ts";
import { Run } from "./run.ts";
import type { CommandEvent, ExecuteOptions, Shell, ShellFacts } from "./shell.ts";
import * as errors from "./shell_errors.ts";
import { Typist } from "./typist.ts";

/** What a {@link PosixShell} works on. */
export interface PosixShellOptions {
  readonly clock: Clock;
  readonly columns: number;
  readonly rows: number;
  /** Why the connection is gone, once it is. */
  readonly fault?: () => SshError | undefined;
  /** Who waits for a password below the process `shellPid` of the host. */
  readonly askers?: (shellPid: number) => Promise<readonly Asker[]>;
}

/** After a shell was heard and said no more: a foreign parser has printed its errors by then. */
const FOREIGN_MS = 300;
const LOGIN_QUESTION_MS = 400;
const PROMPT_OVERDUE_MS = 50;
const SILENT_SET_UP_MS = 3_000;
const FIRST_LOOK_MS = 150;
const MAX_PROBES = 4;
const MAX_FALLBACKS = 2;

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
  readonly #decoder = new TextDecoder();
  readonly #scanner: MarkerScanner;
  readonly #screen: Screen;
  readonly #typist: Typist;
  readonly #quiet: QuietTimer;
  readonly #levels: Level[] = [new Level({ kind: "starting" })];
  readonly #between = new BetweenCommands();
  readonly #login = new LoginText();
  #waiting: Run | undefined;
  #note: string | undefined;
  #closing: "asked" | "unasked" = "unasked";

  constructor(channel: Channel, options: PosixShellOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#typist = new Typist(channel);
    this.#scanner = new MarkerScanner({ accepts: (nonce) => this.#owner(nonce) !== undefined });
    this.#screen = new Screen({
      columns: options.columns,
      rows: options.rows,
      onReply: (reply) => this.#typist.write(reply),
    });
    this.#quiet = new QuietTimer({
      clock: options.clock,
      patience: () => this.#patience(),
      onQuiet: () => this.#onQuiet(),
    });
    this.ended = this.#pump();
    this.#quiet.arm();
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

  /** Process id of the login shell on the host, once it told. */
  get pid(): string | undefined {
    return this.#levels[0]?.identity?.pid;
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
    (this.#top.run ?? this.#waiting)?.withdraw();
    this.#quiet.heard();
    await this.#typist.typeForCaller(data);
  }

  screen(): Promise<ScreenSnapshot> {
    return this.#screen.snapshot();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = "asked";
    await this.#channel[Symbol.asyncDispose]();
  }

  get #top(): Level {
    return this.#levels.at(-1)!;
  }

  /** The level whose own nonce this is, or whose command's password prompt it marks. */
  #owner(nonce: string): Level | undefined {
    return this.#levels.find((level) =>
      level.nonce === nonce || level.run?.passwordNonce === nonce
    );
  }

  #accept(run: Run): void {
    const { phase, run: current } = this.#top;
    if (phase.kind === "ended") throw errors.endedShell();
    const isBusy = phase.kind === "running" && current?.question?.kind !== "shell";
    if (this.#waiting !== undefined || isBusy) {
      throw errors.busyShell(current?.command ?? this.#waiting?.command);
    }
    this.#waiting = run;
    this.#advance();
    this.#quiet.arm();
  }

  #giveUp(run: Run, reason: unknown): void {
    if (this.#waiting !== run) return;
    this.#waiting = undefined;
    run.events.fail(reason);
  }

  // ---- what arrives

  async #pump(): Promise<SshError | undefined> {
    try {
      for await (const chunk of this.#channel.output) {
        this.#read(this.#decoder.decode(chunk, { stream: true }));
      }
    } finally {
      this.#quiet[Symbol.dispose]();
    }
    for (const piece of this.#scanner.flush()) if (piece.kind === "text") this.#onText(piece.text);
    const exit = await this.#channel.exit;
    this.#screen[Symbol.dispose]();
    return this.#end(exit);
  }

  #read(text: string): void {
    for (const piece of this.#scanner.feed(text)) {
      if (piece.kind === "text") this.#onText(piece.text);
      else this.#onMarker(piece);
    }
    this.#quiet.arm();
  }

  #onText(text: string): void {
    this.#quiet.heard();
    this.#screen.feed(text);
    const { phase, run } = this.#top;
    switch (phase.kind) {
      case "running":
        return phase.begun ? run?.read(text) : this.#between.hold(text);
      case "settling":
      case "ready":
        return this.#top.repaints ? undefined : this.#between.write(text);
      case "starting":
      case "probing":
        this.#waiting?.withdraw();
        return this.#typist.write(this.#login.write(text));
      default:
        return;
    }
  }

  #onMarker({ nonce, letter, fields }: MarkerPiece): void {
    const level = this.#owner(nonce);
    if (level === undefined) return;
    this.#quiet.heard();
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
      case "S":
        level.run?.onPasswordPrompt();
        break;
    }
    this.#advance();
  }

  #onIdentity(level: Level, identity: Identity | undefined): void {
    if (identity === undefined || level.phase.kind !== "probing") return;
    const index = this.#levels.indexOf(level);
    const below = this.#levels[index - 1];
    level.identity = identity;
    if (level.fallbacks > 0) this.#note = fallbackNote(identity);
    // The same process answers: `exec bash` put another shell in the place of the one we knew.
    if (below?.identity?.pid === identity.pid) {
      this.#levels.splice(index - 1, 1);
      below.run?.exit({ exitStatus: 0, exitSignal: null, note: "exec replaced the shell" });
    }
    level.dispatch({ kind: "identified" });
    this.#typist.line(level.dialect.setup(level.nonce));
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
    level.prompt = "expected";
    level.dispatch({ kind: "prompt", terminal: isCooked(fields) ? "cooked" : "raw" });
    if (phase.kind === "running") this.#finish(level, status);
  }

  /** The shells inside `level` are gone: it speaks again. */
  #leaveAbove(level: Level, status: ToldStatus): void {
    while (this.#top !== level) {
      const left = this.#levels.pop()!;
      left.phase = { kind: "ended" };
      left.run?.exit({ ...status, ...cwdOf(level) });
    }
  }

  #finish(level: Level, status: ToldStatus): void {
    const { run } = level;
    level.run = undefined;
    level.status = status.exitStatus ?? 0;
    if (run?.password === "refused") run.fail(errors.refusedPassword(), "lost");
    else run?.exit({ ...status, ...cwdOf(level), ...this.#between.takeNote() });
  }

  // ---- what is typed

  /** Does what the top level's phase and the waiting command call for. */
  #advance(): void {
    const level = this.#top;
    switch (level.phase.kind) {
      case "foreign":
        return this.#replaceForeign(level);
      case "ready":
        return this.#waiting === undefined ? undefined : this.#begin(level, this.#waiting);
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

  #begin(level: Level, run: Run): void {
    this.#waiting = undefined;
    level.run = run;
    run.start({
      clock: this.#options.clock,
      askers: () => this.#askers(),
      type: (data) => this.#typist.write(data),
    });
    this.#typist.line(level.frame(run));
    level.dispatch({ kind: "command-typed" });
  }

  async #askers(): Promise<readonly Asker[]> {
    const pid = Number(this.pid);
    return Number.isInteger(pid) ? await this.#options.askers?.(pid) ?? [] : [];
  }

  #prepareAgain(level: Level): void {
    const { phase } = level;
    const sane = phase.kind === "unprepared" && phase.terminal === "raw" ? " stty sane;" : "";
    level.dispatch({ kind: "set-up-typed" });
    this.#typist.line(sane + level.dialect.setup(level.nonce));
  }

  #adopt(): void {
    const level = new Level({ kind: "starting" });
    this.#levels.push(level);
    this.#login.reset();
    this.#probe(level);
  }

  #probe(level: Level): void {
    level.probes += 1;
    if (level.dispatch({ kind: "prompted" })) this.#typist.probe(level.nonce);
  }

  #replaceForeign(level: Level): void {
    if (level.fallbacks === MAX_FALLBACKS) return this.#abandon(level);
    level.fallbacks += 1;
    level.probes = 0;
    level.dispatch({ kind: "replaced" });
    this.#login.reset();
    this.#typist.fallback(level.fallbacks);
  }

  /** No shell that can be driven answers: the waiting command is refused, what runs is left alone. */
  #abandon(level: Level): void {
    const run = this.#waiting;
    this.#waiting = undefined;
    if (this.#levels.length > 1) {
      this.#levels.splice(this.#levels.indexOf(level), 1);
      run?.fail(errors.notAShell(this.#top.run?.command), "error");
    } else run?.fail(errors.noPosixShell(this.#login.said), "error");
  }

  // ---- what silence says

  #patience(): Patience | undefined {
    const level = this.#top;
    switch (level.phase.kind) {
      case "starting":
        return exactly(this.#waiting?.question ? undefined : this.#login.patienceMs);
      case "probing":
        return exactly(level.phase.heard ? FOREIGN_MS : this.#probingPatienceMs());
      case "preparing":
        return exactly(SILENT_SET_UP_MS);
      case "settling":
        return exactly(PROMPT_OVERDUE_MS);
      case "running":
        return level.phase.begun ? this.#runningPatience(level.run) : undefined;
      default:
        return undefined;
    }
  }

  #probingPatienceMs(): number | undefined {
    if (this.#levels.length > 1) return SILENT_SET_UP_MS;
    if (this.#top.probes >= MAX_PROBES || this.#waiting?.question !== undefined) return undefined;
    return this.#login.hasLine ? LOGIN_QUESTION_MS : undefined;
  }

  /** How long the cursor's line must stand; the first look comes early and is cheap. */
  #runningPatience(run: Run | undefined): Patience | undefined {
    if (run === undefined || run.question !== undefined || run.looked) return undefined;
    if (this.#quiet.quietForMs + 1 < FIRST_LOOK_MS) {
      return { quietMs: FIRST_LOOK_MS, urgency: "lazy" };
    }
    if (this.#screen.alternateScreen) return exactly(FIRST_LOOK_MS);
    return exactly(suspectQuestion(run.cursorLine)?.quietMs);
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
        return void this.#onQuietCommand(level.run);
      default:
        return;
    }
  }

  #onQuietLogin(level: Level): void {
    const { question } = this.#login;
    if (question === undefined) return this.#probe(level);
    this.#waiting?.ask(question);
  }

  #onQuietProbe(level: Level): void {
    if (level.phase.kind === "probing" && level.phase.heard) {
      level.dispatch({ kind: "unidentified" });
      return this.#advance();
    }
    if (this.#levels.length > 1) return this.#abandon(level);
    // Something in the start-up files read the probe as its answer, and asks or prompts again.
    level.dispatch({ kind: "replaced" });
    this.#onQuietLogin(level);
  }

  /** A full-screen program asks on its screen, everything else on the text's last line. */
  async #onQuietCommand(run: Run | undefined): Promise<void> {
    if (run === undefined || run.looked) return;
    run.look();
    const line = this.#screen.alternateScreen ? await this.#cursorRow() : run.cursorLine;
    const suspicion = suspectQuestion(line);
    if (suspicion === undefined || !run.looked || run.state === "over") return;
    run.suspect(suspicion.question);
    this.#advance();
  }

  async #cursorRow(): Promise<string> {
    const { rows, cursor } = await this.#screen.snapshot();
    return rows[cursor.row] ?? "";
  }

  // ---- the end

  #end(exit: ChannelExit): SshError | undefined {
    const told = this.#closing === "asked" ? undefined : channelStatus(exit);
    const cause = told === undefined ? this.#cause() : undefined;
    const { kind } = this.#levels[0]!.phase;
    const isLogin = kind === "starting" || kind === "probing";
    for (const level of [...this.#levels].reverse()) {
      level.dispatch({ kind: "ended" });
      if (cause !== undefined) level.run?.fail(cause, "lost");
      else level.run?.exit({ ...told!, note: errors.SHELL_ENDED });
    }
    this.#levels.length = 1;
    const refused = isLogin && this.#closing === "unasked" && this.#options.fault?.() === undefined;
    this.#waiting?.fail(
      refused ? errors.refusedLogin(told, this.#login.said) : cause ?? errors.endedShell(),
      "error",
    );
    this.#waiting = undefined;
    return cause;
  }

  #cause(): SshError {
    if (this.#closing === "asked") return errors.closedShell();
    return this.#options.fault?.() ?? errors.lostShell();
  }
}

function exactly(quietMs: number | undefined): Patience | undefined {
  return quietMs === undefined ? undefined : { quietMs, urgency: "exact" };
}

function cwdOf(level: Level): { cwd?: string } {
  return level.cwd === undefined ? {} : { cwd: level.cwd };
}

function fallbackNote(identity: Identity): string {
  return `the login shell ${identity.loginShell} is neither POSIX nor fish; ` +
    `commands run in ${identity.shellKind} started from it`;
}

/** The marker ends in LF, of which a cooked terminal makes CR LF (ONLCR, termios(3)). */
function isCooked(fields: string): boolean {
  return fields.endsWith("\r\n");
}
