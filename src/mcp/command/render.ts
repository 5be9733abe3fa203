import type { CallToolResult } from "@modelcontextprotocol/server";
import { SshError } from "../../errors.ts";
import type { TextSlice } from "../../jobs/bounded_text.ts";
import type { ShownCommand } from "./shown_command.ts";
import { COMMAND_META_KEY, commandRecord, exitOf, wireState } from "./command_record.ts";
import { clipMiddle, plainOrQuoted, quoteText, withoutBrackets } from "../../terminal/quote.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import { makeVisible } from "../../terminal/visible.ts";
import { SCREEN_META_KEY, screenText } from "../screen_text.ts";

const ERROR_META_KEY = "mcp-ssh-session/error";
/** Limit of an error's fact and of its advice: they quote arguments. */
const ERROR_CHARS = 4_000;
const PATH_CHARS = 1_024;
const DEVICE_ERROR_CHARS = 300;
const MODE_CHARS = 80;
const NAME_CHARS = 128;

/** More output than this is never advised to be read at once: a search costs less. */
const ADVISED_CHARS = 20_000;

/** The part of a job's output that goes into a reply. */
export interface CommandReplyOptions {
  readonly slice: TextSlice;
  /** The screen that the job's program draws on; undefined where it prints lines. */
  readonly screen?: ScreenSnapshot | undefined;
  /** The next call to make; "" for none. */
  readonly advice: string;
}

/** A command's reply: status line, output, at most one line of advice; the record in `_meta`. */
export function renderCommand(job: ShownCommand, options: CommandReplyOptions): CallToolResult {
  const { slice, screen, advice } = options;
  const drawn = screen && screenText(screen, job.redactor);
  const rows = drawn === undefined ? "" : [drawn.facts, ...drawn.rows, ""].join("\n");
  const printed = outputText(job, slice);
  const output = rows === "" ? printed : withLineEnd(printed) + rows;
  const lines = output === "" ? statusLine(job) : `${statusLine(job)}\n${output}`;
  const text = advice === "" ? lines : `${withLineEnd(lines)}[${inOurLine(advice)}]`;
  return {
    content: [{ type: "text", text }],
    _meta: {
      [COMMAND_META_KEY]: commandRecord(job, slice),
      ...(drawn === undefined ? {} : { [SCREEN_META_KEY]: drawn.meta }),
    },
  };
}

/** Plain text, ours alone. */
export function renderText(text: string): CallToolResult {
  return { content: [{ type: "text", text: makeVisible(text).text }] };
}

/** A list: the facts for programs, and the same as a table. */
export function renderList(facts: Record<string, unknown>, table: string): CallToolResult {
  return { content: [{ type: "text", text: makeVisible(table).text }], structuredContent: facts };
}

/**
 * An error for the caller: the fact seen, then the next move, a line each. Never a stack trace.
 *
 * What the far end said may stand in the fact; it cannot begin a line, nor have a bracket.
 */
export function renderError(error: unknown, conceal: (text: string) => string): CallToolResult {
  const { message, advice, kind } = error instanceof SshError ? error : {
    message: `Internal fault: ${error instanceof Error ? error.message : String(error)}`,
    advice: "The server is still running; if it happens again, please report it",
    kind: "internal",
  };
  const [seen, move] = [message, advice].map((text) => inOurLine(conceal(text)));
  return {
    content: [{ type: "text", text: `${withoutBrackets(seen!)}\n[${move}]` }],
    isError: true,
    _meta: { [ERROR_META_KEY]: { kind } },
  };
}

function statusLine(job: ShownCommand): string {
  const seconds = (job.durationMs / 1000).toFixed(2);
  const depth = exitOf(job.record.state)?.nested?.depth;
  const nested = depth === undefined ? "" : ` nested=${depth}`;
  return `[${statusWord(job)}] ${seconds}s ${place(job)}${nested} command_id=${job.id}`;
}

/** How a command stands, as a status line says it. */
export function statusWord({ record: { state }, redactor }: ShownCommand): string {
  switch (state.kind) {
    case "exited": {
      const word = state.exit.exitStatus === null ? "done" : `exit ${state.exit.exitStatus}`;
      return state.exit.deviceError === undefined
        ? word
        : `${word}, ${quoteText(redactor.apply(state.exit.deviceError), DEVICE_ERROR_CHARS)}`;
    }
    case "awaiting-input":
      return `awaiting-input ${state.question.kind}`;
    case "queued":
    case "awaiting-approval":
    case "running":
    case "held":
    case "interrupted":
      return state.kind;
    case "lost":
      return wireState(state);
  }
}

/** `user@host:cwd`, or `user@host(mode)` on a device; of a nested shell what it calls itself. */
function place({ record, redactor }: ShownCommand): string {
  const exit = exitOf(record.state);
  const where = exit?.cwd !== undefined
    ? `:${plainOrQuoted(redactor.apply(exit.cwd), PATH_CHARS)}`
    : exit?.mode
    ? `(${plainOrQuoted(redactor.apply(exit.mode), MODE_CHARS)})`
    : "";
  const shown = (name: string): string => plainOrQuoted(redactor.apply(name), NAME_CHARS);
  const { user = record.user, host } = exit?.nested ?? {};
  return `${shown(user)}@${host === undefined ? record.host : shown(host)}${where}`;
}

/** A sentence that may quote anything, however long, as a line of ours. */
function inOurLine(text: string): string {
  const lines = clipMiddle(text, ERROR_CHARS).split(/[\r\n\u2028\u2029]/);
  return makeVisible(lines.map((line) => line.trim()).filter((line) => line !== "").join(" ")).text;
}

function outputText(job: ShownCommand, slice: TextSlice): string {
  const head = makeVisible(slice.head).text;
  const gap = gapLine(job, slice);
  return gap === "" ? head : `${withLineEnd(head)}${gap}\n${makeVisible(slice.tail).text}`;
}

/** The line between head and tail. The id in it cannot be guessed, so output cannot forge it. */
function gapLine(job: ShownCommand, slice: TextSlice): string {
  const { omittedChars, missingChars, gapOffset } = slice;
  const call = `get_command_status(command_id="${job.id}", offset=${gapOffset}`;
  const chars = Math.min(omittedChars, ADVISED_CHARS);
  const parts = [
    ...(omittedChars > 0
      ? [
        `${omittedChars} characters left out here: ${call}, max_output_chars=${chars}) reads on, ` +
        'match="word|word" finds lines in them',
      ]
      : []),
    ...(missingChars > 0 ? [`${missingChars} characters are gone for good`] : []),
  ];
  if (parts.length === 0) return "";
  return `[… ${parts.join("; ")}${
    parts.length === 1 && missingChars > 0 ? ` (command_id=${job.id})` : ""
  } …]`;
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
