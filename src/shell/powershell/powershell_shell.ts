import { type Clock, within } from "../../clock.ts";
import { InputError, type SshError, UnsupportedError } from "../../errors.ts";
import type { Piece } from "../../terminal/markers.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import type { Channel, Connection } from "../../transport/transport.ts";
import { CommandRun } from "../posix/command_run.ts";
import { QuietTimer } from "../posix/quiet_timer.ts";
import * as ends from "../posix/shell_errors.ts";
import type { CommandEvent, CommandExit, ExecuteOptions, Shell, ShellFacts } from "../shell.ts";
import { requestFor } from "./bootstrap.ts";
import { cmdAdvice } from "./cmd_advice.ts";
import { HostSignals } from "./host_signals.ts";
import { refusalOf, suspectLine } from "./line_question.ts";
import * as errors from "./powershell_errors.ts";
import type { Said } from "./said.ts";
import type { HostLines } from "./start_line.ts";

/** The loop's own account of itself. */
export interface Ready {
  readonly version: string;
  /** "Desktop" is Windows PowerShell. */
  readonly edition: string;
  readonly pid: string;
  readonly cwd: string;
  /** The directory in the file system, where the location is elsewhere, as in the registry. */
  readonly directory: string | undefined;
}

/** The parts of a {@link PowerShellShell}. */
export interface PowerShellOptions {
  readonly clock: Clock;
  readonly lines: HostLines;
  readonly ready: Ready;
  readonly nonce: string;
  /** The text behind marker R. */
  readonly pieces: AsyncGenerator<readonly Piece[]>;
  readonly said: Said;
}

/** Output between two commands that is kept for the next one. */
const BETWEEN_CHARS = 64 * 1024;
const FAREWELL_MS = 50;

const NO_NESTED_PROMPT = "There is no nested prompt without a terminal; Enter goes back.";

const NOTE = "PowerShell without a terminal: send_input reaches programs, keys and screens do not";

/**
 * One PowerShell process on a channel without a pty, and the loop in it that runs the commands.
 *
 * The loop reports each command's begin and end by markers; while a command runs, standard input is
 * the command's own.
 */
export class PowerShellShell implements Shell {
  readonly pids = [];
  readonly applicationCursorKeys = false;
  readonly drawsScreen = false;
  readonly ended: Promise<SshError | undefined>;
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #options: PowerShellOptions;
  readonly #quiet: QuietTimer;
  readonly #signals: HostSignals;
  #settleEnded: (fault: SshError | undefined) => void = () => {};
  #state: "open" | "closing" | "gone" = "open";
  #cwd: string;
  #directory: string;
  #run: CommandRun | undefined;
  #hasBegun = false;
  #between = "";
  /** Something was printed since a line was typed for a stopped command. */
  #isHeardAgain = true;

  constructor(connection: Connection, channel: Channel, options: PowerShellOptions) {
    this.#connection = connection;
    this.#channel = channel;
    this.#options = options;
    const { cwd, directory } = options.ready;
    this.#cwd = cwd;
    this.#directory = directory ?? cwd;
    this.ended = new Promise((resolve) => this.#settleEnded = resolve);
    this.#signals = new HostSignals(connection, channel, options);
    this.#quiet = new QuietTimer({
      clock: options.clock,
      patience: () => this.#patience(),
      onQuiet: () => this.#onQuiet(),
    });
    options.said.listener = (text) => this.#onText(text);
    void this.#pump();
  }

  get facts(): ShellFacts {
    const { edition, version } = this.#options.ready;
    const name = edition === "Desktop" ? "powershell" : "pwsh";
    return {
      shellKind: `${name} ${version.split(".").slice(0, 2).join(".")}`,
      profile: "powershell",
      cwd: this.#cwd,
      loginCwd: this.#directory,
      depth: 0,
      note: NOTE,
    };
  }

  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    options.signal?.throwIfAborted();
    this.#check(command, options);
    const run = new CommandRun(command, { ...options, sudo: undefined });
    this.#run = run;
    this.#hasBegun = false;
    await this.#signals.settled;
    if (this.#state !== "open") throw ends.endedShell();
    run.start({ clock: this.#options.clock, look: never, type: () => {} });
    const request = requestFor(this.#options.nonce, command, options.omitsHistory === true);
    this.#channel.write(request).catch(() => {});
    yield* run.events;
  }

  /** Standard input has lines, no keys: Enter is the host's line end, Ctrl-C a stop. */
  async type(data: string): Promise<void> {
    const run = this.#run;
    if (run === undefined) {
      throw new UnsupportedError("No command runs here", "Without a terminal only a command reads");
    }
    if (data.includes("\x03")) return await this.signal("INT");
    if (data.includes("\x04")) throw errors.noEndOfInput();
    if (data.includes("\x1a") || data.includes("\x1c")) throw errors.noKeys();
    const lineEnd = this.#options.lines.system === "windows" ? "\r\n" : "\n";
    const text = data.replace(/\r\n?|\n/g, lineEnd);
    run.onTyped(text);
    this.#quiet.heard();
    this.#quiet.arm();
    await this.#channel.write(new TextEncoder().encode(text));
  }

  /** INT, TERM and HUP stop the command; KILL ends PowerShell, and the session with it. */
  async signal(name: string): Promise<void> {
    if (name === "QUIT" || name === "TSTP") throw errors.noSuchSignal(name);
    const run = this.#run;
    if (run === undefined) return;
    run.withdraw();
    this.#isHeardAgain = true;
    const isOver = (): boolean => run.state === "over";
    if (name !== "KILL") return await this.#signals.stop(name, isOver);
    await this.#signals.kill();
    run.exit({ exitStatus: null, exitSignal: "KILL", note: ends.SHELL_ENDED });
    this.#end(undefined);
  }

  checkKeys(): void {
    throw errors.noKeys();
  }

  screen(): Promise<ScreenSnapshot> {
    return Promise.reject(errors.noScreen());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "gone") return;
    this.#state = "closing";
    // Without a pty sshd hangs nobody up: a command that runs would go on.
    if (this.#run !== undefined) await this.#signals.kill();
    this.#run?.fail(ends.closedShell(), "lost");
    this.#end(undefined);
  }

  #check(command: string, { sudo }: ExecuteOptions): void {
    if (this.#state !== "open") throw ends.endedShell();
    if (this.#run !== undefined) throw ends.busyShell(this.#run.command);
    if (command.includes("\0")) throw new InputError("The command holds a NUL", "Leave it out");
    if (sudo?.scope === "whole") throw errors.noSudo(this.#options.lines.system);
  }

  async #pump(): Promise<void> {
    try {
      for await (const pieces of this.#options.pieces) {
        for (const piece of pieces) {
          if (piece.kind === "text") this.#onText(piece.text);
          else this.#onMarker(piece.letter, piece.fields);
        }
        this.#quiet.arm();
      }
    } catch {
      // Reported below: the connection is gone, or broke a bound.
    }
    await this.#onChannelEnd();
  }

  #onText(text: string): void {
    this.#quiet.heard();
    this.#isHeardAgain = true;
    if (this.#run !== undefined && this.#hasBegun) this.#run.read(text);
    else this.#between = (this.#between + text).slice(-BETWEEN_CHARS);
  }

  #onMarker(letter: string, fields: string): void {
    this.#quiet.heard();
    if (letter === "C") {
      this.#hasBegun = true;
      if (this.#between !== "") this.#run?.read(this.#between);
      this.#between = "";
    } else if (letter === "S") this.#signals.heard();
    else if (letter === "B") this.#onBlocked();
    else if (letter === "N") this.#run?.ask({ kind: "text", text: NO_NESTED_PROMPT });
    else if (letter === "W") this.#cwd = this.#directory = fields;
    else if (letter === "F") this.#directory = fields;
    else if (letter === "D") this.#onDone(fields);
  }

  /** A stopped command still reads: each thing that it asks gets one line, which consents to nothing. */
  #onBlocked(): void {
    if (this.#run === undefined || !this.#isHeardAgain) return;
    this.#isHeardAgain = false;
    const line = refusalOf(this.#run.cursorLine);
    if (line !== undefined) void this.#signals.end(line);
  }

  #onDone(fields: string): void {
    const run = this.#run;
    if (run === undefined) return;
    const [status = "", flags = ""] = fields.split(";");
    const exitStatus = Number.parseInt(status, 10);
    const isLast = flags.includes("x");
    const note = isLast ? ends.SHELL_ENDED : cmdAdvice(run.command, {
      isFailed: exitStatus !== 0,
      edition: this.#options.ready.edition,
    });
    const exit: CommandExit = {
      exitStatus,
      exitSignal: flags.includes("s") ? this.#signals.last : null,
      ...(isLast ? {} : { cwd: this.#cwd }),
      note,
    };
    this.#run = undefined;
    this.#signals.over();
    if (isLast) this.#end(undefined);
    run.exit(exit);
  }

  /** PowerShell ended by itself, or the connection went. */
  async #onChannelEnd(): Promise<void> {
    if (this.#state !== "open") return this.#end(undefined);
    const { clock } = this.#options;
    const exit = await within(clock, FAREWELL_MS, this.#channel.exit);
    const fault = await within(clock, FAREWELL_MS, this.#connection.closed);
    const run = this.#run;
    this.#run = undefined;
    if (fault !== undefined || exit === undefined) run?.fail(fault ?? ends.lostShell(), "lost");
    else if (exit.exitStatus === undefined && exit.exitSignal === undefined) {
      run?.fail(ends.lostShell(), "lost");
    } else {
      const { exitStatus = null, exitSignal = null } = exit;
      run?.exit({ exitStatus, exitSignal, note: ends.SHELL_ENDED });
    }
    this.#end(fault);
  }

  #patience(): ReturnType<ConstructorParameters<typeof QuietTimer>[0]["patience"]> {
    const run = this.#run;
    if (run === undefined || !this.#hasBegun || run.question !== undefined) return undefined;
    if (this.#signals.isStopping) return undefined;
    const quietMs = suspectLine(run.cursorLine)?.quietMs;
    return quietMs === undefined ? undefined : { quietMs, urgency: "exact" };
  }

  #onQuiet(): void {
    const found = suspectLine(this.#run?.cursorLine ?? "");
    if (found !== undefined) this.#run?.ask(found.question);
  }

  #end(fault: SshError | undefined): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#run = undefined;
    this.#quiet[Symbol.dispose]();
    // Processes that the session left behind may hold the channel open for ever.
    void this.#channel[Symbol.asyncDispose]();
    this.#settleEnded(fault);
  }
}

function never(): Promise<never> {
  return Promise.reject(new Error("No password is ever asked here"));
}
