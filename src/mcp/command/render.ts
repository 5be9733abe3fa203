import type { CallToolResult } from "@modelcontextprotocol/server";
import { SshError } from "../../errors.ts";
import type { TextSlice } from "../../jobs/bounded_text.ts";
import type { Job } from "../../jobs/job.ts";
import { COMMAND_META_KEY, commandRecord, exitOf } from "./command_record.ts";
import { makeVisible } from "../../terminal/visible.ts";

const ERROR_META_KEY = "mcp-ssh-session/error";
/** What an error's fact may take, and its advice. */
const ERROR_CHARS = 4_000;

/** More output than this is never advised to be read at once: a search costs less. */
const ADVISED_CHARS = 20_000;

/** What of a job's output goes into a reply. */
export interface CommandReplyOptions {
  readonly slice: TextSlice;
  /** The next call to make; "" for none. */
  readonly advice: string;
}

/** A command's reply: status line, output, at most one line of advice; the record in `_meta`. */
export function renderCommand(job: Job, options: CommandReplyOptions): CallToolResult {
  const { slice, advice } = options;
  const output = outputText(job, slice);
  const lines = output === "" ? statusLine(job) : `${statusLine(job)}\n${output}`;
  const text = advice === "" ? lines : `${withLineEnd(lines)}[${oneLine(advice)}]`;
  return {
    content: [{ type: "text", text }],
    _meta: { [COMMAND_META_KEY]: commandRecord(job, slice) },
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
 * What did not happen: the fact seen, then the next move, a line each. Never a stack trace.
 *
 * What the far end said may stand in the fact; it cannot begin a line.
 */
export function renderError(error: unknown, conceal: (text: string) => string): CallToolResult {
  const { message, advice, kind } = error instanceof SshError ? error : {
    message: `Internal fault: ${error instanceof Error ? error.message : String(error)}`,
    advice: "The server serves on; if it happens again, please report it",
    kind: "internal",
  };
  const [seen, move] = [message, advice].map((text) => clip(asLine(conceal(text))));
  return {
    content: [{ type: "text", text: makeVisible(`${seen}\n[${move}]`).text }],
    isError: true,
    _meta: { [ERROR_META_KEY]: { kind } },
  };
}

/** Errors quote what they were given, which may be megabytes. */
function clip(text: string): string {
  if (text.length <= ERROR_CHARS) return text;
  const half = ERROR_CHARS / 2;
  return `${text.slice(0, half)}… (${text.length - ERROR_CHARS} characters) …${text.slice(-half)}`;
}

function statusLine(job: Job): string {
  const seconds = (job.durationMs / 1000).toFixed(2);
  return `[${statusWord(job)}] ${seconds}s ${place(job)} command_id=${job.id}`;
}

function statusWord({ record: { state } }: Job): string {
  switch (state.kind) {
    case "exited": {
      const word = state.exit.exitStatus === null ? "done" : `exit ${state.exit.exitStatus}`;
      return state.exit.deviceError === undefined
        ? word
        : `${word}, ${oneLine(state.exit.deviceError)}`;
    }
    case "awaiting-input":
      return `awaiting-input ${state.question.kind}`;
    case "queued":
    case "running":
    case "interrupted":
    case "lost":
      return state.kind;
  }
}

/** `user@host:cwd`, or `user@host(mode)` on a device. */
function place({ record, redactor }: Job): string {
  const exit = exitOf(record.state);
  const where = exit?.cwd !== undefined
    ? `:${redactor.apply(exit.cwd)}`
    : exit?.mode
    ? `(${exit.mode})`
    : "";
  return oneLine(`${redactor.apply(record.user)}@${record.host}${where}`);
}

function oneLine(text: string): string {
  return makeVisible(asLine(text)).text;
}

function asLine(text: string): string {
  return text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, " ").trim();
}

function outputText(job: Job, slice: TextSlice): string {
  const head = makeVisible(slice.head).text;
  const gap = gapLine(job, slice);
  return gap === "" ? head : `${withLineEnd(head)}${gap}\n${makeVisible(slice.tail).text}`;
}

/** The line between head and tail. The id in it cannot be guessed, so output cannot forge it. */
function gapLine(job: Job, slice: TextSlice): string {
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
