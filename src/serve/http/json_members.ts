const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `,`, `[` and `{`: each begins a member, an element or a level. */
const BEGINNINGS: ReadonlySet<number> = new Set([0x2c, 0x5b, 0x7b]);

/**
 * Whether a JSON text has more members, elements and levels than that, by a scan that stops there:
 * a few bytes each, they cost a parser and the schemas behind it far more than long strings do.
 */
export function hasMoreMembers(json: string, limit: number): boolean {
  if (json.length <= limit) return false;
  let count = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) at += code === BACKSLASH ? 1 : 0;
    else if (BEGINNINGS.has(code) && ++count > limit) return true;
  }
  return false;
}
