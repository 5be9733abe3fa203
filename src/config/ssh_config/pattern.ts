/** The verdict of a pattern list: a negated pattern that matches overrules all others. */
export type PatternVerdict = "matched" | "refused" | "unmatched";

/**
 * Whether the whole text fits a pattern of ssh_config(5): `*` any run, `?` any one character.
 *
 * Case counts. Takes time in the product of both lengths at worst.
 */
export function matchPattern(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let read = 0;
  while (at < text.length) {
    const wanted = pattern[read];
    if (wanted === "*") {
      star = read++;
      resume = at;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[at])) {
      read++;
      at++;
    } else if (star >= 0) {
      read = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[read] === "*") read++;
  return read === pattern.length;
}

/** Longer ones void the list they are in (match_pattern_list of OpenSSH 9.2). */
const LONGEST_LISTED_PATTERN = 1022;

/** Judges a text by comma-separated patterns, each negated by a leading `!` (ssh_config(5)). */
export function matchPatternList(text: string, list: string): PatternVerdict {
  let verdict: PatternVerdict = "unmatched";
  for (const item of list.split(",")) {
    const negated = item.startsWith("!");
    const pattern = negated ? item.slice(1) : item;
    if (pattern.length > LONGEST_LISTED_PATTERN) return "unmatched";
    if (!matchPattern(text, pattern)) continue;
    if (negated) return "refused";
    verdict = "matched";
  }
  return verdict;
}

/** Judges a host name by a pattern list; case does not count. */
export function matchHostname(hostname: string, list: string): PatternVerdict {
  return matchPatternList(lowerCase(hostname), lowerCase(list));
}

/** Lower case of ASCII letters alone, as OpenSSH folds names. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
