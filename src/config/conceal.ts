import { SshError } from "../errors.ts";
import { type Found, MultiSearch } from "./multi_search.ts";
import type { HiddenValue } from "./resolved_host.ts";

/** A text without its hidden values. */
export interface Concealed {
  readonly text: string;
  /** How many values were replaced. */
  readonly count: number;
}

/** Where hidden values lie, in UTF-16 units; values that overlap are one place. */
export interface HiddenPlace {
  readonly start: number;
  readonly end: number;
  readonly shownAs: string;
}

const known = new WeakMap<readonly HiddenValue[], HiddenValues>();

/** Puts something else for every hidden value; see {@link HiddenValues}. */
export function conceal(text: string, hidden: readonly HiddenValue[]): Concealed {
  if (hidden.length === 0) return { text, count: 0 };
  const values = known.get(hidden) ?? new HiddenValues(hidden);
  known.set(hidden, values);
  return values.conceal(text);
}

/**
 * Values that must not show, in a form that is quick to look for.
 *
 * A secret goes wherever it stands. A name goes in any case of letters and may be as short as a
 * user's "web": not inside of a longer word, nor a number inside of a longer number. A short secret
 * goes as a whole word; one of a single character only as the last word of a line, where an answer
 * is echoed.
 */
export class HiddenValues {
  readonly #exact: readonly HiddenValue[];
  readonly #names: readonly HiddenValue[];
  readonly #exactSearch: MultiSearch;
  readonly #nameSearch: MultiSearch | undefined;
  /** Units of the longest value. */
  readonly longest: number;

  constructor(hidden: readonly HiddenValue[]) {
    this.#exact = hidden.filter(({ kind }) => kind !== "name");
    this.#names = hidden.filter(({ kind }) => kind === "name");
    this.#exactSearch = new MultiSearch(this.#exact.map(({ value }) => value));
    this.#nameSearch = this.#names.length === 0
      ? undefined
      : new MultiSearch(this.#names.map(({ value }) => fold(value)));
    this.longest = Math.max(0, ...hidden.map(({ value }) => value.length));
  }

  /** All places in order; none overlap. */
  find(text: string): readonly HiddenPlace[] {
    const places: HiddenPlace[] = [];
    const takeFrom = (values: readonly HiddenValue[]) => (found: Found): boolean => {
      const value = values[found.index]!;
      if (!isHidden(text, value, found)) return false;
      places.push({ start: found.start, end: found.end, shownAs: value.shownAs });
      return true;
    };
    this.#exactSearch.scan(text, takeFrom(this.#exact));
    this.#nameSearch?.scan(fold(text), takeFrom(this.#names));
    return joinPlaces(places);
  }

  /** How many units at the text's end may be the beginning of a secret that goes on. */
  openEnd(text: string): number {
    return this.#exactSearch.openEnd(text.slice(Math.max(0, text.length - this.longest)));
  }

  /** The text with its values replaced. */
  conceal(text: string): Concealed {
    const places = this.find(text);
    return { text: withoutPlaces(text, places), count: places.length };
  }
}

/** The text with something else in some places. */
export function withoutPlaces(text: string, places: readonly HiddenPlace[]): string {
  if (places.length === 0) return text;
  let shown = "";
  let at = 0;
  for (const { start, end, shownAs } of places) {
    shown += text.slice(at, start) + shownAs;
    at = end;
  }
  return shown + text.slice(at);
}

/** In order; what overlaps becomes one place, shown as the longest of its values is. */
export function joinPlaces(places: readonly HiddenPlace[]): readonly HiddenPlace[] {
  const ordered = [...places].sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: HiddenPlace[] = [];
  let longest = 0;
  for (const place of ordered) {
    const last = apart.at(-1);
    const length = place.end - place.start;
    if (last === undefined || place.start >= last.end) {
      apart.push(place);
      longest = length;
      continue;
    }
    const shownAs = length > longest ? place.shownAs : last.shownAs;
    longest = Math.max(longest, length);
    apart[apart.length - 1] = {
      start: last.start,
      end: Math.max(last.end, place.end),
      shownAs,
    };
  }
  return apart;
}

function isHidden(text: string, { kind, value }: HiddenValue, { start, end }: Found): boolean {
  switch (kind) {
    case "secret":
      return true;
    case "name":
      return /^\d+$/.test(value)
        ? isWholeWord(text, start, end)
        : !isInside(text, start) && !isInside(text, end);
    case "short":
      return isWholeWord(text, start, end) && (value.length > 1 || isLastOfLine(text, end));
  }
}

/** Both sides of a place are letters, or both are digits: it is no border of a word. */
function isInside(text: string, at: number): boolean {
  const before = characterBefore(text, at);
  const after = characterAt(text, at);
  return (LETTER.test(before) && LETTER.test(after)) || (DIGIT.test(before) && DIGIT.test(after));
}

function isWholeWord(text: string, start: number, end: number): boolean {
  const joinsBefore = WORD.test(characterBefore(text, start)) &&
    WORD.test(characterAt(text, start));
  return !joinsBefore &&
    !(WORD.test(characterBefore(text, end)) && WORD.test(characterAt(text, end)));
}

function isLastOfLine(text: string, end: number): boolean {
  let at = end;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\r") at++;
  return at >= text.length || text[at] === "\n";
}

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{N}$/u;
const WORD = /^[\p{L}\p{N}_]$/u;

function characterBefore(text: string, at: number): string {
  return isLow(text.charCodeAt(at - 1)) ? text.slice(Math.max(0, at - 2), at) : text.charAt(at - 1);
}

function characterAt(text: string, at: number): string {
  return isLow(text.charCodeAt(at + 1)) ? text.slice(at, at + 2) : text.charAt(at);
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** Lower case with every unit in its place. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (character) => {
    const one = character.toLowerCase();
    return one.length === character.length ? one : character;
  }).join("");
}

/** An error whose words hold no hidden value. */
export function concealError(error: unknown, hidden: readonly HiddenValue[]): unknown {
  if (!(error instanceof SshError) || hidden.length === 0) return error;
  const message = conceal(error.message, hidden);
  const advice = conceal(error.advice, hidden);
  if (message.count + advice.count === 0) return error;
  return error.reworded(message.text, advice.text);
}
