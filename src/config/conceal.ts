import type { HiddenValue } from "./resolved_host.ts";

/** A text without its hidden values. */
export interface Concealed {
  readonly text: string;
  /** How many values were replaced. */
  readonly count: number;
}

/**
 * Puts something else for every hidden value, the longest first.
 *
 * Secrets go wherever they stand; names only as whole words and in any case of letters, for
 * they may be as short as a user's "web".
 */
export function conceal(text: string, hidden: readonly HiddenValue[]): Concealed {
  const values = hidden.filter((item) => item.value !== "").sort(longestFirst);
  if (values.length === 0) return { text, count: 0 };
  const expression = new RegExp(values.map(patternOf).join("|"), "gu");
  let count = 0;
  const concealed = text.replace(expression, (...found) => {
    count++;
    const index = found.slice(1, 1 + values.length).findIndex((group) => group !== undefined);
    return values[index]?.shownAs ?? "";
  });
  return { text: concealed, count };
}

function longestFirst(a: HiddenValue, b: HiddenValue): number {
  return b.value.length - a.value.length;
}

function patternOf(item: HiddenValue): string {
  const literal = RegExp.escape(item.value);
  switch (item.kind) {
    case "secret":
      return `(${literal})`;
    case "name":
      return `(?<![\\p{L}\\p{N}_])(?i:(${literal}))(?![\\p{L}\\p{N}_])`;
  }
}
