/** One of several texts that are the same but for their numbers. */
export interface NumberedText {
  /** A host that printed it. */
  readonly host: string;
  readonly text: string;
}

const PARTS = /\d+|[ \t]+|\.|[^\d \t.]+/g;

/** A key that is equal for texts that differ only in their numbers, and in blanks, which numbers push about. */
export function shapeOf(text: string): string {
  return tokensOf(text).map((token) => isNumber(token) ? "\x01" : isBlank(token) ? " " : token)
    .join("");
}

/**
 * One text for several of a shape: a number that differs is shown as `5…97(web77)`, the lowest and
 * the highest, with the host whose number is farthest from the middle one.
 */
export function maskNumbers(texts: readonly NumberedText[]): string {
  const all = texts.map(({ text }) => tokensOf(text));
  return all[0]!.map((first, place) => {
    const tokens = all.map((row) => row[place]!);
    if (tokens.every((token) => token === first)) return first;
    return isNumber(first) ? span(tokens, texts) : " ";
  }).join("");
}

function span(tokens: readonly string[], texts: readonly NumberedText[]): string {
  const ranked = tokens.map((token, index) => ({ token, host: texts[index]!.host }))
    .sort((a, b) => Number(a.token) - Number(b.token));
  const [low, high] = [ranked[0]!, ranked.at(-1)!];
  const middle = Number(ranked[Math.floor(ranked.length / 2)]!.token);
  const isHigh = Number(high.token) - middle >= middle - Number(low.token);
  return isHigh
    ? `${low.token}…${high.token}(${high.host})`
    : `${low.token}(${low.host})…${high.token}`;
}

function tokensOf(text: string): readonly string[] {
  const parts = text.match(PARTS) ?? [];
  const tokens: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const length = isDecimal(parts, at) ? 3 : 1;
    tokens.push(parts.slice(at, at + length).join(""));
    at += length - 1;
  }
  return tokens;
}

/** `0.42` is one number; of an address or a version, `10.0.12.1`, each part is. */
function isDecimal(parts: readonly string[], at: number): boolean {
  const isPart = (dot: number, number: number): boolean =>
    parts[dot] === "." && isNumber(parts[number] ?? "");
  return isNumber(parts[at]!) && isPart(at + 1, at + 2) && !isPart(at + 3, at + 4) &&
    !isPart(at - 1, at - 2);
}

function isNumber(token: string): boolean {
  return /^\d/.test(token);
}

function isBlank(token: string): boolean {
  return /^[ \t]/.test(token);
}
