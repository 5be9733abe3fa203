import type { CommandEvent } from "../shell.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { type LearnedPrompt, type Prompt, relearn } from "./prompt.ts";
import { type Check, type Fence, fencePrompt, promptAfterEnter, rubOut } from "./prompt_checks.ts";
import { LineOutput, modeOf } from "./line_output.ts";
import { type DeviceState, judgeState } from "./device_state.ts";
import type { DeviceTerminal } from "./device_terminal.ts";

/** An event of one typed line; the last three kinds end it. */
export type DialogueEvent =
  | Extract<CommandEvent, { kind: "output" | "question" | "question-withdrawn" }>
  /** The prompt is back. */
  | { readonly kind: "prompt"; readonly summary: LineSummary }
  /** The device reads free text, so the next line can be typed. */
  | { readonly kind: "text-input"; readonly summary: LineSummary }
  | { readonly kind: "closed"; readonly summary: LineSummary };

/** The facts of one typed line, beside its output. */
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
  /** The continuation: more lines to type where the device reads text, or nothing. */
  readonly then: "more-lines" | "end";
  /** The line answers a device that reads free text. */
  readonly input: "commands" | "text";
}

const HELP_MS = 500;
const INTERRUPT_MS = 500;
const REDRAW_MS = 200;

/** Types lines at a device's prompt and reads what comes until the prompt is back. */
export class Dialogue {
  readonly #pages = new Set<string>();
  #isRaised = false;
  #learned: LearnedPrompt;
  #mode: string;
  #fence: Fence = "off";
  #question: "none" | "asked" = "none";
  #interrupted: "no" | "yes" = "no";
  #output: LineOutput | undefined;
  #state: DeviceState = { kind: "working" };

  constructor(
    readonly terminal: DeviceTerminal,
    readonly profile: DeviceProfile,
    learned: LearnedPrompt,
  ) {
    this.#learned = learned;
    this.#mode = learned.prompt.mode;
  }

  /** Privileged mode was entered, and the prompt does not tell. */
  get isRaised(): boolean {
    return this.#isRaised;
  }

  noteRaised(): void {
    this.#isRaised = true;
  }

  /** From now on a prompt counts once it has proved that it reads. */
  raiseFence(fence: Fence): void {
    this.#fence = fence;
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
    return this.#output !== undefined;
  }

  /** Types keys as the caller gives them; Ctrl-C becomes what stops a command here. */
  type(data: string): Promise<void> {
    const interrupts = data === "\x03";
    if (interrupts) this.#interrupted = "yes";
    const running = this.isRunning && this.#state.kind === "working" &&
      this.#question === "none";
    if (interrupts && running && this.profile.interrupt !== undefined) {
      // Not every command listens to the family's own key; at a prompt, Ctrl-C may do harm.
      this.terminal.ifSilent(INTERRUPT_MS, () => {
        if (this.isRunning) this.terminal.type(data).catch(() => {});
      });
      return this.terminal.type(this.profile.interrupt);
    }
    return this.terminal.type(data.replace(/\r?\n|\r/g, this.profile.enter));
  }

  /**
   * Types one line and yields what comes, until the prompt is back.
   *
   * @throws {ConnectionLostError} When the line cannot be typed.
   */
  async *run(line: string, options: RunOptions): AsyncGenerator<DialogueEvent> {
    const helps = this.profile.helpsAtOnce && /\?\s*$/.test(line) &&
      options.input === "commands";
    const typed = helps ? line.trimEnd() : line;
    const { model } = this.terminal;
    const output = new LineOutput(model, typed, {
      profile: this.profile,
      how: helps ? "help" : "enter",
      pages: this.#pages,
      headerRows: this.#learned.header.length,
    });
    output.input = options.input;
    this.#output = output;
    this.#interrupted = "no";
    this.terminal.setReader("busy");
    try {
      await this.terminal.type(helps ? typed : typed + this.profile.enter);
      this.terminal.restartQuiet();
      if (helps) await this.#enterIfPlain(output, options.signal);
      yield* this.#read(output, options);
    } finally {
      this.#question = "none";
      this.terminal.setReader("idle");
    }
  }

  async *#read(output: LineOutput, options: RunOptions): AsyncGenerator<DialogueEvent> {
    const { terminal } = this;
    let shown = -1;
    let acted = -1;
    for (;;) {
      if (shown !== terminal.version) {
        shown = terminal.version;
        yield* this.#progress(output);
      }
      const state = this.#state = this.#judge(output);
      const judged = terminal.version;
      const quietMs = acted === judged || state.kind === "working"
        ? Number.POSITIVE_INFINITY
        : state.quietMs;
      const woken = await terminal.wait(quietMs, options);
      if (woken === "data") continue;
      if (woken === "closed") return yield* this.#closed(output);
      acted = judged;
      const ended = yield* this.#act(state, output, options);
      if (ended === "ended") return;
    }
  }

  #judge(output: LineOutput): DeviceState {
    if (!output.isAnchored) return { kind: "working" };
    const state = judgeState(
      output.view({ isFenced: this.#fence !== "off" }),
      this.#learned,
      this.profile,
    );
    const done = state.kind === "stranger" && output.rejected.has(state.prompt.text) ||
      state.kind === "pager" && output.isPagerAnswered;
    return done ? { kind: "working" } : state;
  }

  *#progress(output: LineOutput): Generator<DialogueEvent> {
    if (this.#question === "asked") {
      this.#question = "none";
      yield { kind: "question-withdrawn" };
    }
    const before = this.#state;
    output.collect();
    this.terminal.released();
    const state = this.#judge(output);
    if (before.kind === "prompt" && state.kind !== "prompt") output.falsePrompts++;
    const isText = output.isAnchored &&
      (state.kind === "working" || state.kind === "question");
    const line = isText ? this.terminal.model.cursorLine : "";
    const event = output.progress(line, this.#learned);
    if (event !== undefined) yield event as DialogueEvent;
  }

  async *#act(
    state: DeviceState,
    output: LineOutput,
    options: RunOptions,
  ): AsyncGenerator<DialogueEvent, "ended" | "goes-on"> {
    switch (state.kind) {
      case "working":
        return "goes-on";
      case "prompt":
        if (await this.#clear(state, output) === "changed") return "goes-on";
        return yield* this.#finish(state.prompt, output);
      case "glued-prompt":
        // Where the space did not show as it should, Enter decides.
        if (this.#fence === "rub-out" && output.fenceSpaces === 0) {
          if (await this.#fenceGlued(state.prompt, output) === "changed") return "goes-on";
          return yield* this.#finish(state.prompt, output);
        }
        return yield* this.#finishAfterEnter(state.prompt, output);
      case "stranger":
      case "buried-prompt":
        return yield* this.#finishAfterEnter(state.prompt, output);
      case "pager":
        await this.#turnPage(state, output, options);
        return "goes-on";
      case "question":
        this.#question = "asked";
        yield { kind: "question", question: state.question };
        return "goes-on";
      case "text-input":
        return yield* this.#offerInput(state.row, output, options);
    }
  }

  *#finish(prompt: Prompt, output: LineOutput): Generator<DialogueEvent, "ended"> {
    this.#learned = relearn(this.#learned, prompt);
    const { event, tail } = output.finish(this.#learned);
    this.#mode = modeOf(prompt, tail);
    this.#state = { kind: "working" };
    this.terminal.model.release(this.terminal.model.cursorRow);
    if (event !== undefined) yield event as DialogueEvent;
    this.#output = undefined;
    yield { kind: "prompt", summary: summarise(output, tail.logs) };
    return "ended";
  }

  async *#finishAfterEnter(
    prompt: Prompt,
    output: LineOutput,
  ): AsyncGenerator<DialogueEvent, "ended" | "goes-on"> {
    const found = await this.#tryEnter(prompt, output);
    return found === undefined ? "goes-on" : yield* this.#finish(found, output);
  }

  *#offerInput(
    row: string,
    output: LineOutput,
    options: RunOptions,
  ): Generator<DialogueEvent, "ended" | "goes-on"> {
    output.input = "text";
    if (options.then === "more-lines") {
      const { event } = output.finish(this.#learned);
      if (event !== undefined) yield event as DialogueEvent;
      this.#output = undefined;
      yield { kind: "text-input", summary: summarise(output, []) };
      return "ended";
    }
    this.#question = "asked";
    yield { kind: "question", question: { kind: "text", text: row } };
    return "goes-on";
  }

  *#closed(output: LineOutput): Generator<DialogueEvent> {
    output.collect();
    const event = output.finishLost();
    if (event !== undefined) yield event as DialogueEvent;
    this.#output = undefined;
    yield { kind: "closed", summary: summarise(output, []) };
  }

  async #turnPage(
    { pager, length }: Extract<DeviceState, { kind: "pager" }>,
    output: LineOutput,
    { boundChars }: RunOptions,
  ): Promise<void> {
    if (pager.filler !== undefined) output.dropFiller(pager.filler);
    const isOver = output.chars > boundChars;
    if (isOver) output.cut = true;
    const key = isOver || this.#interrupted === "yes" ? pager.quit : pager.next;
    output.notePagerAnswer(key);
    this.terminal.model.dropPager(length);
    await this.terminal.type(key);
  }

  /** No key of ours stands behind the prompt; where the family needs it, it echoes one first. */
  #clear(state: Extract<DeviceState, { kind: "prompt" }>, output: LineOutput): Promise<Check> {
    const { prompt, strayKeys } = state;
    const how = { ...this.profile, output };
    const fence = strayKeys > 0 && this.#fence === "enter" ? "blind" : this.#fence;
    if (strayKeys > 0 && fence !== "blind") {
      return rubOut(this.terminal, prompt.text, { ...how, count: strayKeys });
    }
    if (fence === "off") return Promise.resolve("passed");
    return fencePrompt(this.terminal, prompt.text, { ...how, fence });
  }

  /** A row that ends like the prompt is one where a space shows behind it. */
  async #fenceGlued(prompt: Prompt, output: LineOutput): Promise<Check> {
    const { terminal } = this;
    const { cursorRow: row, cursorLine: line } = terminal.model;
    const how = { ...this.profile, output };
    let check = await fencePrompt(terminal, line, { ...how, fence: "rub-out" });
    if (check === "changed") {
      // An editor that redraws its line leaves the prompt alone there, and the space.
      while (await terminal.wait(REDRAW_MS) === "data");
      const { cursorRow, cursorLine } = terminal.model;
      const count = cursorLine.length - prompt.text.length;
      if (cursorRow !== row || cursorLine.trimEnd() !== prompt.text.trimEnd()) return "changed";
      check = count > 0 ? await rubOut(terminal, prompt.text, { ...how, count }) : "passed";
    }
    if (check === "changed") return check;
    output.collect(row);
    output.takeGlued(row, line.slice(0, -prompt.text.length));
    return "passed";
  }

  /**
   * The prompt that Enter brings: the one that stood, or this device's own, which then stood behind
   * output without a line end.
   */
  async #tryEnter(prompt: Prompt, output: LineOutput): Promise<Prompt | undefined> {
    const { cursorRow: row, cursorLine: line } = this.terminal.model;
    const own = this.#learned.prompt;
    const texts = line.endsWith(own.text) ? [prompt.text, own.text] : [prompt.text];
    const found = await promptAfterEnter(this.terminal, texts, this.profile);
    if (found === undefined) {
      output.rejected.add(prompt.text);
      output.owedPrompts++;
      return undefined;
    }
    output.collect(row);
    if (found === line || !line.endsWith(found)) return prompt;
    output.takeGlued(row, line.slice(0, -found.length));
    return own;
  }

  /** A "?" that only stands in the line, with nothing said about it, is an ordinary character. */
  async #enterIfPlain(output: LineOutput, signal: AbortSignal | undefined): Promise<void> {
    while (!output.isAnchored) {
      const woken = await this.terminal.wait(HELP_MS, signalOf(signal));
      if (woken === "closed") return;
      if (woken === "quiet") return await this.terminal.type(this.profile.enter);
    }
  }
}

function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function summarise(output: LineOutput, logs: readonly string[]): LineSummary {
  const error = output.error;
  return { ...(error === undefined ? {} : { error }), logs, cut: output.cut ? "cut" : "whole" };
}
