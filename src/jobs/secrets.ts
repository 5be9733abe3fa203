import { HiddenValues } from "../config/conceal.ts";
import type { HiddenValue } from "../config/resolved_host.ts";
import { PlainText } from "../terminal/plain_text.ts";
import { quoteForms, withoutBrackets } from "../terminal/quote.ts";
import { makeVisible } from "../terminal/visible.ts";

/** Shorter secrets are hidden as whole words: they would hit inside of every other word. */
const ANYWHERE_FROM_CHARS = 4;
/** Longer lines are looked for in pieces. */
const PIECE_CHARS = 512;

/**
 * Values that must not show of one host: the operator's, and secrets that callers gave.
 *
 * A secret is hidden from the moment it is added for as long as this object lives. Of one with line
 * feeds each line is hidden by itself. It is hidden as given, as a terminal shows it, as our own
 * lines quote it, and in Unicode's composed and decomposed forms; not where a program encodes it.
 */
export class Secrets {
  readonly #values = new Map<string, HiddenValue>();
  #prepared: HiddenValues | undefined;

  /** Starts with what the operator's overrides hide. */
  constructor(hidden: readonly HiddenValue[] = []) {
    this.hide(hidden);
  }

  /** Hides values of the operator from now on. */
  hide(hidden: readonly HiddenValue[]): void {
    for (const value of hidden) {
      if (value.kind === "secret") {
        for (const form of formsOf(value.value)) this.#add({ ...value, value: form });
      }
      this.#add(value);
    }
  }

  /** Hides a caller's secret from now on. */
  add(secret: string): void {
    for (const value of asHidden(secret)) this.#add(value);
  }

  /** The values in a form to look for; undefined where there are none. */
  get prepared(): HiddenValues | undefined {
    if (this.#values.size === 0) return undefined;
    return this.#prepared ??= new HiddenValues([...this.#values.values()]);
  }

  #add(value: HiddenValue): void {
    const key = `${value.kind} ${value.value}`;
    if (value.value === "" || this.#values.has(key)) return;
    this.#values.set(key, value);
    this.#prepared = undefined;
  }
}

/** A caller's secret as the values to look for. */
export function asHidden(secret: string): readonly HiddenValue[] {
  return formsOf(secret).map((value) => ({
    kind: value.length < ANYWHERE_FROM_CHARS ? "short" : "secret",
    value,
    shownAs: "[redacted]",
  }));
}

function formsOf(secret: string): readonly string[] {
  const lines = secret.toWellFormed().split(/[\r\n]/).filter((line) => line.trim() !== "");
  const shown = lines.flatMap((line) => {
    const plain = new PlainText().write(line).line;
    return [line, line.trim(), plain, makeVisible(line).text, inCarets(line)];
  });
  const spelled = shown.flatMap((line) => [line, line.normalize("NFC"), line.normalize("NFD")]);
  const quoted = spelled.flatMap((line) => {
    const { words, name } = quoteForms(line);
    return [words, name, withoutBrackets(line), JSON.stringify(line).slice(1, -1)];
  });
  return [...new Set([...spelled, ...quoted].flatMap(pieces))].filter((form) => form.trim() !== "");
}

/** Control characters that a terminal echoes in caret notation (ECHOCTL of termios(3)). */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

function inCarets(line: string): string {
  return line.replace(
    CONTROLS,
    (control) => `^${String.fromCharCode(control.charCodeAt(0) ^ 0x40)}`,
  );
}

function pieces(line: string): readonly string[] {
  const count = Math.ceil(line.length / PIECE_CHARS);
  const length = Math.ceil(line.length / count);
  return Array.from({ length: count }, (_, n) => line.slice(n * length, (n + 1) * length));
}
