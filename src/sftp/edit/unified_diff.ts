import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";

const CONTEXT_LINES = 3;
/** The cost of a diff grows with both: these take well below a second together. */
const DIFFERING_LINES = 2_000;
const COMPARED_LINES = 20_000;

/** A unified diff of two texts, as diff -u prints it; undefined where too many lines differ. */
export function unifiedDiff(path: string, before: string, after: string): string | undefined {
  const { start, end } = equalEnds(before, after);
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  if (linesIn(old) + linesIn(now) > COMPARED_LINES) return undefined;
  const patch = structuredPatch(path, path, old, now, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: DIFFERING_LINES,
  });
  if (patch === undefined) return undefined;
  const skipped = linesIn(before.slice(0, start));
  const hunks = patch.hunks.map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + skipped,
    newStart: hunk.newStart + skipped,
  }));
  return formatPatch({ ...patch, hunks }, FILE_HEADERS_ONLY);
}

/** Characters of whole lines that both begin and end with, but for the lines of context. */
function equalEnds(
  before: string,
  after: string,
): { readonly start: number; readonly end: number } {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same++;
  const start = lineBegin(before, same, CONTEXT_LINES);
  const longest = shorter - same;
  let end = 0;
  while (end < longest && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { start, end: before.length - lineEnd(before, before.length - end, CONTEXT_LINES) };
}

/** Where the line at an offset begins, that many lines before it. */
function lineBegin(text: string, offset: number, linesBefore: number): number {
  let begin = offset;
  for (let line = 0; line <= linesBefore; line++) {
    if (begin === 0) return 0;
    // Behind the line feed that ends the line before.
    begin = text.lastIndexOf("\n", line === 0 ? begin - 1 : begin - 2) + 1;
    if (line > 0 && begin < 2) return 0;
  }
  return begin;
}

/** Where the line at an offset ends, that many lines behind it, with its line feed. */
function lineEnd(text: string, offset: number, linesBehind: number): number {
  let end = offset;
  for (let line = 0; line <= linesBehind; line++) {
    const feed = text.indexOf("\n", end);
    if (feed < 0) return text.length;
    end = feed + 1;
  }
  return end;
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
