import { type DeviceProfile, PATTERN_LINE_LIMIT } from "./profile.ts";
import { LOG_LINE } from "./profile_parts.ts";
import type { LearnedPrompt } from "./prompt.ts";

/** How the rows above a prompt divide. */
export interface Tail {
  /** Rows from the first that are output. */
  readonly body: number;
  /** Log lines that came behind a prompt which was drawn again below them. */
  readonly logs: readonly string[];
  /** Mode named by a header line, such as "edit interfaces". */
  readonly mode?: string;
}

/**
 * Splits finished rows into output and what belongs to the prompt below them.
 *
 * While output is still coming, the rows from `body` on are those that may yet prove to be the
 * prompt's: its header, or log lines behind a prompt that was drawn already.
 */
export function splitTail(
  rows: readonly string[],
  learned: LearnedPrompt,
  profile: DeviceProfile,
): Tail {
  const { body, logs } = cutRedrawn(rows, learned);
  const header = cutHeader(rows.slice(0, body), learned, profile);
  return { body: header.body, logs, ...(header.mode === undefined ? {} : { mode: header.mode }) };
}

/** A prompt of its own row with nothing but log lines below it was the end. */
function cutRedrawn(rows: readonly string[], learned: LearnedPrompt): Tail {
  let index = rows.length;
  while (index > 0 && (rows[index - 1] === "" || LOG_LINE.test(rows[index - 1]!))) index--;
  const prompt = rows[index - 1];
  const redrawn = prompt !== undefined && prompt.trimEnd() === learned.prompt.text.trimEnd();
  if (!redrawn) return { body: rows.length, logs: [] };
  return { body: index - 1, logs: rows.slice(index).filter((row) => row !== "") };
}

function cutHeader(
  rows: readonly string[],
  learned: LearnedPrompt,
  profile: DeviceProfile,
): { readonly body: number; readonly mode?: string } {
  let body = rows.length;
  let mode: string | undefined;
  for (; body > 0; body--) {
    const row = rows[body - 1]!;
    const match = row.length > PATTERN_LINE_LIMIT
      ? undefined
      : profile.headers.map((shape) => shape.exec(row)).find((found) => found !== null);
    if (match === undefined && (row === "" || !learned.header.includes(row))) break;
    mode ??= match?.groups?.mode;
  }
  const blanks = learned.header.filter((row) => row === "").length;
  for (let count = 0; count < blanks && rows[body - 1] === ""; count++) body--;
  return mode === undefined ? { body } : { body, mode };
}
