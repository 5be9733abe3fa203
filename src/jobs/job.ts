import type { Clock } from "../clock.ts";
import { ChannelError, ConnectionLostError, SshError } from "../errors.ts";
import type { CommandEvent, CommandExit } from "../shell/shell.ts";
import { BoundedText, type ReadOptions, type TextSlice } from "./bounded_text.ts";
import { newCommandId } from "./command_id.ts";
import { isFinished, type JobEvent, type JobState, next } from "./job_state.ts";
import type { Redactor } from "./redactor.ts";
import { Withheld } from "./withheld.ts";

/** Whose command it is and what it says. */
export interface JobSpec {
  /** Alias as typed. */
  readonly host: string;
  readonly user: string;
  /** Name of the session. */
  readonly session: string;
  /** Identity of the session, as `sessionKeyOf()` makes it. */
  readonly sessionKey: string;
  readonly command: string;
  /** The command on many hosts that it is part of, and its host as that one names it. */
  readonly run?: { readonly id: string; readonly host: string } | undefined;
}

/** All that is known of a command but its output; plain data, free of secrets. Times in epoch ms. */
export interface JobRecord extends JobSpec {
  /** Unguessable and never used again; of a command on many hosts `ID/host`. */
  readonly id: string;
  readonly createdAt: number;
  /** Undefined until it was typed. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly state: JobState;
  /** How many questions were asked so far. */
  readonly questions: number;
}

/** Services of the store that a job uses. */
export interface JobSurroundings {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Called after each change of state. */
  readonly onState: (job: Job) => void;
  /** Called after each output; everything from `changedFrom` on is new. */
  readonly onText: (job: Job, changedFrom: number) => void;
}

/** A finished job as another process left it. */
export interface KeptJob {
  readonly record: JobRecord;
  readonly text: BoundedText;
}

/** One command line and its output. */
export class Job {
  readonly text: BoundedText;
  readonly redactor: Redactor;
  readonly #surroundings: JobSurroundings;
  #record: JobRecord;
  /** The end of a very long line's head, and the unfinished line with it, as they came. */
  #rest = "";
  #line = "";
  #shown = "";
  #shownTo = 0;
  /** Set from the first time that a person has had the keyboard. */
  #withheld: Withheld | undefined;

  /** `kept`: what another process knew of it. */
  constructor(spec: JobSpec, surroundings: JobSurroundings, kept?: KeptJob) {
    this.#surroundings = surroundings;
    this.redactor = surroundings.redactor;
    this.text = kept?.text ?? new BoundedText();
    this.#record = kept?.record ?? {
      ...spec,
      command: keptCommand(this.redactor.apply(spec.command)),
      id: spec.run === undefined ? newCommandId() : `${spec.run.id}/${spec.run.host}`,
      createdAt: surroundings.clock.now(),
      startedAt: undefined,
      endedAt: undefined,
      state: { kind: "queued" },
      questions: 0,
    };
  }

  get id(): string {
    return this.#record.id;
  }

  get record(): JobRecord {
    return this.isHeld ? { ...this.#record, state: HELD, endedAt: undefined } : this.#record;
  }

  /** A person has the keyboard: callers see neither how the command stands nor what it prints. */
  get isHeld(): boolean {
    return this.#withheld?.isHolding ?? false;
  }

  /** How it stands, also while it is held. */
  get innerState(): JobState {
    return this.#record.state;
  }

  /** A person takes the keyboard over. */
  hold(): void {
    this.#showLine();
    if (this.#withheld === undefined) this.#withheld = new Withheld();
    else this.#withheld.hold();
    this.#surroundings.onState(this);
  }

  /** The keyboard is handed back; `note` stands in the text for what was printed meanwhile. */
  release(note: string): void {
    if (!this.isHeld) return;
    this.#withheld?.release();
    this.#rest = "";
    if (note !== "" && this.#record.startedAt !== undefined) {
      const line = this.redactor.apply(this.#shown);
      const text = `${line === "" ? "" : `${line}\n`}${this.redactor.apply(note)}\n`;
      const from = this.text.append({ text, line: "" });
      this.#surroundings.onText(this, from);
    }
    this.#line = this.#shown = "";
    this.#surroundings.onState(this);
  }

  get isFinished(): boolean {
    return isFinished(this.#record.state);
  }

  /** Milliseconds it runs or ran; while it waits for its turn, those it waits. */
  get durationMs(): number {
    const { startedAt, createdAt, endedAt } = this.#record;
    return (endedAt ?? this.#surroundings.clock.now()) - (startedAt ?? createdAt);
  }

  /** Pulls the command's events to their end; never rejects. */
  async follow(events: AsyncIterable<CommandEvent>): Promise<void> {
    try {
      for await (const event of events) this.#take(event);
      if (!this.isFinished) this.note({ kind: "lost", cause: endedEarly() });
    } catch (error) {
      this.note({ kind: "lost", cause: error instanceof SshError ? error : unexpected(error) });
    }
  }

  /** The end of what a caller was shown of the output. */
  get shownTo(): number {
    return this.#shownTo;
  }

  /** Reads the output without what must not show by now, also where it was kept before that. */
  read(options: ReadOptions): TextSlice {
    const slice = this.text.read(options);
    if (options.maxChars > 0) this.#shownTo = slice.nextOffset;
    const reach = this.redactor.reach;
    if (reach === 0) return slice;
    const shown = (text: string, from: number): string => {
      const end = from + text.length;
      const before = this.text.between(from - reach, from);
      return this.redactor.applyWithin(before, text, this.text.between(end, end + reach));
    };
    const tail = shown(slice.tail, slice.nextOffset - slice.tail.length);
    return { ...slice, head: shown(slice.head, slice.offset), tail };
  }

  /** Lets something happen to the state. */
  note(event: JobEvent): void {
    const { state, questions } = this.#record;
    const after = next(state, event);
    if (after === state) return;
    const now = this.#surroundings.clock.now();
    this.#record = {
      ...this.#record,
      state: after,
      startedAt: this.#record.startedAt ?? (event.kind === "started" ? now : undefined),
      endedAt: isFinished(after) ? now : undefined,
      questions: event.kind === "question" ? questions + 1 : questions,
    };
    this.#surroundings.onState(this);
  }

  #take(event: CommandEvent): void {
    if (event.kind === "output") return this.#print(event);
    this.#showLine();
    this.note(concealed(event, this.redactor));
  }

  /** Keeps what was printed; the end of an unfinished line waits where it may begin a secret. */
  #print(output: CommandEvent & { readonly kind: "output" }): void {
    const event = this.#withheld === undefined ? output : this.#withheld.pass(output);
    if (event === undefined) return;
    const text = this.#rest + event.text;
    const lineStart = text.lastIndexOf("\n") + 1;
    const whole = this.redactor.apply(text.slice(0, lineStart));
    const head = this.redactor.applyHead(text.slice(lineStart));
    this.#rest = head.rest;
    this.#line = head.rest + event.line;
    const open = this.redactor.openEnd(this.#line);
    this.#shown = this.#line.slice(0, this.#line.length - open);
    const line = this.redactor.apply(this.#shown);
    const from = this.text.append({ ...event, text: whole + head.text, line });
    this.#surroundings.onText(this, from);
  }

  /** Nothing more may come for a while: shows the unfinished line to its end. */
  #showLine(): void {
    if (this.#shown === this.#line) return;
    this.#shown = this.#line;
    const from = this.text.append({ text: "", line: this.redactor.apply(this.#line) });
    this.#surroundings.onText(this, from);
  }
}

const HELD: JobState = { kind: "held" };
/** Of a command's text; the list of commands shows less. */
const COMMAND_CHARS = 16 * 1024;

/** Encoded anew: a slice of a string keeps the whole of it in memory. */
function keptCommand(command: string): string {
  if (command.length <= COMMAND_CHARS) return command;
  return new TextDecoder().decode(new TextEncoder().encode(command.slice(0, COMMAND_CHARS))) + "…";
}

function concealed(event: JobEvent, redactor: Redactor): JobEvent {
  switch (event.kind) {
    case "question":
      return {
        ...event,
        question: { ...event.question, text: redactor.apply(event.question.text) },
      };
    case "exited":
      return { ...event, exit: concealedExit(event.exit, redactor) };
    default:
      return event;
  }
}

function concealedExit(exit: CommandExit, redactor: Redactor): CommandExit {
  const { cwd, deviceError, note, mode } = exit;
  const shown = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : redactor.apply(text);
  return {
    ...exit,
    cwd: shown(cwd),
    mode: shown(mode),
    deviceError: shown(deviceError),
    note: shown(note),
  };
}

function endedEarly(): SshError {
  return new ConnectionLostError(
    "The shell stopped reporting before the command ended",
    "Whether the command finished is unknown: look for its effects before running it again",
  );
}

function unexpected(error: unknown): SshError {
  const seen = error instanceof Error ? error.message : String(error);
  return new ChannelError(
    `The command was abandoned after an internal error: ${seen}`,
    "close_session and run it again; please report this",
    { cause: error },
  );
}
