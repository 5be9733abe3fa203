import type { CommandEvent } from "../shell.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { type LearnedPrompt, type Prompt, relearn } from "./prompt.ts";
import { answersEnter, type Check, fencePrompt, rubOut } from "./prompt_checks.ts";
import { modeOf, Reading } from "./reading.ts";
import { judgeStanding, type Standing } from "./standing.ts";
import type { Wire } from "./terminal_line.ts";

/** What one typed line does; the last three kinds end it. */
export type DialogueEvent =
  | Extract<CommandEvent, { kind: "output" | "question" | "question-withdrawn" }>
  /** The prompt is back. */
  | { readonly kind: "prompt"; readonly summary: LineSummary }
  /** The device reads free text, so the next line can be typed. */
  | { readonly kind: "text-input"; readonly summary: LineSummary }
  | { readonly kind: "closed"; readonly summary: LineSummary };

/** What there is to say of one typed line beside its output. */
export interface LineSummary {
  readonly error?: string;
  /** Log lines that came behind the prompt. */
  readonly logs: readonly string[];
  /** A pager was left before the end. */
  readonly cut: "whole" | "cut";
}

/** Options of {@link Dialogue.run}. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Output handed out before a pager is left instead of answered. */
  readonly boundChars: number;
  /** What follows: more lines to type where the device reads text, or nothing. */
  readonly then: "more-lines" | "end";
  /** The line answers a device that reads free text. */
  readonly input: "commands" | "text";
}

const HELP_MS = 500;
const INTERRUPT_MS = 500;

/** Types lines at a device's prompt and reads what comes until the prompt is back. */
export class Dialogue {
  #learned: LearnedPrompt;
  #mode: string;
  #fence: "on" | "off" = "off";
  #question: "none" | "asked" = "none";
  #interrupted: "no" | "yes" = "no";
  #reading: Reading | undefined;
  #standing: Standing = { kind: "working" };

  constructor(
    readonly wire: Wire,
    readonly profile: DeviceProfile,
    learned: LearnedPrompt,
  ) {
    this.#learned = learned;
    this.#mode = learned.prompt.mode;
  }

  /** From now on a prompt counts once it echoes a space. */
  raiseFence(): void {
    this.#fence = "on";
  }

  /** The prompt as it was last seen. */
  get learned(): LearnedPrompt {
    return this.#learned;
  }

  /** The device's mode as it was last seen. */
  get mode(): string {
    return this.#mode;
  }

  /** Takes over a prompt that came by another dialogue. */
  adopt(prompt: Prompt): void {
    this.#learned = relearn(this.#learned, prompt);
    this.#mode = prompt.mode;
  }

  /** Ctrl-C was typed since the last line was. */
  get isInterrupted(): boolean {
    return this.#interrupted === "yes";
  }

  /** A line was typed whose prompt is not back. */
  get isRunning(): boolean {
    return this.#reading !== undefined;
  }

  /** Types keys as the caller gives them; Ctrl-C becomes what stops a command here. */
  type(data: string): Promise<void> {
    const interrupts = data === "\x03";
    if (interrupts) this.#interrupted = "yes";
    const running = this.isRunning && this.#standing.kind === "working" &&
      this.#question === "none";
    if (interrupts && running && this.profile.interrupt !== undefined) {
      // Not every command listens to the family's own key; at a prompt, Ctrl-C may do harm.
      this.wire.ifSilent(INTERRUPT_MS, () => {
        if (this.isRunning) this.wire.type(data).catch(() => {});
      });
      return this.wire.type(this.profile.interrupt);
    }
    return this.wire.type(data.replace(/\r?\n|\r/g, this.profile.enter));
  }

  /**
   * Types one line and yields what comes, until the prompt is back.
   *
   * @throws {ConnectionLostError} When the line cannot be typed.
   */
  async *run(line: string, options: RunOptions): AsyncGenerator<DialogueEvent> {
    const helps = this.profile.help !== undefined && /\?\s*$/.test(line) &&
      options.input === "commands";
    const typed = helps ? line.trimEnd() : line;
    const { model } = this.wire;
    const reading = new Reading(model, typed, {
      profile: this.profile,
      how: helps ? "help" : "enter",
    });
    reading.input = options.input;
    this.#reading = reading;
    this.#interrupted = "no";
    this.wire.setReader("busy");
    try {
      await this.wire.type(helps ? typed : typed + this.profile.enter);
      this.wire.restartQuiet();
      if (helps) await this.#enterIfPlain(reading, options.signal);
      yield* this.#read(reading, options);
    } finally {
      this.#question = "none";
      this.wire.setReader("idle");
    }
  }

  async *#read(reading: Reading, options: RunOptions): AsyncGenerator<DialogueEvent> {
    const { wire } = this;
    let shown = -1;
    let acted = -1;
    for (;;) {
      if (shown !== wire.version) {
        shown = wire.version;
        yield* this.#progress(reading);
      }
      const standing = this.#standing = this.#judge(reading);
      const judged = wire.version;
      const quietMs = acted === judged || standing.kind === "working"
        ? Number.POSITIVE_INFINITY
        : standing.quietMs;
      const woken = await wire.wait(quietMs, options);
      if (woken === "data") continue;
      if (woken === "closed") return yield* this.#closed(reading);
      acted = judged;
      const ended = yield* this.#act(standing, reading, options);
      if (ended === "ended") return;
    }
  }

  #judge(reading: Reading): Standing {
    if (!reading.isAnchored) return { kind: "working" };
    const standing = judgeStanding(reading.view(), this.#learned, this.profile);
    const done = standing.kind === "stranger" && reading.rejected.has(standing.prompt.text) ||
      standing.kind === "pager" && reading.isPagerAnswered;
    return done ? { kind: "working" } : standing;
  }

  *#progress(reading: Reading): Generator<DialogueEvent> {
    if (this.#question === "asked") {
      this.#question = "none";
      yield { kind: "question-withdrawn" };
    }
    const before = this.#standing;
    reading.collect();
    this.wire.released();
    const standing = this.#judge(reading);
    if (before.kind === "prompt" && standing.kind !== "prompt") reading.falsePrompts++;
    const isText = reading.isAnchored &&
      (standing.kind === "working" || standing.kind === "question");
    const line = isText ? this.wire.model.cursorLine : "";
    const event = reading.progress(line, this.#learned);
    if (event !== undefined) yield event as DialogueEvent;
  }

  async *#act(
    standing: Standing,
    reading: Reading,
    options: RunOptions,
  ): AsyncGenerator<DialogueEvent, "ended" | "goes-on"> {
    switch (standing.kind) {
      case "working":
        return "goes-on";
      case "prompt":
        if (await this.#clear(standing, reading) === "changed") return "goes-on";
        return yield* this.#finish(standing.prompt, reading);
      case "stranger":
      case "buried-prompt":
        if (await this.#tryEnter(standing.prompt, reading) === "changed") return "goes-on";
        return yield* this.#finish(standing.prompt, reading);
      case "pager":
        await this.#turnPage(standing, reading, options);
        return "goes-on";
      case "question":
        this.#question = "asked";
        yield { kind: "question", question: standing.question };
        return "goes-on";
      case "text-input":
        return yield* this.#offerInput(standing.row, reading, options);
    }
  }

  *#finish(prompt: Prompt, reading: Reading): Generator<DialogueEvent, "ended"> {
    this.#learned = relearn(this.#learned, prompt);
    const { event, tail } = reading.finish(this.#learned);
    this.#mode = modeOf(prompt, tail);
    this.#standing = { kind: "working" };
    this.wire.model.release(this.wire.model.cursorRow);
    if (event !== undefined) yield event as DialogueEvent;
    this.#reading = undefined;
    yield { kind: "prompt", summary: summarise(reading, tail.logs) };
    return "ended";
  }

  *#offerInput(
    row: string,
    reading: Reading,
    options: RunOptions,
  ): Generator<DialogueEvent, "ended" | "goes-on"> {
    reading.input = "text";
    if (options.then === "more-lines") {
      const { event } = reading.finish(this.#learned);
      if (event !== undefined) yield event as DialogueEvent;
      this.#reading = undefined;
      yield { kind: "text-input", summary: summarise(reading, []) };
      return "ended";
    }
    this.#question = "asked";
    yield { kind: "question", question: { kind: "text", text: row } };
    return "goes-on";
  }

  *#closed(reading: Reading): Generator<DialogueEvent> {
    reading.collect();
    const event = reading.finishLost();
    if (event !== undefined) yield event as DialogueEvent;
    this.#reading = undefined;
    yield { kind: "closed", summary: summarise(reading, []) };
  }

  async #turnPage(
    { pager, length }: Extract<Standing, { kind: "pager" }>,
    reading: Reading,
    { boundChars }: RunOptions,
  ): Promise<void> {
    if (pager.filler !== undefined) reading.dropFiller(pager.filler);
    const isOver = reading.chars > boundChars;
    if (isOver) reading.cut = true;
    const key = isOver || this.#interrupted === "yes" ? pager.quit : pager.next;
    reading.notePagerAnswer(key);
    this.wire.model.dropPager(length);
    await this.wire.type(key);
  }

  /** No key of ours stands behind the prompt; where the family needs it, it echoes one first. */
  #clear(standing: Extract<Standing, { kind: "prompt" }>, reading: Reading): Promise<Check> {
    const { prompt, strayKeys } = standing;
    const how = { reading, enter: this.profile.enter };
    if (strayKeys > 0) return rubOut(this.wire, prompt.text, { ...how, count: strayKeys });
    if (this.#fence === "off") return Promise.resolve("passed");
    return fencePrompt(this.wire, prompt.text, how);
  }

  async #tryEnter(prompt: Prompt, reading: Reading): Promise<Check> {
    const row = this.wire.model.cursorRow;
    const check = await answersEnter(this.wire, prompt.text, this.profile);
    if (check === "passed") reading.collect(row);
    else {
      reading.rejected.add(prompt.text);
      reading.owedPrompts++;
    }
    return check;
  }

  /** A "?" that only stands in the line, with nothing said about it, is an ordinary character. */
  async #enterIfPlain(reading: Reading, signal: AbortSignal | undefined): Promise<void> {
    while (!reading.isAnchored) {
      const woken = await this.wire.wait(HELP_MS, signalOf(signal));
      if (woken === "closed") return;
      if (woken === "quiet") return await this.wire.type(this.profile.enter);
    }
  }
}

function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function summarise(reading: Reading, logs: readonly string[]): LineSummary {
  const error = reading.error;
  return { ...(error === undefined ? {} : { error }), logs, cut: reading.cut ? "cut" : "whole" };
}
