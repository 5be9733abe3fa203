import { InputError } from "../errors.ts";

/** No selection has more hosts; it is a slip of the keyboard long before. */
export const HOSTS_LIMIT = 5_000;

const RANGE_FORM = "a range is written web[01-40], web[1,3,5] or web[0-20/5]";
/** Longer numbers are no longer exact. */
const NUMBER_DIGITS = 15;

/**
 * The names of one node set term, such as `rack[1-2]web[01-40/2]`, as nodeset(1) expands it: leading
 * zeros give the width. Brackets around an address, as in `[::1]:22`, stay as they are.
 *
 * @throws {InputError} Where a range cannot be meant, or there are more than {@link HOSTS_LIMIT}.
 */
export function expandNodeSet(term: string): readonly string[] {
  let names: readonly string[] = [""];
  for (const part of partsOf(term)) {
    const numbers = typeof part === "string" ? [part] : part;
    if (names.length * numbers.length > HOSTS_LIMIT) throw tooMany(term);
    names = names.flatMap((name) => numbers.map((number) => name + number));
  }
  return names;
}

/**
 * The shortest usual way to write these names: `web01 web02 web42` is `web[01-02,42]`.
 *
 * Expanding it gives back the same names, sorted by name and number.
 */
export function foldNodeSet(names: Iterable<string>): string {
  const families = new Map<string, NumberedName[]>();
  for (const name of new Set(names)) {
    const cut = cutAtNumbers(name);
    const key = cut.texts.join("\0");
    const family = families.get(key);
    if (family === undefined) families.set(key, [cut]);
    else family.push(cut);
  }
  const sorted = [...families].sort(([a], [b]) => a < b ? -1 : 1);
  return sorted.flatMap(([, family]) => foldFamily(family)).join(",");
}

/** A name cut at its numbers; there is one text more than numbers. */
interface NumberedName {
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
}

function cutAtNumbers(name: string): NumberedName {
  const numbers = name.match(/\d+/g) ?? [];
  // Brackets of an address would be read as a range, and long numbers lose their last digits.
  const isPlain = /[[\]]/.test(name) || numbers.some(({ length }) => length > NUMBER_DIGITS);
  return isPlain ? { texts: [name], numbers: [] } : { texts: name.split(/\d+/), numbers };
}

/** The texts of a term, and between them the numbers that its brackets stand for. */
function partsOf(term: string): readonly (string | readonly string[])[] {
  const parts: (string | readonly string[])[] = [];
  for (let at = 0; at < term.length;) {
    const open = term.indexOf("[", at);
    const text = open < 0 ? term.slice(at) : term.slice(at, open);
    if (text.includes("]")) throw badRange(term);
    parts.push(text);
    if (open < 0) break;
    const close = term.indexOf("]", open);
    if (close < 0) throw badRange(term);
    const body = term.slice(open + 1, close);
    parts.push(body.includes(":") ? `[${body}]` : numbersOf(body, term));
    at = close + 1;
  }
  return parts;
}

function numbersOf(body: string, term: string): readonly string[] {
  return [...new Set(body.split(",").flatMap((part) => rangeOf(part, term)))];
}

function rangeOf(part: string, term: string): readonly string[] {
  const [first = "", last, step] = part.split(/[-/]/).map((word) => word.trim());
  const form = part.replace(/[^-/]/g, "");
  const numbers = [first, last ?? first, step ?? "1"];
  const isRange = ["", "-", "-/"].includes(form) &&
    numbers.every((number) => /^\d+$/.test(number) && number.length <= NUMBER_DIGITS);
  if (!isRange) throw badRange(term);
  const [from = 0, to = 0, by = 0] = numbers.map(Number);
  const isPadded = [numbers[0]!, numbers[1]!].some((number) => /^0\d/.test(number));
  // As nodeset(1) has it: 08-101 does not say how wide 9 is.
  if (isPadded && numbers[0]!.length !== numbers[1]!.length) throw badRange(term);
  if (to < from || by < 1) throw badRange(term);
  if ((to - from) / by >= HOSTS_LIMIT) throw tooMany(term);
  const width = isPadded ? first.length : 0;
  const count = Math.floor((to - from) / by) + 1;
  return Array.from({ length: count }, (_, n) => String(from + n * by).padStart(width, "0"));
}

/** Joins names that differ in one number only, the last place first. */
function foldFamily(family: readonly NumberedName[]): readonly string[] {
  const places = family[0]!.numbers.length;
  let rows = family.map(({ numbers }) => numbers.map((number) => [number]));
  for (let place = places - 1; place >= 0; place--) {
    const joined = new Map<string, string[][]>();
    for (const row of rows) {
      const key = JSON.stringify(row.map((numbers, index) => index === place ? [] : numbers));
      const known = joined.get(key);
      if (known === undefined) joined.set(key, row.map((numbers) => [...numbers]));
      else known[place]!.push(...row[place]!);
    }
    rows = [...joined.values()].map((row) =>
      row.map((numbers, index) => index === place ? numbers.sort(byNumber) : numbers)
    );
  }
  const texts = family[0]!.texts;
  return rows.sort((a, b) => byPlaces(a, b)).map((row) =>
    texts.map((text, place) => text + (row[place] === undefined ? "" : ranges(row[place])))
      .join("")
  );
}

function byPlaces(a: readonly (readonly string[])[], b: readonly (readonly string[])[]): number {
  for (const [place, numbers] of a.entries()) {
    const order = byNumber(numbers[0]!, b[place]![0]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** By width and then by value, so that 9, 08 and 10 are three numbers in this order. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

function ranges(numbers: readonly string[]): string {
  if (numbers.length === 1) return numbers[0]!;
  const parts: string[] = [];
  for (let at = 0; at < numbers.length;) {
    let end = at;
    // 08-100 would not say how wide 9 is; 8-100 does.
    const isPadded = /^0\d/.test(numbers[at]!);
    while (end + 1 < numbers.length && follows(numbers[end]!, numbers[end + 1]!, { isPadded })) {
      end++;
    }
    parts.push(end === at ? numbers[at]! : `${numbers[at]}-${numbers[end]}`);
    at = end + 1;
  }
  return `[${parts.join(",")}]`;
}

/** Whether `b` is the number after `a` in a range that has both. */
function follows(a: string, b: string, range: { readonly isPadded: boolean }): boolean {
  if (Number(b) !== Number(a) + 1) return false;
  return a.length === b.length ||
    (!range.isPadded && b.length === a.length + 1 && !b.startsWith("0"));
}

function badRange(term: string): InputError {
  return new InputError(
    `hosts: ${JSON.stringify(clip(term))} has no range that can be read`,
    RANGE_FORM,
  );
}

function tooMany(term: string): InputError {
  return new InputError(
    `hosts: ${JSON.stringify(clip(term))} stands for more than ${HOSTS_LIMIT} hosts`,
    "Select fewer hosts in one call",
  );
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
