/** Characters and words that the atoms of an expression match, found in its source. */
function atomsOf(source: string): readonly string[] {
  const plain = source.replace(/\(\?(?:<?[=!]|<\w+>|:)/g, "(")
    .replace(/\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (...codes) => {
      const code = codes.slice(1, 4).find((one) => one !== undefined);
      return String.fromCodePoint(parseInt(code, 16));
    });
  const words = plain.match(/[\p{L}\p{N} _:@/.,;=<>"'#%&~-]{1,40}/gu) ?? [];
  const classes: Readonly<Record<string, string>> = {
    "\\s": " ",
    "\\d": "1",
    "\\w": "a",
    "\\S": "x",
    "\\n": "\n",
    "\\r": "\r",
    "\\t": "\t",
    "\\D": "x",
    "\\W": "-",
  };
  const named = Object.keys(classes).filter((name) => plain.includes(name))
    .map((name) => classes[name]!);
  const escaped = [...plain.matchAll(/\\([^\w\s])/g)].map(([, character]) => character!);
  const members = [...plain.matchAll(/\[\^?((?:\\.|[^\]\\])+)\]/g)]
    .map(([, inside]) => inside!.replaceAll("\\", "")[0]!);
  return [
    ...new Set([...words.flatMap((word) => [word, word[0]!]), ...named, ...escaped, ...members]),
  ];
}

const ALWAYS = [" ", "\t", "\n", "a", "A", "1", "-", "/", '"', "[", "(", "a ", " a", "\r\n", "x1"];

/** What each part of a source may match, in the order of the parts: alternatives follow each other. */
function sampleOf(source: string): readonly string[] {
  const parts = source.match(
    /\\[pP]\{[^}]+\}|\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\.|\[\^?(?:\\.|[^\]\\])+\]|\(\?(?:<?[=!]|<\w+>|:)|\{\d+,?\d*\}|./giu,
  ) ?? [];
  return parts.flatMap((part) => sampleOfPart(part) ?? []);
}

function sampleOfPart(part: string): string | undefined {
  if (/^\(|^[)*+?|^$]$|^\{\d|^\\[bB]$/.test(part)) return undefined;
  if (part === ".") return "x";
  const regex = new RegExp(`^(?:${part})$`, "u");
  return [...CANDIDATES, ...part].find((character) => regex.test(character)) ??
    String.fromCodePoint(parseInt(/[0-9a-f]{2,}/i.exec(part)?.[0] ?? "78", 16));
}

const CANDIDATES = "1ax -\n\r\t/:@~$%>\"'[]()=.,_";

/** A text that ends in one unit again and again. */
interface Shape {
  readonly head: string;
  readonly unit: string;
}

/** Each run of a few parts repeated, behind what comes before it. */
function shapesOf(source: string): readonly Shape[] {
  const sample = sampleOf(source).slice(0, 48);
  return sample.flatMap((_, start) => {
    const head = sample.slice(0, start).join("");
    const runs = [1, 2, 3, 5, 6, 7, 9].map((parts) => sample.slice(start, start + parts).join(""));
    return runs.flatMap((unit) => [{ head, unit }, { head, unit: ` ${unit}` }]);
  });
}

/**
 * Texts that are made to keep an expression busy, each by its length: each of the expression's atoms,
 * each two of them and each run of its parts repeated, behind its beginnings, with an end that
 * matches nothing.
 */
export function adversarialTexts(regex: RegExp): readonly ((length: number) => string)[] {
  const own = atomsOf(regex.source).slice(0, 14);
  const units = new Set([...own, ...ALWAYS]);
  for (const left of own.slice(0, 8)) for (const right of own.slice(0, 8)) units.add(left + right);
  const words = ["", ...own.filter((atom) => atom.length > 1).slice(0, 3)];
  const runs = shapesOf(regex.source);
  const heads = [...new Set(runs.map(({ head, unit }) => head + unit))]
    .filter((_, index, all) => index % Math.ceil(all.length / 24) === 0);
  const shapes = [
    ...runs,
    ...words.flatMap((head) => [...units].map((unit) => ({ head, unit }))),
    ...heads.flatMap((head) => [...own.slice(0, 6), ...ALWAYS].map((unit) => ({ head, unit }))),
  ];
  return shapes.flatMap(({ head, unit }) =>
    ["", "\u0001"].map((end) => (length: number) =>
      head + unit.repeat(Math.ceil(length / unit.length)) + end
    )
  );
}
