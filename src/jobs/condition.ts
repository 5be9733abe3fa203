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
  until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = (): void => {
        this.#checks.delete(check);
        signal?.removeEventListener("abort", onAbort);
      };
      const check = (): void => {
        if (!holds()) return;
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      this.#checks.add(check);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
