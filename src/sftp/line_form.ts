/** How a text's lines end, and what stands at its two ends; linear in its length. */
export interface LineForm {
  /** Of all its line ends; `none` where there is no line end. */
  readonly ends: "none" | "LF" | "CRLF" | "mixed";
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
  const ends = feeds === 0 ? "none" : pairs === 0 ? "LF" : pairs === feeds ? "CRLF" : "mixed";
  return { ends, hasMark: text.startsWith(MARK), endsWithNewline: text.endsWith("\n") };
}

/** Its differences from lines that end in LF, the last one too. */
export function oddForm(form: LineForm, text: "whole" | "part"): readonly string[] {
  return [
    ...(form.ends === "CRLF" ? ["line ends are CRLF"] : []),
    ...(form.ends === "mixed" ? ["line ends are mixed, CRLF and LF"] : []),
    ...(form.hasMark ? ["begins with a byte order mark"] : []),
    ...(text === "whole" && form.ends !== "none" && !form.endsWithNewline
      ? ["no newline at the end"]
      : []),
  ];
}

/** The changes that a write made to it. */
export function changedForm(before: LineForm, after: LineForm): readonly string[] {
  const isOther = before.ends !== after.ends && before.ends !== "none" && after.ends !== "none";
  const hadNewline = before.endsWithNewline || before.ends === "none";
  return [
    ...(isOther ? [`line ends were ${before.ends} and are ${after.ends} now`] : []),
    ...(before.hasMark && !after.hasMark ? ["the byte order mark is gone"] : []),
    ...(!before.hasMark && after.hasMark ? ["it begins with a byte order mark now"] : []),
    ...(hadNewline && before.ends !== "none" && !after.endsWithNewline
      ? ["the newline at the end is gone"]
      : []),
  ];
}
