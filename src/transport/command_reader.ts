import { abortable } from "../clock.ts";
import type { Channel, ChannelExit, CommandOutput, RunOptions } from "./transport.ts";

/** The means of reading a command's output, beside its bounds. */
export interface ReaderParts {
  /** Closes the channel: the time is up, or nobody waits any more. */
  readonly signal: AbortSignal;
  /** Called once the channel was read to its end. */
  readonly onEnd: () => void;
  /** Called, at most once, when the command printed more than it may; ends the connection. */
  readonly onOverrun: () => Error;
}

/**
 * Reads a channel to its end, and closes it when the time is up.
 *
 * A command that has not ended is closed under it by the limit of time alone: a server in Python lost
 * its connection when a channel was closed as soon as the answer was there.
 */
export function readCommand(
  channel: Channel,
  options: RunOptions,
  parts: ReaderParts,
): Promise<CommandOutput> {
  void (options.input ?? Promise.resolve()).then((input) => endInput(channel, input));
  const answer = Promise.withResolvers<CommandOutput>();
  new CommandReader(channel, options, parts).read(answer.resolve)
    .catch(answer.reject).finally(parts.onEnd);
  return answer.promise;
}

async function endInput(channel: Channel, input: string | void): Promise<void> {
  // Where the channel is gone, its output tells.
  if (input) await channel.write(new TextEncoder().encode(input)).catch(() => {});
  channel.end();
}

class CommandReader {
  readonly #channel: Channel;
  readonly #options: RunOptions;
  readonly #parts: ReaderParts;
  #text = "";

  constructor(channel: Channel, options: RunOptions, parts: ReaderParts) {
    this.#channel = channel;
    this.#options = options;
    this.#parts = parts;
  }

  async read(tell: (output: CommandOutput) => void): Promise<void> {
    const channel = this.#channel;
    const { signal } = this.#parts;
    await using _closed = channel;
    const close = (): void => void channel[Symbol.asyncDispose]();
    if (signal.aborted) close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await Promise.all([this.#readOutput(tell), this.#passOver(channel.errorOutput)]);
      const exit = await abortable<ChannelExit>(channel.exit, signal).catch(() => undefined);
      const hasEnded = exit?.exitStatus !== undefined || exit?.exitSignal !== undefined;
      const { exitStatus } = exit ?? {};
      tell({ text: this.#text, isComplete: hasEnded && !signal.aborted, exitStatus });
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  async #readOutput(tell: (output: CommandOutput) => void): Promise<void> {
    const { until } = this.#options;
    const decoder = new TextDecoder();
    let isTold = false;
    for await (const chunk of this.#bounded(this.#channel.output)) {
      if (isTold) continue;
      this.#text += decoder.decode(chunk, { stream: true });
      isTold = until?.(this.#text) ?? false;
      if (isTold) tell({ text: this.#text, isComplete: true });
    }
  }

  async #passOver(output: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const _chunk of this.#bounded(output));
  }

  async *#bounded(output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of output) {
      bytes += chunk.length;
      if (bytes > this.#options.limitBytes) throw this.#parts.onOverrun();
      yield chunk;
    }
  }
}
