/** A line of a file; numbers count from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** Of the text that was looked for; more lines decide nothing. */
const WANTED_LINES = 40;
/** Of a line; the rest is not compared. */
const COMPARED_CHARS = 300;
/** Of the file. */
const SEARCHED_LINES = 100_000;
/** Of equal lines in the wanted text, those that vote. */
const EQUAL_LINES = 3;
const SHOWN_LINES = 8;
const SIMILAR_LINES = 3;
/** Share of common pairs of letters (Sørensen and Dice) below which lines have nothing in common. */
const SIMILAR = 0.3;

/**
 * The lines of a text that are most like the wanted ones: the stretch where most of the wanted lines
 * stand but for blanks at their ends, else the single lines most similar to the first. Few or none.
 */
export function nearestLines(text: string, wanted: string): readonly NumberedLine[] {
  const lines = text.split("\n", SEARCHED_LINES);
  const sought = wanted.split("\n").slice(0, WANTED_LINES).map(compared);
  const start = likeliestStart(lines, sought);
  if (start !== undefined) {
    const from = Math.max(0, start);
    const count = Math.min(sought.length, SHOWN_LINES);
    return lines.slice(from, from + count).map((line, at) => ({
      number: from + at + 1,
      text: line.replace(/\r$/, ""),
    }));
  }
  return mostSimilar(lines, sought.find((line) => line !== "") ?? "");
}

function compared(line: string): string {
  return line.slice(0, COMPARED_CHARS).trim();
}

/** Each equal line votes for the place where the wanted text would begin. */
function likeliestStart(lines: readonly string[], sought: readonly string[]): number | undefined {
  const places = new Map<string, number[]>();
  for (const [at, line] of sought.entries()) {
    const equal = places.get(line) ?? [];
    if (line !== "" && equal.length < EQUAL_LINES) places.set(line, [...equal, at]);
  }
  const votes = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    for (const place of places.get(compared(line)) ?? []) {
      votes.set(at - place, (votes.get(at - place) ?? 0) + 1);
    }
  }
  let best: number | undefined;
  for (const [start, count] of votes) {
    if (best === undefined || count > votes.get(best)!) best = start;
  }
  return best;
}

function mostSimilar(lines: readonly string[], wanted: string): readonly NumberedLine[] {
  const pairs = pairsOf(wanted);
  if (pairs.size === 0) return [];
  const best: { readonly at: number; readonly score: number }[] = [];
  for (const [at, line] of lines.entries()) {
    const score = similarity(pairs, compared(line));
    if (score < SIMILAR) continue;
    best.push({ at, score });
    best.sort((one, other) => other.score - one.score);
    best.length = Math.min(best.length, SIMILAR_LINES);
  }
  return best.map(({ at }) => ({ number: at + 1, text: lines[at]!.replace(/\r$/, "") }))
    .sort((one, other) => one.number - other.number);
}

function pairsOf(line: string): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < line.length; at++) pairs.add(line.slice(at, at + 2));
  return pairs;
}

function similarity(pairs: ReadonlySet<string>, line: string): number {
  const others = pairsOf(line);
  let common = 0;
  for (const pair of others) if (pairs.has(pair)) common++;
  return others.size === 0 ? 0 : 2 * common / (pairs.size + others.size);
}
