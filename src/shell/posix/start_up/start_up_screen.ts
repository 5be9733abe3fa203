import { ChannelError } from "../../../errors.ts";
import { MARKER_NUMBER } from "../../../terminal/markers.ts";
import type { Channel, ChannelExit } from "../../../transport/transport.ts";
import { WrappedChannel } from "./wrapped_channel.ts";

/** A program takes the alternate screen (xterm private modes 47, 1047 and 1049). */
// deno-lint-ignore no-control-regex
const TAKES_SCREEN = /\x1b\[\?(?:47|1047|1049)h/;
const MARKER = `\x1b]${MARKER_NUMBER};`;
/** A sequence may be cut between two chunks. */
const OVERLAP = 16;

/** For an exec request with a pty: an interactive shell that reads no start-up files of its own. */
export const BARE_SHELL_COMMAND =
  "exec sh -c 'command -v bash >/dev/null 2>&1 && exec bash --noprofile --norc -i; exec sh -i'";

/**
 * A login shell's channel, or another in its place when start-up files begin a full-screen program.
 *
 * No marker comes out of `exec tmux`, so before the first marker a program that takes the alternate
 * screen ends the channel, and `reopen` gives one whose shell reads no start-up files. Its output
 * throws {@link ChannelError} when that one does the same.
 */
export class StartUpScreenChannel extends WrappedChannel {
  override readonly output: AsyncIterable<Uint8Array>;
  readonly #reopen: () => Promise<Channel>;
  readonly #exit = Promise.withResolvers<ChannelExit>();
  #isReplaced = false;
  #mustReplace = false;

  constructor(channel: Channel, reopen: () => Promise<Channel>) {
    super(channel);
    this.#reopen = reopen;
    this.output = this.#read();
  }

  /** A note for list_sessions; undefined for an ordinary login. */
  get note(): string | undefined {
    if (!this.#isReplaced) return undefined;
    return "the start-up files begin a full-screen program; commands run in a shell without them";
  }

  /** Of the channel that was gone on with. */
  override get exit(): Promise<ChannelExit> {
    return this.#exit.promise;
  }

  /** Ends a terminal inside the terminal, which was told by its process; once. */
  replace(): void {
    if (this.#mustReplace || this.#isReplaced) return;
    this.#mustReplace = true;
    void this.inner[Symbol.asyncDispose]();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      const takesScreen = yield* this.#untilMarker();
      if (!takesScreen && !this.#mustReplace) return;
      this.#isReplaced = true;
      await this.inner[Symbol.asyncDispose]();
      this.inner = await this.#reopen();
      if (yield* this.#untilMarker()) throw screenAtLogin();
    } finally {
      this.#exit.resolve(this.inner.exit);
    }
  }

  /** True when a program took the screen before any marker; then nothing of it was passed on. */
  async *#untilMarker(): AsyncGenerator<Uint8Array, boolean> {
    const decoder = new TextDecoder("latin1");
    let before: string | undefined = "";
    for await (const chunk of this.inner.output) {
      if (before !== undefined) {
        const text: string = before + decoder.decode(chunk);
        if (TAKES_SCREEN.test(text)) return true;
        before = text.includes(MARKER) ? undefined : text.slice(-OVERLAP);
      }
      yield chunk;
    }
    return false;
  }
}

function screenAtLogin(): ChannelError {
  return new ChannelError(
    "The start-up files begin a full-screen program instead of a shell",
    "Make them begin it only where a person logs in, or give the account another login shell",
  );
}
