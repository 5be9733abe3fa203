const MARKS_KEPT = 64;

/**
 * Remembers the offsets that readers were told, and which of them no longer fit.
 *
 * A reader who was told "next offset 120" in the middle of a line has seen a line that a program
 * may rewrite. Once it does, reading on at 120 would show half of the new line: the mark then says
 * where to start instead.
 */
export class ReadMarks {
  /** By offset told: where to read on from. Oldest first. */
  readonly #restarts = new Map<number, number>();

  /** A reader was told that it has seen everything before `offset`. */
  told(offset: number): void {
    this.#restarts.delete(offset);
    this.#restarts.set(offset, offset);
    if (this.#restarts.size <= MARKS_KEPT) return;
    this.#restarts.delete(this.#restarts.keys().next().value!);
  }

  /** Everything from `from` on was taken back. */
  takenBack(from: number): void {
    for (const [told, restart] of this.#restarts) {
      if (told > from && restart > from) this.#restarts.set(told, from);
    }
  }

  /** The line that begins at `start` showed `before` and is now followed or replaced by `after`. */
  rewritten(start: number, before: string, after: string): void {
    if (after.startsWith(before)) return;
    for (const [told, restart] of this.#restarts) {
      if (told <= start || restart <= start) continue;
      const seen = before.slice(0, told - start);
      if (!after.startsWith(seen)) this.#restarts.set(told, start);
    }
  }

  /** Where a reader who was told `offset` has to read on. */
  restart(offset: number): number {
    return this.#restarts.get(offset) ?? offset;
  }
}
