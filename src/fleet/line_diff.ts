import { structuredPatch } from "diff";

const LINES = 400;
const TIMEOUT_MS = 200;

/**
 * How `text` differs from `usual`, as a unified diff without context; undefined where that is not
 * shorter than `text`, or where either is longer than 400 lines.
 */
export function lineDiff(usual: string, text: string): string | undefined {
  if (lineCount(usual) > LINES || lineCount(text) > LINES) return undefined;
  const patch = structuredPatch("", "", usual, text, undefined, undefined, {
    context: 0,
    timeout: TIMEOUT_MS,
  });
  const lines = (patch?.hunks ?? []).flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
  const shown = lines.map((line) => `${line}\n`).join("");
  return patch !== undefined && shown.length < text.length ? shown : undefined;
}

/** Of no lines, diff(1) names the line before them. */
function range(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? String(start) : `${start},${lines}`;
}

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0 && count <= LINES; at = text.indexOf("\n", at + 1)) {
    count++;
  }
  return count;
}
