// East Asian wide and fullwidth blocks (UAX #11) and what is shown as an emoji by itself (UTS #51).
const WIDE = new RegExp(
  "[\\u1100-\\u115f\\u2329\\u232a\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3" +
    "\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6" +
    "\\u{16fe0}-\\u{18aff}\\u{1b000}-\\u{1b2ff}\\u{20000}-\\u{3fffd}]|\\p{Emoji_Presentation}",
  "u",
);
// Marks that sit on the character before them, format characters, Hangul vowels and finals.
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff\u{1f3fb}-\u{1f3ff}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
const REGIONAL_INDICATOR = /[\u{1f1e6}-\u{1f1ff}]/u;

/**
 * Columns that one code point takes on a terminal: 1, or 2 where it is wide.
 *
 * Characters that {@link joinsCellBefore} are counted with their base. Each half of a flag takes 1.
 */
export function cellWidth(character: string): 1 | 2 {
  if (character < "\u1100") return 1;
  return WIDE.test(character) && !REGIONAL_INDICATOR.test(character) ? 2 : 1;
}

/** Columns that a text without control characters takes behind the cell `cellBefore`. */
export function textWidth(text: string, cellBefore = ""): number {
  let width = 0;
  let before = cellBefore;
  for (const character of text) {
    if (!joinsCellBefore(character, before)) width += cellWidth(character);
    before = character;
  }
  return width;
}

/**
 * Whether a code point is shown in the cell before it: combining marks, variation selectors, skin
 * tones, format characters, and a pictograph behind a zero-width joiner.
 */
export function joinsCellBefore(character: string, cellBefore: string): boolean {
  if (character < "\u0300") return false;
  if (ZERO.test(character)) return true;
  return cellBefore.endsWith("\u200d") && PICTOGRAPH.test(character);
}
