import { concatenated } from "../bytes.ts";
import { abortable, type Clock, within } from "../clock.ts";
import type { Channel } from "../transport/transport.ts";
import { looksLikeDevice } from "./device/detect.ts";
import type { ProfileTable } from "./device/profiles/profile_table.ts";
import type { Question } from "./shell.ts";
import { StartUpText } from "./posix/start_up/start_up_text.ts";
import { WrappedChannel } from "./posix/start_up/wrapped_channel.ts";

/** The output of a far end before anything was typed, and the channel to go on with. */
export interface FirstOutput {
  /** The unfinished line, which may be a prompt. */
  readonly line: string;
  /** All of it as plain text, at most 4,096 characters. */
  readonly said: string;
  /** All of it as it came. */
  readonly bytes: Uint8Array;
  /** The line reads like something to answer, not like a prompt. */
  readonly question: Question | undefined;
  /** An earlier question of this login was left. */
  readonly isAnswered: boolean;
  /** A line editor of a Unix shell took the terminal: its prompt may be drawn later. */
  readonly lineEditor: "seen" | "unseen";
  /** The channel has ended already: a ForceCommand that prints and ends. */
  readonly isOver: boolean;
  /** The channel from here on; `output` goes on behind `bytes`. */
  readonly rest: Channel;
  /** Reads on when the question was answered, or more came by itself; `rest` is not used then. */
  readonly readOn: (signal: AbortSignal | undefined) => Promise<FirstOutput>;
}

/** A device's prompt, or what it asks at login, is tried again with Enter: a short look is enough. */
const DEVICE_MS = 40;

/** After a question was answered, start-up files may take their time before the next line stands. */
const ANSWERED_MS = 15_000;
/** Text typed behind a question, without Enter, leaves it standing. */
const PART_MS = 1500;

/** How first output is read. */
export interface FirstOutputOptions {
  readonly clock: Clock;
  readonly profiles: ProfileTable;
}

/** Reads until a prompt or a question stands, the channel ends, or it stays quiet. Types nothing. */
export function readFirstOutput(
  channel: Channel,
  options: FirstOutputOptions,
): Promise<FirstOutput> {
  return new FirstReader(channel, options).read();
}

class FirstReader {
  readonly #channel: Channel;
  readonly #options: FirstOutputOptions;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #login = new StartUpText();
  readonly #decoder = new TextDecoder();
  readonly #chunks: Uint8Array[] = [];
  #pending: Promise<IteratorResult<Uint8Array>>;
  #isOver = false;
  #isAnswered = false;

  constructor(channel: Channel, options: FirstOutputOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#source = channel.output[Symbol.asyncIterator]();
    this.#pending = this.#source.next();
  }

  async read(): Promise<FirstOutput> {
    while (!this.#isOver && await this.#take(this.#patienceMs) !== "quiet");
    return this.#seen(this.#login.question);
  }

  /** Waits until the question was left, or something stands behind it, then reads on as {@link read}. */
  async #readOn(asked: Question, signal: AbortSignal | undefined): Promise<FirstOutput> {
    const { finishedLines } = this.#login;
    const stands = (): boolean =>
      this.#login.finishedLines === finishedLines &&
      this.#login.line.startsWith(asked.text.trimEnd());
    await this.#take(undefined, signal);
    while (!this.#isOver && stands()) {
      if (await this.#take(PART_MS, signal) === "quiet") return this.#seen(asked);
    }
    this.#isAnswered = true;
    for (;;) {
      const isEmpty = !this.#login.hasLine;
      const patienceMs = isEmpty ? ANSWERED_MS : this.#patienceMs;
      if (this.#isOver || await this.#take(patienceMs, signal) === "quiet") break;
    }
    return this.#seen(this.#login.question);
  }

  get #patienceMs(): number {
    const { line, hasLine, patienceMs } = this.#login;
    const quietMs = hasLine ? patienceMs : Math.max(DEVICE_MS, patienceMs);
    return looksLikeDevice(line, this.#options.profiles) ? Math.min(DEVICE_MS, quietMs) : quietMs;
  }

  async #take(patienceMs: number | undefined, signal?: AbortSignal): Promise<"read" | "quiet"> {
    const reading = signal === undefined ? this.#pending : abortable(this.#pending, signal);
    const result = patienceMs === undefined
      ? await reading
      : await within(this.#options.clock, patienceMs, reading);
    if (result === undefined) return "quiet";
    if (result.done) {
      this.#pending = Promise.resolve(result);
      this.#isOver = true;
      return "read";
    }
    this.#chunks.push(result.value);
    this.#login.write(this.#decoder.decode(result.value, { stream: true }));
    this.#pending = this.#source.next();
    return "read";
  }

  #seen(question: Question | undefined): FirstOutput {
    const login = this.#login;
    return {
      line: login.line,
      said: login.said,
      bytes: concatenated(this.#chunks),
      question,
      isAnswered: this.#isAnswered,
      lineEditor: login.lineEditor,
      isOver: this.#isOver,
      rest: new ContinuedChannel(this.#channel, { pending: this.#pending, source: this.#source }),
      readOn: (signal) => this.#readOn(question!, signal),
    };
  }
}

/** The same channel with output in front that was read from it already. */
export function withOutputAgain(channel: Channel, bytes: Uint8Array): Channel {
  const source = channel.output[Symbol.asyncIterator]();
  return new ContinuedChannel(channel, {
    pending: Promise.resolve({ done: false, value: bytes }),
    source,
  });
}

interface Continuation {
  readonly pending: Promise<IteratorResult<Uint8Array>>;
  readonly source: AsyncIterator<Uint8Array>;
}

class ContinuedChannel extends WrappedChannel {
  override readonly output: AsyncIterable<Uint8Array>;

  constructor(channel: Channel, continuation: Continuation) {
    super(channel);
    this.output = continued(continuation);
  }
}

async function* continued({ pending, source }: Continuation): AsyncGenerator<Uint8Array> {
  for (let result = await pending; !result.done; result = await source.next()) yield result.value;
}
