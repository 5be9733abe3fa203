import type { HiddenValue } from "../config/resolved_host.ts";

const REDACTED = "[redacted]";

/**
 * Puts something else in the place of values that must not show, and counts how often.
 *
 * A value is looked for within single lines: a text must be given by whole lines, however the bytes
 * arrived. Of a value with line feeds each line is hidden by itself.
 */
export class Redactor {
  readonly #always: readonly HiddenValue[];
  #hidden: readonly HiddenValue[] = [];
  #pattern: RegExp | undefined;
  #count = 0;

  /** Starts with what the operator's overrides hide. */
  constructor(hidden: readonly HiddenValue[] = []) {
    this.#always = hidden;
    this.#hide(hidden);
  }

  /** How many values were hidden so far. */
  get count(): number {
    return this.#count;
  }

  /** Hides a secret from now on. */
  addSecret(secret: string): void {
    this.#hide([...this.#hidden, { kind: "secret", value: secret, shownAs: REDACTED }]);
  }

  /** Holds no added secret any more. */
  forgetSecrets(): void {
    this.#hide(this.#always);
  }

  /** The text without the hidden values. */
  apply(text: string): string {
    if (!this.#pattern || text === "") return text;
    return text.replace(this.#pattern, (found) => {
      this.#count++;
      return this.#shownAs(found);
    });
  }

  #shownAs(found: string): string {
    const folded = found.toLowerCase();
    const hidden = this.#hidden.find(({ value }) => value === found) ??
      this.#hidden.find(({ value }) => value.toLowerCase() === folded);
    return hidden?.shownAs ?? REDACTED;
  }

  #hide(hidden: readonly HiddenValue[]): void {
    const lines = hidden.flatMap((one) =>
      one.value.split(/[\r\n]+/).map((value) => ({ ...one, value }))
    );
    const longestFirst = lines.filter(({ value }) => value.trim() !== "")
      .sort((a, b) => b.value.length - a.value.length);
    this.#hidden = longestFirst;
    const expressions = longestFirst.map(expression);
    this.#pattern = expressions.length > 0 ? new RegExp(expressions.join("|"), "gu") : undefined;
  }
}

/** Names, and secrets of one or two characters, would hit inside of other words. */
function expression({ kind, value }: HiddenValue): string {
  const escaped = RegExp.escape(value.toWellFormed());
  if (kind === "secret" && value.length > 2) return escaped;
  const word = `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
  return kind === "secret" ? word : `(?i:${word})`;
}
