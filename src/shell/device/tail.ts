import { PATTERN_LINE_LIMIT } from "./profiles/line_pattern.ts";
import { LOG_LINE } from "./profiles/log_line.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { type LearnedPrompt, type Prompt, recognisePrompt } from "./prompt.ts";

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
 * While output is still coming (`when`), the rows from `body` on are those that may yet prove to be
 * the prompt's: its header, or log lines behind a prompt that was drawn already.
 */
export function splitTail(
  rows: readonly string[],
  learned: LearnedPrompt,
  { profile, when }: { readonly profile: DeviceProfile; readonly when: "coming" | "ended" },
): Tail {
  const { body, logs } = cutRedrawn(rows, learned, { profile, when });
  const header = cutHeader(rows.slice(0, body), learned, { profile, when });
  if (when === "coming" && profile.headers.length > 0 && rows[header.body - 1] === "") {
    return { body: header.body - 1, logs };
  }
  return { body: header.body, logs, ...(header.mode === undefined ? {} : { mode: header.mode }) };
}

/** A prompt of its own row with nothing but log lines below it was the end. */
function cutRedrawn(
  rows: readonly string[],
  learned: LearnedPrompt,
  { profile, when }: { readonly profile: DeviceProfile; readonly when: "coming" | "ended" },
): Tail {
  let index = rows.length;
  while (index > 0 && (rows[index - 1] === "" || LOG_LINE.test(rows[index - 1]!))) index--;
  const row = rows[index - 1];
  const below = rows.slice(index).filter((text) => text !== "");
  if (row?.trimEnd() === learned.prompt.text.trimEnd()) return { body: index - 1, logs: below };
  const found = readBuried(row ?? "", learned, profile);
  const logs = found?.log === undefined ? below : [found.log, ...below];
  if (found === undefined || logs.length === 0 && when === "ended") {
    return { body: rows.length, logs: [] };
  }
  return { body: index - 1, logs };
}

/**
 * The device's own prompt on a finished row, alone or with a log line straight behind it.
 *
 * Comware, Dell's and others write a log line where the cursor stands.
 */
export function readBuried(
  row: string,
  learned: LearnedPrompt,
  profile: DeviceProfile,
): { readonly prompt: Prompt; readonly log?: string } | undefined {
  if (row.length > PATTERN_LINE_LIMIT) return undefined;
  const whole = recognisePrompt(row, learned, profile);
  if (whole?.kind === "own") return { prompt: whole.prompt };
  for (const { index } of row.matchAll(/[>#$%\]] ?(?=\S)/g)) {
    for (const end of [index + 1, index + 2]) {
      const log = row.slice(end);
      const head = LOG_LINE.test(log) && recognisePrompt(row.slice(0, end), learned, profile);
      if (head && head.kind === "own") return { prompt: head.prompt, log };
    }
  }
  return undefined;
}

/** A header of so many rows is a menu, which has blank rows of its own. */
export const MENU_ROWS = 4;

/**
 * How many of the last rows are the menu above the prompt, or its beginning while it is coming.
 *
 * Where no empty line showed it alone, `header` may begin with rows of the login.
 */
function menuRows(
  rows: readonly string[],
  header: readonly string[],
  when: "coming" | "ended",
): number {
  if (header.length < MENU_ROWS) return 0;
  let longest = 0;
  for (let end = when === "ended" ? header.length : 1; end <= header.length; end++) {
    let count = 0;
    while (count < end && rows.at(-1 - count) === header[end - 1 - count]) count++;
    longest = Math.max(longest, count);
  }
  return longest;
}

function cutHeader(
  rows: readonly string[],
  learned: LearnedPrompt,
  { profile, when }: { readonly profile: DeviceProfile; readonly when: "coming" | "ended" },
): { readonly body: number; readonly mode?: string } {
  const menu = menuRows(rows, learned.header, when);
  if (menu >= (when === "ended" ? MENU_ROWS : 1)) return { body: rows.length - menu };
  let body = rows.length;
  let mode: string | undefined;
  for (; body > 0; body--) {
    const row = rows[body - 1]!;
    const match = profile.headers.map((shape) => shape.exec(row.trimEnd()))
      .find((found) => found !== undefined);
    if (match === undefined && (row === "" || !learned.header.includes(row))) break;
    mode ??= match?.groups?.mode;
  }
  // PAN-OS puts an empty row above its header, and none above a prompt that has no header.
  const blanks = Math.max(
    learned.header.filter((row) => row === "").length,
    mode === undefined ? 0 : 1,
  );
  for (let count = 0; count < blanks && rows[body - 1] === ""; count++) body--;
  return mode === undefined ? { body } : { body, mode };
}
