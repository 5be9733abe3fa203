/** A keyword's values and the place where the first of them stands. */
interface Found {
  readonly values: readonly string[];
  readonly place: string;
}

/**
 * Values gathered from the call and from files; the first one found wins (ssh_config(5)).
 *
 * Keywords are in lower case, values in the spelling that `ssh -G` prints.
 */
export class Settings {
  readonly #found = new Map<string, Found>();

  /** The keyword's value, or the first of several. */
  value(keyword: string): string | undefined {
    return this.#found.get(keyword)?.values[0];
  }

  /** All values of a keyword, none where it is not set. */
  values(keyword: string): readonly string[] {
    return this.#found.get(keyword)?.values ?? [];
  }

  /** "file:line" or the source of the keyword's first value. */
  place(keyword: string): string | undefined {
    return this.#found.get(keyword)?.place;
  }

  /** Sets a keyword unless it has values already. */
  claim(keyword: string, values: readonly string[], place: string): void {
    if (this.values(keyword).length === 0) this.#found.set(keyword, { values, place });
  }

  /** Adds a value behind those there are. */
  append(keyword: string, value: string, place: string): void {
    const values = [...this.values(keyword), value];
    this.#found.set(keyword, { values, place: this.place(keyword) ?? place });
  }

  /** Sets a keyword whatever it was, for what is computed; its place stays as it was. */
  replace(keyword: string, values: readonly string[]): void {
    this.#found.set(keyword, { values, place: this.place(keyword) ?? "the defaults" });
  }
}
