const SHOWN = 3;
const NAME_LIMIT = 40;

/** How names are compared. */
export interface NearestOptions {
  /** A name as it is compared, such as in lower case. */
  readonly plain: (name: string) => string;
  /** Changes that make a name too different to be meant. */
  readonly within?: number;
}

/** The names that need the fewest changes to become `wanted`, or that share most of its letters. */
export function nearestNames(
  wanted: string,
  names: readonly string[],
  { plain, within = Infinity }: NearestOptions,
): readonly string[] {
  const short = wanted.slice(0, NAME_LIMIT);
  return names
    .map((name) => ({ name, distance: distanceOf(short, plain(name).slice(0, NAME_LIMIT)) }))
    .filter(({ distance }) => distance <= within)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, SHOWN)
    .map(({ name }) => name);
}

/** Changes of one letter (Levenshtein); letters that only one name has behind the other cost half. */
function distanceOf(a: string, b: string): number {
  if (a.length > 2 && (b.startsWith(a) || a.startsWith(b))) {
    return Math.abs(a.length - b.length) / 8;
  }
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
