import type { Random } from "../support/random.ts";

const pieces = [
  '"',
  "'",
  "\\",
  "#",
  "=",
  " ",
  "\t",
  "\n",
  "\r\n",
  "\0",
  "%",
  "%h",
  "${",
  "}",
  "~",
  "*",
  "?",
  "!",
  ",",
  "@",
  ":",
  "[",
  "]",
  "|1|",
  "/",
  "-",
  "é",
  "\u{1f511}",
  "\ud800",
  "\ufeff",
  "none",
  "99999999999999999999",
  "Match exec ",
  "Include /inc/* ",
];

/** A text with some of its characters dropped, replaced, repeated or torn apart. */
export function mutateText(text: string, random: Random): string {
  const chars = Array.from(text);
  for (let count = random.below(8); count > 0; count--) {
    const at = random.below(chars.length + 1);
    const piece = random.pick(pieces);
    switch (random.below(5)) {
      case 0:
        chars.splice(at, 1 + random.below(3));
        break;
      case 1:
        chars.splice(at, 1, piece);
        break;
      case 2:
        chars.splice(at, 0, piece.repeat(1 + random.below(60)));
        break;
      case 3:
        chars.splice(at, 0, ...chars.slice(at, at + random.below(200)));
        break;
      default:
        chars.splice(at, 0, piece);
    }
  }
  return chars.join("");
}

/** Up to 400 characters of any kind. */
export function randomText(random: Random): string {
  return Array.from(
    { length: random.below(400) },
    () => random.onceIn(5) ? random.pick(pieces) : String.fromCharCode(random.below(256)),
  ).join("");
}
