import type { Question } from "../shell/shell.ts";

/** A command that holds the shell. */
export interface Holder {
  /** Its open question. */
  question: Question | undefined;
}

/**
 * The right to type: one command at a time, in the order they came.
 *
 * A command that asks at a shell prompt of its own (`bash`, `sudo -i`) lets the next one pass, which
 * then runs inside it.
 */
export class Turns {
  readonly #holders = new Set<Holder>();
  readonly #waiting: (() => void)[] = [];

  /** Whether some command runs, other than one that waits at a nested shell's prompt. */
  get busy(): boolean {
    return [...this.#holders].some((holder) => holder.question?.kind !== "shell");
  }

  /** The question of the command that runs, if it asks one. */
  get question(): Question | undefined {
    const holders = [...this.#holders];
    return (holders.find(({ question }) => question?.kind !== "shell") ?? holders.at(-1))?.question;
  }

  /**
   * Waits for the turn; whoever gets it gives it back with {@link release}.
   *
   * @throws The signal's reason, when it aborts first.
   */
  async take(signal: AbortSignal | undefined): Promise<Holder> {
    signal?.throwIfAborted();
    if (this.busy || this.#waiting.length > 0) return await this.#wait(signal);
    return this.#hold();
  }

  /** Sets or withdraws a holder's question. */
  ask(holder: Holder, question: Question | undefined): void {
    holder.question = question;
    this.#grant();
  }

  release(holder: Holder): void {
    this.#holders.delete(holder);
    this.#grant();
  }

  #hold(): Holder {
    const holder: Holder = { question: undefined };
    this.#holders.add(holder);
    return holder;
  }

  #grant(): void {
    if (!this.busy) this.#waiting.shift()?.();
  }

  #wait(signal: AbortSignal | undefined): Promise<Holder> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const index = this.#waiting.indexOf(go);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(signal?.reason);
      };
      const go = (): void => {
        signal?.removeEventListener("abort", onAbort);
        // At once, or another could take the turn before this promise is read.
        resolve(this.#hold());
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(go);
    });
  }
}
