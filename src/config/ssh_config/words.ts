/** The first word of a line and what follows it; undefined where there is none. */
export interface FirstWord {
  readonly word: string | undefined;
  readonly rest: string | undefined;
}

/**
 * Takes the first word as OpenSSH reads keywords and the criteria of Match: it ends at white
 * space or one `=`; double quotes join. An open quote makes both parts undefined.
 */
export function takeWord(text: string | undefined): FirstWord {
  if (text === undefined) return { word: undefined, rest: undefined };
  const end = text.search(/[ \t\r\n"=]/);
  if (end < 0) return { word: text, rest: undefined };
  if (text[end] === '"') return takeQuoted(text, end);
  const word = text.slice(0, end);
  const rest = skipSpace(text.slice(end + 1));
  const separated = text[end] !== "=" && rest.startsWith("=");
  return { word, rest: separated ? skipSpace(rest.slice(1)) : rest };
}

/**
 * Splits a directive's arguments as OpenSSH does: at blanks and tabs, with single and double
 * quotes, backslash escapes for quotes, blanks and itself, up to a word that begins with `#`.
 * Undefined where a quote stays open.
 */
export function splitArguments(text: string): readonly string[] | undefined {
  // One plain word, as most lines have.
  if (/^[\w./~:@%-]+$/.test(text)) return [text];
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (text[at] === " " || text[at] === "\t") at++;
    if (at >= text.length || text[at] === "#") return words;
    const argument = readArgument(text, at);
    if (argument === undefined) return undefined;
    words.push(argument.word);
    at = argument.end;
  }
}

function readArgument(
  text: string,
  start: number,
): { readonly word: string; readonly end: number } | undefined {
  let word = "";
  let quote = "";
  let at = start;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === "\\" && isEscaped(next, quote)) {
      word += next;
      at++;
    } else if (quote === "" && (char === " " || char === "\t")) break;
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (quote !== "" && char === quote) quote = "";
    else word += char;
  }
  return quote === "" ? { word, end: at } : undefined;
}

function isEscaped(next: string, quote: string): boolean {
  return next === "'" || next === '"' || next === "\\" || (quote === "" && next === " ");
}

function takeQuoted(text: string, open: number): FirstWord {
  const close = text.indexOf('"', open + 1);
  if (close < 0) return { word: undefined, rest: undefined };
  const word = text.slice(0, open) + text.slice(open + 1, close);
  return { word, rest: skipSpace(text.slice(close + 1)) };
}

function skipSpace(text: string): string {
  let at = 0;
  while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at++;
  return at === 0 ? text : text.slice(at);
}
