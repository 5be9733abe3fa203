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
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(resume);
        reject(signal?.reason);
      };
      const resume = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(resume);
    });
  }
}
