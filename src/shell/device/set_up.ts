import type { Clock } from "../../clock.ts";
import { ChannelError } from "../../errors.ts";
import type { Dialogue } from "./dialogue.ts";
import type { SetupLine } from "./profiles/profile.ts";

const ANSWER_LIMIT_MS = 30_000;
/** An answer to a line of ours is never longer than this. */
const ANSWER_BOUND_CHARS = 65_536;

/** The lines a profile types once per shell; those for privileged mode wait until it is entered. */
export class SetUp {
  readonly #clock: Clock;
  readonly #hostName: string;
  #left: readonly SetupLine[];

  constructor(lines: readonly SetupLine[], options: AskOptions) {
    this.#left = lines;
    this.#clock = options.clock;
    this.#hostName = options.hostName;
  }

  /** Types what the mode allows and was not typed before; the device's errors do not matter. */
  async run(dialogue: Dialogue, options: { readonly signal?: AbortSignal }): Promise<void> {
    const { level } = dialogue.learned.prompt;
    if (level === "config") return;
    const due = this.#left.filter((line) => line.level === "exec" || level === "privileged");
    if (due.length === 0) return;
    this.#left = this.#left.filter((line) => !due.includes(line));
    for (const { send } of due) {
      await ask(dialogue, send, { ...options, clock: this.#clock, hostName: this.#hostName });
    }
  }
}

/** Partners of {@link ask}. */
export interface AskOptions {
  readonly clock: Clock;
  /** The name to tell the caller. */
  readonly hostName: string;
  readonly signal?: AbortSignal;
  /** 30 s where absent. */
  readonly limitMs?: number;
}

/**
 * Types one line of our own and returns what it printed.
 *
 * @throws {ChannelError} When the prompt does not come back in time.
 */
export async function ask(dialogue: Dialogue, line: string, options: AskOptions): Promise<string> {
  const late = new AbortController();
  using _timer = options.clock.after(options.limitMs ?? ANSWER_LIMIT_MS, () => late.abort());
  const signals = options.signal === undefined ? [late.signal] : [late.signal, options.signal];
  let text = "";
  try {
    const run = dialogue.run(line, {
      signal: AbortSignal.any(signals),
      boundChars: ANSWER_BOUND_CHARS,
      input: "commands",
      then: "end",
    });
    for await (const event of run) {
      if (event.kind === "output") text = (text + event.text).slice(0, ANSWER_BOUND_CHARS);
      if (event.kind === "question") await dialogue.type("\x03");
    }
    return text;
  } catch (error) {
    if (!late.signal.aborted) throw error;
    throw new ChannelError(
      `"${options.hostName}" did not come back to its prompt after "${line}"`,
      "Name its profile with device_type, or log in by hand to see what it shows",
      { cause: error },
    );
  }
}
