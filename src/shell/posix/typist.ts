import type { Channel } from "../../transport/transport.ts";
import { fallbackLine, nestedFallbackLine, probeLine } from "./start_up/dialects.ts";

/** VKILL of a cooked terminal (termios(3)): takes back what was typed and not yet read. */
const KILL_LINE = "\x15";
/** No POSIX shell runs any of a line that ends so. */
const SPOIL_LINE = " ;;\n";

/** Types on one pty; what cannot be typed because the channel is gone is dropped: its end tells. */
export class Typist {
  readonly #channel: Channel;
  readonly #encoder = new TextEncoder();
  readonly #onTyped: () => void;
  #leftover: "none" | "possible" = "none";

  /** `onTyped` is called each time something was typed. */
  constructor(channel: Channel, onTyped: () => void) {
    this.#channel = channel;
    this.#onTyped = onTyped;
  }

  /** Keys for a program may be unread when the next line of ours comes. */
  get leftover(): "none" | "possible" {
    return this.#leftover;
  }

  /** One line of ours; what the caller typed before and nobody read is killed first. */
  line(text: string): void {
    const kill = this.#leftover === "possible" ? KILL_LINE : "";
    this.#leftover = "none";
    this.write(`${kill}${text}\n`);
  }

  /**
   * Spoils what nobody read, in place of a line of ours; the prompt that follows tells it is done.
   *
   * VKILL does not reach what came while a program had the terminal raw: a shell gets that as the
   * beginning of its next line, and would run it with whatever is typed behind it.
   */
  spoilLeftover(): void {
    this.#leftover = "none";
    this.write(`${KILL_LINE}${SPOIL_LINE}`);
  }

  /** `attempt` counts from 1. */
  probe(nonce: string, attempt = 1): void {
    this.line(probeLine(nonce, attempt));
  }

  /** The first time in place of the shell, then as its child. */
  fallback(attempt: number): void {
    this.line(attempt === 1 ? fallbackLine : nestedFallbackLine);
  }

  /** An empty line, in place of what nobody read: a shell that reads it prompts again. */
  enterAlone(): void {
    this.write(`${KILL_LINE}\n`);
  }

  /** Gives up the line, or the unfinished lines, that a line editor holds: VINTR of termios(3). */
  dropLine(): void {
    this.write("\x03");
  }

  /** A terminal's answer; it may stay unread, because its reader may have gone on. */
  reply(data: string): void {
    if (data !== "") this.#leftover = "possible";
    this.write(data);
  }

  /** Bytes as they are. */
  write(data: string): void {
    if (data === "") return;
    this.#onTyped();
    this.#channel.write(this.#encoder.encode(data)).catch(() => {});
  }

  /**
   * Types a caller's keys to a running command.
   *
   * @throws {ConnectionLostError} When the channel is gone.
   */
  async typeForCaller(data: string): Promise<void> {
    this.#leftover = "possible";
    this.#onTyped();
    await this.#channel.write(this.#encoder.encode(data));
  }
}
