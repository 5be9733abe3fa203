/** How a text's lines end, and what stands at its two ends; linear in its length. */
export interface LineForm {
  /** Of all its line ends, CR where there are no others; `none` where there is no line end. */
  readonly ends: "none" | "LF" | "CRLF" | "CR" | "mixed";
  readonly isEmpty: boolean;
  readonly hasMark: boolean;
  readonly endsWithNewline: boolean;
}

const MARK = "\ufeff";

/** Looks at a text as it was decoded, its byte order mark included. */
export function lineForm(text: string): LineForm {
  let feeds = 0;
  let pairs = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    feeds += 1;
    if (text[at - 1] === "\r") pairs += 1;
  }
  const without = text.includes("\r") ? "CR" : "none";
  const ends = feeds === 0 ? without : pairs === 0 ? "LF" : pairs === feeds ? "CRLF" : "mixed";
  const endsWithNewline = text.endsWith(ends === "CR" ? "\r" : "\n");
  return { ends, isEmpty: text === "", hasMark: text.startsWith(MARK), endsWithNewline };
}

/** Its differences from lines that end in LF, the last one too. */
export function oddForm(form: LineForm, text: "whole" | "part"): readonly string[] {
  return [
    ...(form.ends === "CRLF" || form.ends === "CR" ? [`line ends are ${form.ends}`] : []),
    ...(form.ends === "mixed" ? ["line ends are mixed, CRLF and LF"] : []),
    ...(form.hasMark ? ["begins with a byte order mark"] : []),
    ...(text === "whole" && !form.isEmpty && !form.endsWithNewline
      ? ["no newline at the end"]
      : []),
  ];
}

/** The changes that a write made to it. */
export function changedForm(before: LineForm, after: LineForm): readonly string[] {
  const isOther = before.ends !== after.ends && before.ends !== "none" && after.ends !== "none";
  return [
    ...(isOther ? [`line ends were ${before.ends} and are ${after.ends} now`] : []),
    ...(before.hasMark && !after.hasMark ? ["the byte order mark is gone"] : []),
    ...(!before.hasMark && after.hasMark ? ["it begins with a byte order mark now"] : []),
    ...(before.endsWithNewline && !after.endsWithNewline ? ["the newline at the end is gone"] : []),
    ...(!before.isEmpty && !before.endsWithNewline && after.endsWithNewline
      ? ["there is a newline at the end now"]
      : []),
  ];
}
