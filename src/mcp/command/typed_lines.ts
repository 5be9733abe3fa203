/** Prompts of a program at a line's start: those for a statement and those for the rest of one. */
const PROMPTS: readonly RegExp[] = [
  // Python.
  /^(?:>>>|\.\.\.) /,
  /^(?:sqlite>| {3}\.\.\.>) /,
  /^(?:(?:mysql|MariaDB \[[^\]\n]{0,80}\])>| {4}(?:[-'"`]|\/\*)>) /,
  // psql, by the name of its database.
  /^[\w.]{1,60}[-=*'"$(][#>] /,
  // Node.js, and shells that are no shell to us.
  /^(?:>|\.\.\.) /,
];

/** Lines that were typed to a program, all at once. */
export interface TypedLines {
  /** The prompt that they were typed behind; "" on an empty line. */
  readonly prompt: string;
  readonly lines: readonly string[];
  /** Whether the end of the prompt's own line is left out already. */
  readonly isEnded: boolean;
}

/**
 * The output that answers typed lines, without what a program prints for each line that it reads: a
 * prompt, where it got several, and an empty line, where it was silent before.
 *
 * Nothing more is left out than lines were typed. The last line, which may be a question, stays.
 */
export function withoutPrompts(text: string, { prompt, lines, isEnded }: TypedLines): string {
  const shown = text.split("\n");
  const last = shown.pop()!;
  let ends = lines.filter((line) => line !== "").length - (isEnded ? 1 : 0);
  while (shown[0] === "" && ends-- > 0) shown.shift();
  if (lines.length === 1) return [...shown, last].join("\n");
  let prompts = lines.length;
  const kept = shown.flatMap((line) => {
    let rest = line;
    for (let length = 1; prompts > 0 && length > 0; prompts -= length > 0 ? 1 : 0) {
      length = promptLength(rest, prompt);
      rest = rest.slice(length);
    }
    return rest === "" && line !== "" ? [] : [rest];
  });
  return [...kept, last].join("\n");
}

function promptLength(line: string, prompt: string): number {
  if (prompt.trim() === "") return 0;
  if (line.startsWith(prompt)) return prompt.length;
  const kind = PROMPTS.find((one) => one.exec(prompt)?.[0] === prompt);
  return kind?.exec(line)?.[0].length ?? 0;
}
