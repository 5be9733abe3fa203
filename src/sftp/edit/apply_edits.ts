import { type FileText, holdsUtf8 } from "./text_form.ts";
import { nearestLines, type NumberedLine } from "./nearest_lines.ts";

/** One exact replacement. */
export interface Edit {
  readonly oldText: string;
  readonly newText: string;
  /** Whether all places are replaced; else there must be exactly one. */
  readonly replaceAll: boolean;
}

/** Why an edit does not apply. `index` counts from 1. */
export type EditProblem =
  | { readonly kind: "not-found"; readonly index: number; readonly near: readonly NumberedLine[] }
  | {
    readonly kind: "ambiguous";
    readonly index: number;
    readonly count: number;
    /** Line numbers of the first places. */
    readonly lines: readonly number[];
  }
  /** `differ`: they are equal only in the file's form, its line ends and byte order mark. */
  | { readonly kind: "no-change"; readonly index: number; readonly differ: boolean }
  | { readonly kind: "damaged-utf8"; readonly index: number };

/** The outcome of a list of edits. */
export type EditOutcome =
  | { readonly kind: "applied"; readonly text: string; readonly replacements: number }
  | { readonly kind: "refused"; readonly problems: readonly EditProblem[] };

const LINES_SHOWN = 5;

/**
 * Applies edits in their order, each to the result of those before it; all of them or none.
 *
 * In a file whose line ends are all CRLF, a line feed of an edit means CRLF, unless its `oldText`
 * has a CR itself. A byte order mark is no part of the text; one at the head of an edit is ignored.
 */
export function applyEdits(
  file: FileText,
  edits: readonly Edit[],
  bytes: Uint8Array,
): EditOutcome {
  const isDamaged = file.encoding === "latin1" && holdsUtf8(bytes);
  const problems: EditProblem[] = [];
  let { text } = file;
  let replacements = 0;
  for (const [at, given] of edits.entries()) {
    const index = at + 1;
    const edit = inFormOf(file, given);
    const isBeyondAscii = /[^\0-\x7f]/.test(edit.oldText + edit.newText);
    const places = placesOf(text, edit.oldText);
    const problem: EditProblem | undefined = isDamaged && isBeyondAscii
      ? { kind: "damaged-utf8", index }
      : edit.oldText === edit.newText
      ? { kind: "no-change", index, differ: given.oldText !== given.newText }
      : problemOf(text, { edit, index, places });
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    text = replaced(text, places, edit);
    replacements += places.length;
  }
  return problems.length > 0
    ? { kind: "refused", problems }
    : { kind: "applied", text, replacements };
}

function inFormOf(file: FileText, edit: Edit): Edit {
  const oldText = withoutBom(file, edit.oldText);
  const newText = withoutBom(file, edit.newText);
  if (!file.hasCrlf || oldText.includes("\r")) return { ...edit, oldText, newText };
  return { ...edit, oldText: withCrlf(oldText), newText: withCrlf(newText) };
}

/** Nothing else is left of an edit that is a byte order mark alone, so that one stays. */
function withoutBom(file: FileText, text: string): string {
  return file.hasBom && text.length > 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
}

function withCrlf(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n");
}

/** Its positions, without overlaps, from the left. */
function placesOf(text: string, wanted: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    places.push(at);
  }
  return places;
}

function problemOf(
  text: string,
  { edit, index, places }: {
    readonly edit: Edit;
    readonly index: number;
    readonly places: readonly number[];
  },
): EditProblem | undefined {
  if (places.length === 0) {
    return { kind: "not-found", index, near: nearestLines(text, edit.oldText) };
  }
  if (edit.replaceAll) return undefined;
  // Places that overlap are two ways to read the edit, too.
  const second = text.indexOf(edit.oldText, places[0]! + 1);
  if (second < 0) return undefined;
  const all = places.length > 1 ? places : [places[0]!, second];
  const lines = all.slice(0, LINES_SHOWN).map((at) => lineOf(text, at));
  return { kind: "ambiguous", index, count: all.length, lines };
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function replaced(text: string, places: readonly number[], { oldText, newText }: Edit): string {
  const parts: string[] = [];
  let from = 0;
  for (const at of places) {
    parts.push(text.slice(from, at), newText);
    from = at + oldText.length;
  }
  return parts.join("") + text.slice(from);
}
