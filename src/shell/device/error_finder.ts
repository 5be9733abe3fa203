import type { DeviceProfile } from "./profiles/profile.ts";

/** A report stands at the head of an answer or at its end; in between it is quoted text. */
const NEAR_ROWS = 8;

/** Finds a device's own error line in the answer to one typed line. */
export class ErrorFinder {
  readonly #profile: DeviceProfile;
  #rows = 0;
  #first: string | undefined;
  #last: { readonly text: string; readonly row: number }[] = [];

  constructor(profile: DeviceProfile) {
    this.#profile = profile;
  }

  /** Looks at the next row of the answer. */
  take(row: string): void {
    this.#rows++;
    if (this.#first !== undefined) return;
    if (!this.#profile.errors.some((shape) => shape.test(row))) return;
    if (this.#rows <= NEAR_ROWS) this.#first = row.trim();
    else this.#last = [...this.#last, { text: row.trim(), row: this.#rows }].slice(-NEAR_ROWS);
  }

  /** The error line of the whole answer. */
  get found(): string | undefined {
    return this.#first ?? this.#last.find(({ row }) => row > this.#rows - NEAR_ROWS)?.text;
  }
}
