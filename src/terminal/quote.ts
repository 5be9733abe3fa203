/** Characters that are invisible, or that move other text, in a name or a sentence. */
const UNSEEN = new RegExp(
  "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\u034f\\u115f\\u1160\\u2800\\u3164\\uffa0\\ufe00-\\ufe0f" +
    "\\u{e0100}-\\u{e01ef}]",
  "gu",
);
/** Characters that keep a text from being one plain word of a line. */
const NOT_PLAIN = /[\s"[\]]/u;

/**
 * Words from outside for a line of ours: in quotes, on one line, and with parentheses for brackets,
 * so that they cannot pass for a part of that line that is ours. What cannot be seen is escaped.
 *
 * `limitChars` bounds the text before it is escaped; what is more is left out of its middle.
 */
export function quoteText(text: string, limitChars: number): string {
  return `"${quoteForms(clipMiddle(text, limitChars)).words}"`;
}

/**
 * A name or path from outside for a line of ours: as it is where it is one plain word, as most are,
 * else in quotes with its brackets escaped.
 */
export function plainOrQuoted(text: string, limitChars: number): string {
  const short = clipMiddle(text, limitChars);
  const isPlain = text.length <= limitChars && text !== "" && !NOT_PLAIN.test(text) &&
    text.search(UNSEEN) < 0 && text.isWellFormed();
  return isPlain ? short : `"${quoteForms(short).name}"`;
}

/** The text between the quotes of {@link quoteText} and of {@link plainOrQuoted}. */
export function quoteForms(text: string): { readonly words: string; readonly name: string } {
  const seen = JSON.stringify(text.toWellFormed()).slice(1, -1).replace(UNSEEN, spelled);
  return { words: withoutBrackets(seen), name: seen.replace(/[[\]]/g, spelled) };
}

/** A sentence that may quote anything, with parentheses for its brackets. */
export function withoutBrackets(text: string): string {
  return text.replaceAll("[", "(").replaceAll("]", ")");
}

/** At most `limitChars` characters, and how many are left out of the middle. */
export function clipMiddle(text: string, limitChars: number): string {
  if (text.length <= limitChars) return text;
  const half = Math.floor(limitChars / 2);
  const head = text.slice(0, half).toWellFormed();
  return `${head}… (${text.length - 2 * half} characters) …${text.slice(-half).toWellFormed()}`;
}

function spelled(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
