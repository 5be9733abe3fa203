import { abortable } from "../clock.ts";

/** The keyboard of one session: callers' commands type, or a person who took it over. */
export class Keyboard {
  #isHeld = false;
  readonly #waiting = new Set<() => void>();

  /** A person has it: no command of a caller begins, and nothing of callers is typed. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  take(): void {
    this.#isHeld = true;
  }

  /** Lets those who wait go on, in the order they came. */
  handBack(): void {
    this.#isHeld = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  /**
   * Resolves once no person has the keyboard.
   *
   * @throws The signal's reason, when it aborts first.
   */
  async free(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#isHeld) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}
