import type { Clock, Timer } from "../../../clock.ts";
import { Screen } from "../../../terminal/screen.ts";
import { type QueriesFound, TerminalQueries } from "../../../terminal/terminal_queries.ts";
import type { CommandRun } from "../command_run.ts";
import { isAsker } from "./query_asker.ts";
import type { ProcessIdentity } from "./terminal_process.ts";
import type { TerminalWatch } from "./terminal_watch.ts";
import type { Typist } from "../typist.ts";

/** Options of {@link TerminalAnswers}. */
export interface TerminalAnswersOptions {
  readonly clock: Clock;
  readonly columns: number;
  readonly rows: number;
}

/** When the host is asked again whether the program that asked reads by now. */
const LOOK_AGAIN_MS: readonly number[] = [50, 150, 400, 1_000];
/** A command that printed so many queries and read no answer is not asked about any more. */
const MAX_UNANSWERED = 3;
const MAX_ANSWERS = 64;

interface Query {
  readonly command: string;
  expected: number;
  writtenUnits: number;
  present: readonly ProcessIdentity[] | undefined;
  readonly answers: string[];
}

/**
 * Draws the terminal, and answers what programs ask it (cursor position, device attributes, modes).
 *
 * A program on the alternate screen is answered at once. On the primary screen a query may be mere
 * output, so it is answered only when the host proves that who asked reads: see {@link isAsker}.
 */
export class TerminalAnswers implements Disposable {
  readonly screen: Screen;
  readonly #watch: TerminalWatch;
  readonly #typist: Typist;
  readonly #clock: Clock;
  readonly #queries = new TerminalQueries();
  #run: CommandRun | undefined;
  #unanswered = 0;
  #query: Query | undefined;
  #timer: Timer | undefined;

  constructor(watch: TerminalWatch, typist: Typist, options: TerminalAnswersOptions) {
    this.#watch = watch;
    this.#typist = typist;
    const { clock, columns, rows } = options;
    this.#clock = clock;
    this.screen = new Screen({
      ...{ columns, rows, onReply: (answer) => typist.reply(answer) },
      onPrimaryReply: (answer) => this.#keep(answer),
    });
  }

  /** Takes output in order; of `run`, or of no command. */
  feed(text: string, run: CommandRun | undefined): void {
    if (run !== this.#run) this.#begin(run);
    const found = this.#queries.feed(text);
    const isAsked = run !== undefined && found !== undefined &&
      this.#unanswered < MAX_UNANSWERED && !this.screen.alternateScreen;
    if (this.#query !== undefined) {
      this.#query.writtenUnits += writtenUnits(text);
      if (isAsked) this.#query.expected += found.count;
    } else if (isAsked) void this.#ask(run, text, found);
    this.screen.feed(text, isAsked ? found.start : undefined);
  }

  /** The command is over: whoever asked is gone. */
  leave(): void {
    this.#begin(undefined);
    this.screen.leave();
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.screen[Symbol.dispose]();
  }

  #begin(run: CommandRun | undefined): void {
    this.#run = run;
    this.#forget();
    this.#unanswered = 0;
    this.screen.forgetQueries();
  }

  #forget(): void {
    this.#query = undefined;
    this.#timer?.[Symbol.dispose]();
  }

  #keep(answer: string): void {
    const query = this.#query;
    if (query === undefined || query.answers.length >= MAX_ANSWERS) return;
    if (query.answers.length < query.expected) query.answers.push(answer);
  }

  async #ask(
    { command }: CommandRun,
    text: string,
    { start, end, count }: QueriesFound,
  ): Promise<void> {
    const query: Query = {
      command,
      expected: count,
      writtenUnits: end - start + writtenUnits(text.slice(end)),
      present: undefined,
      answers: [],
    };
    this.#query = query;
    for (const delayMs of [0, ...LOOK_AGAIN_MS]) {
      if (delayMs > 0) await this.#wait(delayMs);
      if (this.#query !== query) return;
      const terminal = await this.#watch.terminal();
      if (this.#query !== query) return;
      if (terminal === undefined) break;
      const present = query.present ??= terminal.processes;
      if (query.answers.length > 0 && isAsker(terminal, { ...query, present })) {
        this.#query = undefined;
        return this.#typist.reply(query.answers.join(""));
      }
    }
    this.#query = undefined;
    this.#unanswered += 1;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#timer = this.#clock.after(delayMs, resolve));
  }
}

/** The terminal makes CR LF of a program's LF (ONLCR of termios(3)). */
function writtenUnits(text: string): number {
  let units = text.length;
  for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) units -= 1;
  return units;
}
