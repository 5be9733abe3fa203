/** Bytes of a session as text, in order: what was typed, and what came. */
export interface Exchange {
  readonly sent: string;
  /** All that came until something was typed again. */
  readonly got: string;
}

/** More than any session that shows how a device behaves. */
const LIMIT_CHARS = 4 * 1024 * 1024;

/** Keeps what passes a {@link DeviceTerminal}. */
export class Tape {
  #exchanges: { sent: string; got: string }[] = [{ sent: "", got: "" }];
  #chars = 0;

  /** The first was not sent: the login. */
  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  sent(text: string): void {
    this.#exchanges.push({ sent: text, got: "" });
  }

  got(text: string): void {
    this.#chars += text.length;
    if (this.#chars <= LIMIT_CHARS) this.#exchanges.at(-1)!.got += text;
  }
}
