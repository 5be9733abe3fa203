import { abortable } from "../clock.ts";

/** Wakes those who wait for something to become true; nobody polls. */
export class Condition {
  readonly #checks = new Set<() => void>();

  /** To be called after each change that a waiter may care about. */
  notify(): void {
    for (const check of [...this.#checks]) check();
  }

  /**
   * Resolves as soon as `holds()` is true, at once when it is already.
   *
   * @throws The signal's reason, when it aborts first.
   */
  async until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    if (holds()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (holds()) resolve();
    };
    this.#checks.add(check);
    try {
      await abortable(promise, signal);
    } finally {
      this.#checks.delete(check);
    }
  }
}
