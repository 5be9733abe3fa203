import type { Clock } from "../../clock.ts";
import { ConnectionLostError, InputError, ShellBusyError, type SshError } from "../../errors.ts";
import { quoteText } from "../../terminal/quote.ts";
import type { ScreenSnapshot, TerminalSize } from "../../terminal/screen.ts";
import type { CommandEvent, CommandExit, ExecuteOptions, Shell, ShellFacts } from "../shell.ts";
import type { Dialogue, DialogueEvent, LineSummary } from "./dialogue.ts";
import { enterPrivileged } from "./enable.ts";
import { takeIdleRows } from "./idle_rows.ts";
import { answersEnter } from "./prompt_checks.ts";
import type { SetUp } from "./set_up.ts";
import { DEVICE_PTY } from "./device_terminal.ts";

/** Output that is paged on before the pager is left: as much as a job keeps. */
export const OUTPUT_BOUND_CHARS = 10 * 1024 * 1024;

/** Partners of a {@link DeviceShell}. */
export interface DeviceShellOptions {
  readonly clock: Clock;
  /** The name to tell the caller. */
  readonly hostName: string;
  readonly setUp: SetUp;
  /** Used where a command brings none. */
  readonly enable?: ExecuteOptions["enable"];
  readonly boundChars: number;
  /** User of the SSH login, for a device that asks it again. */
  readonly user?: string | undefined;
  readonly note?: string;
}

/** A network device's command line, as a shell. */
export class DeviceShell implements Shell {
  readonly applicationCursorKeys = false;
  readonly drawsScreen = false;
  readonly pids = [];
  readonly ended: Promise<SshError | undefined>;
  readonly #dialogue: Dialogue;
  readonly #options: DeviceShellOptions;
  #state: "idle" | "busy" = "idle";

  /** Takes over a dialogue that stands at its prompt. */
  constructor(dialogue: Dialogue, options: DeviceShellOptions) {
    this.#dialogue = dialogue;
    this.#options = options;
    this.ended = dialogue.terminal.ended;
  }

  get facts(): ShellFacts {
    const { note } = this.#options;
    return {
      shellKind: this.#dialogue.profile.id,
      mode: this.#dialogue.mode,
      depth: 0,
      ...(note === undefined ? {} : { note }),
    };
  }

  /**
   * Types the lines of a command one after the other, each at the prompt the last one left.
   *
   * @throws {PrivilegeError} When privileged mode was asked for and cannot be had.
   * @throws {InputError} When the command holds a control character.
   */
  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    const lines = linesOf(command);
    if (this.#dialogue.terminal.closed) throw (await this.ended) ?? this.#endedError();
    if (this.#state === "busy" || this.#dialogue.isRunning) throw this.#busyError();
    this.#state = "busy";
    try {
      const notes = takeIdleRows(this.#dialogue);
      await this.#prepare(options);
      yield { kind: "started" };
      yield* this.#runLines(lines, notes);
    } finally {
      this.#state = "idle";
    }
  }

  type(data: string): Promise<void> {
    return this.#dialogue.type(data);
  }

  screen(): Promise<ScreenSnapshot> {
    const { model } = this.#dialogue.terminal;
    const rows = model.visibleRows.map((row) => row.trimEnd());
    return Promise.resolve({
      rows,
      columns: DEVICE_PTY.columns,
      cursor: { row: rows.length - 1, column: model.cursorColumn },
      title: "",
      alternateScreen: false,
      cursorText: "plain",
    });
  }

  watch(watcher: (text: string) => void): TerminalSize {
    return this.#dialogue.terminal.watch(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dialogue.terminal[Symbol.asyncDispose]();
  }

  async #prepare({ enable = this.#options.enable, signal }: ExecuteOptions): Promise<void> {
    const { terminal, learned, profile } = this.#dialogue;
    // Log lines may have buried the prompt; a fresh one tells the mode.
    if (terminal.model.cursorLine !== learned.prompt.text && !terminal.closed) {
      await answersEnter(terminal, learned.prompt.text, profile);
    }
    const with_ = signal === undefined ? {} : { signal };
    if (enable !== undefined) {
      await enterPrivileged(this.#dialogue, enable, {
        ...with_,
        hostName: this.#options.hostName,
        user: this.#options.user,
      });
    }
    await this.#options.setUp.run(this.#dialogue, with_);
  }

  async *#runLines(lines: readonly string[], notes: string[]): AsyncGenerator<CommandEvent> {
    let input: "commands" | "text" = "commands";
    let error: string | undefined;
    for (const [index, line] of lines.entries()) {
      const isLast = index === lines.length - 1;
      const end: LineEnd = yield* this.#runLine(line, {
        input,
        then: isLast ? "end" : "more-lines",
      });
      error ??= end.summary.error;
      if (end.summary.error !== undefined && lines.length > 1) {
        notes.push(failedLine(index, line, end.summary.error));
      }
      noteSummary(notes, end.summary);
      if (end.kind === "closed") return yield await this.#closed(line, notes);
      if (this.#dialogue.isInterrupted && !isLast) {
        notes.push(`interrupted: ${lines.length - index - 1} lines were not typed`);
        break;
      }
      input = end.kind === "text-input" ? "text" : "commands";
    }
    yield { kind: "exited", exit: this.#exit(notes, error) };
  }

  async *#runLine(
    line: string,
    how: { readonly input: "commands" | "text"; readonly then: "more-lines" | "end" },
  ): AsyncGenerator<CommandEvent, LineEnd> {
    const run = this.#dialogue.run(line, { ...how, boundChars: this.#options.boundChars });
    for await (const event of run) {
      if (isLineEnd(event)) return event;
      yield event;
    }
    throw new Error("The dialogue ended without an end");
  }

  #exit(notes: readonly string[], deviceError: string | undefined): CommandExit {
    return {
      exitStatus: null,
      exitSignal: null,
      mode: this.#dialogue.mode,
      ...(deviceError === undefined ? {} : { deviceError }),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  }

  /** A session that ends with a word of farewell was meant to. */
  async #closed(line: string, notes: readonly string[]): Promise<CommandEvent> {
    const fault = await this.ended;
    if (fault === undefined && /^\s*(?:exit|quit|logout|logoff|bye|end)\b/i.test(line)) {
      const note = ["the device ended the session", ...notes].join("; ");
      return { kind: "exited", exit: { exitStatus: null, exitSignal: null, note } };
    }
    const cause = fault ?? new ConnectionLostError(
      `"${this.#options.hostName}" closed the session while the command ran`,
      "The next command opens another; check first whether this one had its effect",
    );
    return { kind: "lost", cause };
  }

  #endedError(): ConnectionLostError {
    return new ConnectionLostError(
      `The session on "${this.#options.hostName}" has ended`,
      "Run the command again; a new session is opened for it",
    );
  }

  #busyError(): ShellBusyError {
    return new ShellBusyError(
      `The last command on "${this.#options.hostName}" has not ended`,
      "Wait for it, answer its question, interrupt it, or use another session name",
    );
  }
}

const LINE_CHARS = 100;

/** Which line of several it was, in its own words and the device's. */
function failedLine(index: number, line: string, error: string): string {
  return `line ${index + 1} failed: ${quoteText(line.trim(), LINE_CHARS)}: ` +
    quoteText(error, LINE_CHARS);
}

type LineEnd = Extract<DialogueEvent, { summary: LineSummary }>;

function isLineEnd(event: DialogueEvent): event is LineEnd {
  return "summary" in event;
}

function noteSummary(notes: string[], { logs, cut }: LineSummary): void {
  if (cut === "cut") notes.push("the output was longer than is kept: its pager was left early");
  if (logs.length > 0) notes.push(`behind the prompt the device printed "${logs.join(" | ")}"`);
}

/** Lines as they are typed: no tab, which would complete, and no other control character. */
function linesOf(command: string): readonly string[] {
  const lines = command.replace(/\r\n?/g, "\n").replaceAll("\t", " ").replace(/^\n+/, "");
  const end = lines.trimEnd();
  const text = lines.includes("\n", end.length) ? end : lines;
  const control = [...text].find((character) => /(?!\n)\p{Cc}/u.test(character));
  if (control === undefined) return text.split("\n");
  const code = control.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase();
  throw new InputError(
    `The command holds the control character U+${code}, which a device would act on`,
    "Leave it out, or type it to the running command with send_keys",
  );
}
