// The only tag sequences in common use: the flags of England, Scotland and Wales (UTS #51).
const FLAG = "\\u{1f3f4}\\u{e0067}\\u{e0062}" +
  "(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})" +
  "\\u{e007f}";
const CONTROLS = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f";
const BIDI = "\\u202a-\\u202e\\u2066-\\u2069";
const TAGS = "\\u{e0000}-\\u{e007f}";
const DEPRECATED = "\\u206a-\\u206f\\ufff9-\\ufffb";
const SELECTORS = "\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}";
const ZERO_WIDTH = "\\u200b-\\u200d\\u2060-\\u2064\\ufeff";

const HOSTILE = new RegExp(
  `${FLAG}|[${CONTROLS}${BIDI}${TAGS}${DEPRECATED}]` +
    `|(?<=[${SELECTORS}${ZERO_WIDTH}])(?!(?<=[${SELECTORS}])\\u200d)[${SELECTORS}${ZERO_WIDTH}]`,
  "gu",
);

/** Text whose every character can be seen, and how many had to be made visible. */
export interface VisibleText {
  readonly text: string;
  readonly count: number;
}

/**
 * Shows what could hide or reorder text, as `\u{202e}`.
 *
 * Escaped are bidi embeddings, overrides and isolates, Unicode tags outside the three flags made of
 * them, deprecated format characters, and controls other than TAB, LF and CR. A single zero-width
 * character or variation selector is ordinary typography and stays, so emoji and scripts that join
 * their letters read as they should; one behind another carries hidden data and is escaped, save a
 * joiner behind a selector (emoji). Lone surrogates become U+FFFD.
 */
export function makeVisible(text: string): VisibleText {
  let count = 0;
  const visible = text.toWellFormed().replace(HOSTILE, (found) => {
    if (found.startsWith("\u{1f3f4}")) return found;
    count++;
    return `\\u{${found.codePointAt(0)!.toString(16)}}`;
  });
  return { text: visible, count };
}
