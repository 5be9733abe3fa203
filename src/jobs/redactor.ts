import {
  type HiddenPlace,
  type HiddenValues,
  joinPlaces,
  withoutPlaces,
} from "../config/conceal.ts";
import { textWidth } from "../terminal/cell_width.ts";
import { Secrets } from "./secrets.ts";

/** Shorter beginnings of a secret at a text's end are mostly something else. */
const BEGINNING_FROM_CHARS = 4;

/** A text up to where it is certain, and what is not certain yet. */
export interface RedactedHead {
  readonly text: string;
  /** To be given again, with what follows it. */
  readonly rest: string;
}

/**
 * Puts something else in the place of values that must not show, and counts how often.
 *
 * The hidden values are read anew each time: a secret that was given later is hidden too. A
 * text must be given by whole lines, or by {@link applyHead}.
 */
export class Redactor {
  readonly #secrets: Secrets;
  #count = 0;

  constructor(secrets: Secrets = new Secrets()) {
    this.#secrets = secrets;
  }

  /** How many values were hidden so far. */
  get count(): number {
    return this.#count;
  }

  /** How far before and behind a part of a text a value that is cut by its ends can reach. */
  get reach(): number {
    return this.#secrets.prepared?.longest ?? 0;
  }

  /** Where the hidden values lie. */
  places(text: string): readonly HiddenPlace[] {
    return this.#secrets.prepared?.find(text) ?? [];
  }

  /** The text without the hidden values. */
  apply(text: string): string {
    const values = this.#secrets.prepared;
    return values === undefined || text === "" ? text : this.#without(text, values.find(text));
  }

  /** The beginning of a line that goes on: its end may be the beginning of a secret. */
  applyHead(text: string): RedactedHead {
    const values = this.#secrets.prepared;
    if (values === undefined) return { text, rest: "" };
    const places = values.find(text);
    let cut = Math.max(0, text.length - values.longest + 1);
    for (const { start, end } of places) if (start < cut && end > cut) cut = end;
    const rest = text.slice(cut);
    return {
      text: this.#without(text.slice(0, cut), places.filter(({ end }) => end <= cut)),
      rest,
    };
  }

  /** How much of a line's end may be the beginning of a secret that has not come whole. */
  openEnd(line: string): number {
    const values = this.#secrets.prepared;
    const open = values?.openEnd(line) ?? 0;
    return open < BEGINNING_FROM_CHARS ? 0 : open;
  }

  /**
   * Part of a text between what stands around it: a value that is cut by the part's ends is hidden
   * as far as it lies inside.
   */
  applyWithin(before: string, text: string, after: string): string {
    const values = this.#secrets.prepared;
    if (values === undefined || text === "") return text;
    const around = values.longest;
    const head = before.slice(Math.max(0, before.length - around));
    const places = values.find(head + text + after.slice(0, around));
    const inside = places.flatMap(({ start, end, shownAs }) => {
      const from = Math.max(0, start - head.length);
      const to = Math.min(text.length, end - head.length);
      return from < to ? [{ start: from, end: to, shownAs }] : [];
    });
    return this.#without(text, inside);
  }

  /**
   * Rows of a screen that is `columns` wide: a value that goes on in the next row is hidden in both,
   * whether it was broken at the last column or inside of a narrower window.
   */
  applyRows(rows: readonly string[], columns: number): readonly string[] {
    const values = this.#secrets.prepared;
    if (values === undefined) return rows;
    const places = rows.map((row) => [...values.find(row)]);
    const wide = rows.map((text) => ({ text: text + padding(text, columns), from: 0 }));
    const bare = rows.map((text) => ({
      text: text.trim(),
      from: text.length - text.trimStart().length,
    }));
    for (const parts of [wide, bare]) placesAcross(parts, values, places);
    return rows.map((row, index) => this.#without(row, joinPlaces(places[index]!)));
  }

  #without(text: string, places: readonly HiddenPlace[]): string {
    this.#count += places.length;
    return withoutPlaces(text, places);
  }
}

/** A part of a row that is laid beside those of the other rows. */
interface RowPart {
  readonly text: string;
  /** Where in its row it begins. */
  readonly from: number;
}

/** Adds to each row's places those of values that lie in more than one row. */
function placesAcross(
  parts: readonly RowPart[],
  values: HiddenValues,
  places: readonly HiddenPlace[][],
): void {
  const starts: number[] = [];
  let length = 0;
  for (const { text } of parts) {
    starts.push(length);
    length += text.length;
  }
  const found = values.find(parts.map(({ text }) => text).join(""));
  let row = 0;
  for (const { start, end, shownAs } of found) {
    while (row + 1 < parts.length && starts[row + 1]! <= start) row++;
    if (end <= starts[row]! + parts[row]!.text.length) continue;
    for (let at = row; at < parts.length && starts[at]! < end; at++) {
      const { text, from } = parts[at]!;
      const first = Math.max(0, start - starts[at]!);
      const last = Math.min(text.length, end - starts[at]!);
      if (first < last) places[at]!.push({ start: from + first, end: from + last, shownAs });
    }
  }
}

/** Blanks up to the last column, which a screen's rows are given without. */
function padding(row: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - textWidth(row)));
}
