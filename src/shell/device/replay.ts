import { ErrorFinder } from "./error_finder.ts";
import { LineModel } from "./line_model.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { learnPrompt, type Prompt, readPrompt, relearn, sameHost } from "./prompt.ts";
import { findPager } from "./device_state.ts";
import { splitTail } from "./tail.ts";
import { DEVICE_PTY } from "./device_terminal.ts";

/** One command of a recording, as the driver would have returned it. */
export interface ReplayedCommand {
  /** The prompt that it was typed at. */
  readonly prompt: string;
  readonly command: string;
  readonly output: string;
  /** Mode afterwards. */
  readonly mode: string;
  readonly deviceError?: string;
}

/** The result of replaying a recording through a profile. */
export interface Replay {
  readonly profile: string;
  /** Host name in the prompts; undefined where no line is a prompt of the profile. */
  readonly host: string | undefined;
  /** Text before the first prompt. */
  readonly greeting: string;
  /** Commands whose prompt came back. */
  readonly commands: readonly ReplayedCommand[];
  /** Pages that a key was owed. */
  readonly pages: number;
  /** The text behind the last prompt. */
  readonly rest: string;
}

interface PromptRow {
  readonly row: number;
  readonly prompt: Prompt;
  readonly command: string;
}

/**
 * Plays a recorded session, bytes as the device sent them, through a profile.
 *
 * A row that begins with a prompt of the host is a command; the rows up to the next one are its
 * output. For `profile test TRANSCRIPT`.
 */
export function replayTranscript(profile: DeviceProfile, text: string): Replay {
  const { rows, pages } = rowsOf(profile, text);
  const host = hostOf(rows, profile);
  const prompts = host === undefined ? [] : promptRows(rows, profile, host);
  const blanks = blanksAbove(rows, prompts, profile);
  const commands: ReplayedCommand[] = [];
  for (const [index, from] of prompts.entries()) {
    const to = prompts[index + 1];
    if (to === undefined || from.command === "") continue;
    commands.push(commandOf(profile, rows.slice(from.row + 1, to.row), { from, to, blanks }));
  }
  const last = prompts.at(-1);
  return {
    profile: profile.id,
    host,
    greeting: rows.slice(0, prompts[0]?.row ?? rows.length).join("\n"),
    commands,
    pages,
    rest: last === undefined ? "" : [last.command, ...rows.slice(last.row + 1)].join("\n"),
  };
}

/** A replay as text to read: each command, its output indented, its mode and error. */
export function describeReplay(replay: Replay): string {
  if (replay.host === undefined) {
    return `profile ${replay.profile}: no line of the recording is one of its prompts\n`;
  }
  const head = `profile ${replay.profile}, host ${replay.host}, ` +
    `${replay.commands.length} commands, ${replay.pages} pages\n`;
  return head + replay.commands.map((command) => {
    const error = command.deviceError === undefined ? "" : `, error: ${command.deviceError}`;
    const output = command.output.replace(/^(?=.)/gm, "  | ");
    return `\n> ${command.command}   (${command.mode}${error})\n${output}`;
  }).join("");
}

/** Rows as the line model leaves them, with the pagers' words taken out. */
function rowsOf(
  profile: DeviceProfile,
  text: string,
): { readonly rows: readonly string[]; readonly pages: number } {
  const model = new LineModel(DEVICE_PTY);
  let pages = 0;
  for (const [token] of text.matchAll(/[\P{Cc}\t]+|\p{Cc}/gu)) {
    const pager = /^(?!\0)\p{Cc}/u.test(token) ? findPager(model.cursorLine, profile) : undefined;
    const isGlued = pager !== undefined && pager.length < model.cursorLine.length;
    if (pager !== undefined && !model.isWiping && !(isGlued && token === "\n")) {
      pages++;
      model.dropPager(pager.length);
    }
    model.feed(token);
  }
  const rows: string[] = [];
  for (let row = model.firstRow; row <= model.cursorRow; row++) {
    const line = model.line(row);
    if (!line.dropped) rows.push(line.text);
  }
  return { rows, pages };
}

/** The host name that most rows begin a prompt with; "" where its prompts name none. */
function hostOf(rows: readonly string[], profile: DeviceProfile): string | undefined {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const found = promptAtStart(row, profile, (host) => host !== "") ??
      promptAtStart(row, profile, () => true);
    if (found !== undefined) counts.set(found.host, (counts.get(found.host) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}

function promptRows(
  rows: readonly string[],
  profile: DeviceProfile,
  host: string,
): PromptRow[] {
  return rows.flatMap((text, row) => {
    const prompt = promptAtStart(text, profile, (found) => sameHost(found, host), host);
    return prompt === undefined
      ? []
      : [{ row, prompt, command: text.slice(prompt.text.length).trim() }];
  });
}

/** The shortest beginning of a row that is a prompt, with the space behind it. */
function promptAtStart(
  row: string,
  profile: DeviceProfile,
  accepts: (host: string) => boolean,
  known?: string,
): Prompt | undefined {
  for (const end of row.matchAll(/[>#$%\]:]/g)) {
    const text = row.slice(0, end.index + 1);
    const spaced = row[text.length] === " " ? text + " " : text;
    for (const candidate of [spaced, text]) {
      const prompt = readPrompt(candidate, profile, known);
      if (prompt !== undefined && accepts(prompt.host)) return prompt;
    }
  }
  return undefined;
}

/** Blank rows that stand above every prompt, below its header lines. */
function blanksAbove(
  rows: readonly string[],
  prompts: readonly PromptRow[],
  profile: DeviceProfile,
): readonly string[] {
  const isBlankAbove = ({ row }: PromptRow): boolean => {
    let above = row - 1;
    while (profile.headers.some((shape) => shape.test(rows[above] ?? ""))) above--;
    return rows[above] === "";
  };
  const later = prompts.slice(1);
  return later.length > 0 && later.every(isBlankAbove) ? [""] : [];
}

function commandOf(
  profile: DeviceProfile,
  rows: readonly string[],
  at: { readonly from: PromptRow; readonly to: PromptRow; readonly blanks: readonly string[] },
): ReplayedCommand {
  const learned = relearn(
    learnPrompt(at.from.prompt.text, profile, { header: at.blanks }),
    at.to.prompt,
  );
  const tail = splitTail(rows, learned, { profile, when: "ended" });
  const errors = new ErrorFinder(profile);
  for (const row of rows.slice(0, tail.body)) errors.take(row);
  return {
    prompt: at.from.prompt.text,
    command: at.from.command,
    output: rows.slice(0, tail.body).map((row) => row + "\n").join(""),
    mode: tail.mode ?? at.to.prompt.mode,
    ...(errors.found === undefined ? {} : { deviceError: errors.found }),
  };
}
