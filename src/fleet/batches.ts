import { InputError } from "../errors.ts";

/**
 * How many hosts each batch has: `1,10%,100%` is one host, then a tenth of all, then the rest. The
 * last word repeats until all have had their turn; without words all are one batch.
 *
 * @throws {InputError} At a word that is neither a number of hosts nor a percentage.
 */
export function batchSizes(words: string | undefined, total: number): readonly number[] {
  const wanted = (words ?? "100%").split(/[\s,]+/).filter((word) => word !== "")
    .map((word) => sizeOf(word, total));
  if (wanted.length === 0) throw unreadable(words ?? "");
  const sizes: number[] = [];
  for (let left = total; left > 0;) {
    const size = Math.min(left, wanted[sizes.length] ?? wanted.at(-1)!);
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

function sizeOf(word: string, total: number): number {
  const [, digits = "", percent] = /^(\d{1,9})(%?)$/.exec(word) ?? [];
  const number = Number(digits);
  if (digits === "" || number === 0 || (percent === "%" && number > 100)) throw unreadable(word);
  return percent === "%" ? Math.max(1, Math.floor(total * number / 100)) : number;
}

function unreadable(word: string): InputError {
  return new InputError(
    `batches: ${JSON.stringify(word.slice(0, 80))} is no number of hosts`,
    'Write numbers or percentages, such as batches="1,10%,100%"; the last repeats',
  );
}
