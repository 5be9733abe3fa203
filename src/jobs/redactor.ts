import { conceal } from "../config/conceal.ts";
import type { HiddenValue } from "../config/resolved_host.ts";

/** Shorter secrets would hit inside of every other word; they hide as whole words only. */
const SHORT_SECRET_CHARS = 3;

/**
 * Puts something else in the place of values that must not show, and counts how often.
 *
 * A value is looked for within single lines: a text must be given by whole lines, however the bytes
 * arrived. Of a secret with line feeds each line is hidden by itself.
 */
export class Redactor {
  readonly #always: readonly HiddenValue[];
  #hidden: readonly HiddenValue[];
  #count = 0;

  /** Starts with what the operator's overrides hide. */
  constructor(hidden: readonly HiddenValue[] = []) {
    this.#always = this.#hidden = hidden;
  }

  /** How many values were hidden so far. */
  get count(): number {
    return this.#count;
  }

  /** Hides a secret from now on. */
  addSecret(secret: string): void {
    const lines = secret.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    this.#hidden = [...this.#hidden, ...lines.map(asHidden)];
  }

  /** Holds no added secret any more. */
  forgetSecrets(): void {
    this.#hidden = this.#always;
  }

  /** The text without the hidden values. */
  apply(text: string): string {
    if (this.#hidden.length === 0 || text === "") return text;
    const concealed = conceal(text, this.#hidden);
    this.#count += concealed.count;
    return concealed.text;
  }
}

function asHidden(secret: string): HiddenValue {
  const kind = secret.length < SHORT_SECRET_CHARS ? "name" : "secret";
  return { kind, value: secret.toWellFormed(), shownAs: "[redacted]" };
}
