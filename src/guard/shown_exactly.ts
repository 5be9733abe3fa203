/**
 * Characters that are escaped before a person decides on a text: all that is not seen, that moves other text or
 * passes for a blank, and the beginning of an escape itself, so that no two texts look alike for it.
 */
const ESCAPED = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u2800\\u3164" +
    "\\uffa0\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]|(?! )\\p{Zs}|\\\\(?=u\\{)",
  "gu",
);
/** More blanks or empty lines in a row than any program is indented by: they push text out of sight. */
const BLANKS = / {41,}/g;
const EMPTY_LINES = /\n{6,}/g;

/**
 * Text as a person is shown it before it runs: each character but a line feed can be seen, and
 * different texts look different.
 *
 * Takes the name of a control character as `\u{1b}`; a run of blanks as `\u{20}(×80)`.
 */
export function showExactly(text: string): string {
  return text
    .replace(ESCAPED, (found) => found === "\n" ? found : spelled(found))
    .replace(BLANKS, (run) => `\\u{20}(×${run.length})`)
    .replace(EMPTY_LINES, (run) => `\n\\u{a}(×${run.length - 1})\n`);
}

/** How many characters are beyond ASCII: letters of other scripts can look like Latin ones. */
export function countBeyondAscii(text: string): number {
  let count = 0;
  for (const character of text) if (character > "\x7f") count++;
  return count;
}

function spelled(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
