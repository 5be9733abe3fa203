import { type Clock, within } from "../clock.ts";
import { SshError } from "../errors.ts";
import type { Redactor } from "../jobs/redactor.ts";
import type { Session } from "../session/session.ts";
import type { CommandEvent, Question, Shell } from "../shell/shell.ts";
import { clipMiddle } from "../terminal/quote.ts";
import { makeVisible } from "../terminal/visible.ts";
import { LiveTerminal } from "./live_terminal.ts";

/** Something a person did, or that happened to the keyboard. */
export interface ConsoleEvent {
  readonly atMs: number;
  readonly who: "person" | "console";
  readonly text: string;
}

/** The parts of a {@link WatchedSession}. */
export interface WatchedSessionOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly takeovers: {
    take(session: Session): void;
    handBack(session: Session, note: string): void;
  };
  /** Hides a secret that a person typed from now on. */
  readonly learn: (secret: string) => void;
  readonly recordingUnits: number;
  /** Called after each change that a page shows. */
  readonly onChange: () => void;
}

const EVENTS = 100;
const COMMAND_CHARS = 4_000;
/** A screen that is not drawn by then is left out of the note to the caller. */
const SCREEN_MS = 2_000;

/** One session as persons see it: its terminal, who has the keyboard, and what persons did. */
export class WatchedSession {
  /** Unguessable, and stands in addresses. */
  readonly id = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  readonly session: Session;
  readonly #options: WatchedSessionOptions;
  readonly #events: ConsoleEvent[] = [];
  #terminal: LiveTerminal | undefined;
  #shell: Shell | undefined;
  #heldSince = 0;
  #personRuns: string | undefined;
  #question: { readonly number: number; readonly question: Question } | undefined;
  #questions = 0;

  constructor(session: Session, options: WatchedSessionOptions) {
    this.session = session;
    this.#options = options;
  }

  /** Undefined where the far end has no terminal to watch. */
  get terminal(): LiveTerminal | undefined {
    return this.#terminal;
  }

  get isOpen(): boolean {
    return this.#shell !== undefined;
  }

  get isHeld(): boolean {
    return this.session.keyboard.isHeld;
  }

  get events(): readonly ConsoleEvent[] {
    return this.#events;
  }

  /** A command that a person runs. */
  get personRuns(): string | undefined {
    return this.#personRuns;
  }

  /** The question of the session now, with a number that no other question of it has. */
  get question(): { readonly number: number; readonly question: Question } | undefined {
    const { question } = this.session;
    if (question === undefined) this.#question = undefined;
    else if (this.#question?.question !== question) {
      this.#question = { number: ++this.#questions, question };
    }
    return this.#question;
  }

  /** Text of the session without what must not show. */
  redact(text: string): string {
    return this.#options.redactor.apply(text);
  }

  /** A shell was opened, the first or one in place of another. */
  open(shell: Shell): void {
    this.#terminal?.[Symbol.dispose]();
    this.#shell = shell;
    this.#terminal = undefined;
    const early: string[] = [];
    let live: LiveTerminal | undefined;
    const size = shell.watch?.((text) => live === undefined ? early.push(text) : live.write(text));
    if (size !== undefined) {
      live = new LiveTerminal(size, this.#options);
      for (const text of early) live.write(text);
      this.#terminal = live;
    }
    void shell.ended.then(() => this.#ended(shell));
    this.#options.onChange();
  }

  /** A person takes the keyboard. */
  take(): void {
    if (this.isHeld || !this.isOpen) return;
    this.#heldSince = this.#options.clock.now();
    this.#options.takeovers.take(this.session);
    this.note("person", "took the keyboard over");
  }

  /** The caller of what ran gets one note, with the screen as it is then. */
  async give(who: ConsoleEvent["who"] = "person"): Promise<void> {
    if (!this.isHeld) return;
    const { clock, takeovers } = this.#options;
    const seconds = Math.max(1, Math.round((clock.now() - this.#heldSince) / 1000));
    const rows = await within(clock, SCREEN_MS, this.#terminal?.rows() ?? Promise.resolve([]));
    if (!this.isHeld) return;
    takeovers.handBack(this.session, noteOf(seconds, rows ?? []));
    this.note(
      who,
      who === "person"
        ? "handed the keyboard back"
        : "handed the keyboard back, since nobody watches",
    );
  }

  /** Types what a person types; between commands there is nobody who reads. */
  async keys(text: string): Promise<void> {
    if (!this.isHeld || !this.session.facts.busy) return;
    await this.session.type(text);
  }

  /** Types an answer that callers never see, if that question still stands. */
  async answer(number: number, text: string): Promise<void> {
    const asked = this.question;
    if (asked === undefined || asked.number !== number) {
      return this.note("console", "nothing was typed: the question is no longer asked");
    }
    if (text !== "") this.#options.learn(text);
    this.note("person", "typed an answer that is not shown");
    this.#question = undefined;
    await this.session.type(`${text}\r`);
  }

  /** Runs a command of a person's, whose output no caller gets. */
  async run(command: string): Promise<void> {
    if (!this.isHeld || this.session.facts.busy || command.trim() === "") return;
    this.#personRuns = shown(this.#options.redactor.apply(command));
    this.note("person", this.#personRuns);
    try {
      const events = this.session.execute(command, { byPerson: true, omitsHistory: true });
      for await (const event of events) this.#noteEnd(event);
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      this.note("console", error.message);
    } finally {
      this.#personRuns = undefined;
      this.#options.onChange();
    }
  }

  note(who: ConsoleEvent["who"], text: string): void {
    const atMs = this.#options.clock.now();
    this.#events.push({ atMs, who, text: shown(this.#options.redactor.apply(text)) });
    if (this.#events.length > EVENTS) this.#events.shift();
    this.#terminal?.marker(`${who}: ${shown(this.#options.redactor.apply(text))}`);
    this.#options.onChange();
  }

  #noteEnd(event: CommandEvent): void {
    if (event.kind === "exited" && event.exit.exitStatus !== null) {
      this.note("console", `it ended with status ${event.exit.exitStatus}`);
    }
    if (event.kind === "lost") this.note("console", event.cause.message);
    if (event.kind !== "output") this.#options.onChange();
  }

  #ended(shell: Shell): void {
    if (this.#shell !== shell) return;
    this.#shell = undefined;
    if (this.isHeld) this.#options.takeovers.handBack(this.session, "");
    this.note("console", "the shell has ended");
  }
}

function shown(text: string): string {
  return makeVisible(clipMiddle(text, COMMAND_CHARS)).text;
}

function noteOf(seconds: number, rows: readonly string[]): string {
  const last = rows.findLastIndex((row) => row !== "");
  const screen = rows.slice(0, last + 1).map((row) => makeVisible(row).text);
  return [`[a person had the keyboard for ${seconds} s; the screen when it came back:]`, ...screen]
    .join("\n");
}
