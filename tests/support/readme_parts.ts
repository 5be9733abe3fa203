/** One part of the README that is written by `deno task readme`. */
export type WrittenPart = "tools" | "devices";

/** The README with `text` in the place of a part. */
export function withPart(readme: string, part: WrittenPart, text: string): string {
  const start = `<!-- ${part}: written by \`deno task readme\` -->`;
  const end = `<!-- end of ${part} -->`;
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has lost the place of its ${part}`);
  return `${readme.slice(0, from + start.length)}\n\n${text}\n${readme.slice(to)}`;
}
