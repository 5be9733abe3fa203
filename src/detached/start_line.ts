import { InputError, UnsupportedError } from "../errors.ts";
import { quoteRemote } from "../transport/remote_text.ts";
import type { DetachedInput } from "./record.ts";
import { KEPT_BYTES, SEGMENT_BLOCKS, SUPERVISOR } from "./supervisor.ts";

/** A durable command before it runs. */
export interface DetachedStart {
  /** Name of its record. */
  readonly record: string;
  readonly command: string;
  /** The command as the record shows it: without secrets. */
  readonly shown: string;
  readonly input: DetachedInput;
}

/** Where a durable command was started. */
export interface DetachedPlace {
  /** User whose record it is. */
  readonly user: string;
  readonly directory: string;
}

/** Linux takes 128 KiB for one variable with its name (MAX_ARG_STRLEN). */
const COMMAND_BYTES = 120 * 1024;
const SHOWN_CHARS = 500;
const ANSWER_CHARS = 4_000;

/** How a shell is made to start a durable command. */
export interface StartText {
  readonly line: string;
  /** Typed to the line's program once it says {@link readyToRead}; undefined for none. */
  readonly typed?: string | undefined;
}

/**
 * The line that starts a durable command in a shell of the given kind.
 *
 * The command goes by the environment of `sh`: no process shows it in its arguments, and no file
 * holds it. fish takes seconds for a line of some kilobytes, so there a waiting `sh` is typed to.
 *
 * @throws {InputError} For a command that is too long for one variable.
 */
export function startText(start: DetachedStart, shellKind: string): StartText {
  if (shellKind !== "fish") {
    const sets = variables(start, shellKind).map(([name, value]) => `${name}=${quote(value)}`);
    return { line: `${sets.join(" ")} \\command sh -c 'eval "$MJ_S"'` };
  }
  const loop = 'while IFS= read -r l; do case $l in .) break;; esac; printf "%s\\n" "$l"; done';
  const line = `command sh -c 's=$(stty -g); stty raw -echo; echo ${readyToRead(start)}; ` +
    `eval "$(${loop})"; stty "$s"'`;
  return { line, typed: `${startScript(start, shellKind)}\n.\n` };
}

/** The same as a script for `sh`, without a line of a dot alone. */
export function startScript(start: DetachedStart, shellKind: string): string {
  const all = variables(start, shellKind);
  const sets = all.map(([name, value]) =>
    name === "MJ_S"
      ? `${name}=${quote(value)}`
      : `${name}=${quote(value).replaceAll("\n", `'"$L"'`)}`
  );
  const names = all.map(([name]) => name).join(" ");
  return ["L='", "'", ...sets, `export ${names}`, `sh -c 'eval "$MJ_S"'`].join("\n");
}

/** The word of the line before it is typed to. */
export function readyToRead({ record }: DetachedStart): string {
  return `${record} reads`;
}

function variables(
  start: DetachedStart,
  shellKind: string,
): readonly (readonly [string, string])[] {
  const bytes = new TextEncoder().encode(start.command).length;
  if (bytes > COMMAND_BYTES) {
    throw new InputError(
      `A durable command may have ${COMMAND_BYTES} bytes; this one has ${bytes}`,
      "Put it in a script with write_file, and start that",
    );
  }
  return Object.entries({
    MJ_ID: start.record,
    MJ_K: shellKind,
    MJ_IN: start.input,
    MJ_CAP: String(KEPT_BYTES),
    MJ_N: String(SEGMENT_BLOCKS),
    MJ_SHOW: oneLine(start.shown),
    MJ_C: start.command,
    MJ_S: SUPERVISOR,
  });
}

/**
 * Reads what the start printed.
 *
 * @throws {UnsupportedError} Where the host cannot keep the command: nothing was run.
 */
export function readStart(printed: string, record: string): DetachedPlace {
  for (const line of printed.split("\n")) {
    const at = line.indexOf(`${record} `);
    if (at < 0) continue;
    const [word, user = "", ...rest] = line.slice(at + record.length + 1).trim().split(" ");
    if (word === "yes") return { user, directory: rest.join(" ") };
    if (word === "no") throw cannotKeep([user, ...rest].join(" "));
  }
  throw new UnsupportedError(
    `The shell did not start the durable command: ${quoteRemote(printed) || "it said nothing"}`,
    "Nothing was run; leave out durable, or try another session",
  );
}

function cannotKeep(why: string): UnsupportedError {
  const [fact = "", advice] = why.slice(0, ANSWER_CHARS).split(";");
  return new UnsupportedError(
    `This host cannot keep a durable command: ${fact}`,
    `Nothing was run. ${advice ?? "Put that right, or leave out durable"}`,
  );
}

/** Tabs part the fields of the records' lists, line feeds the lines of the file. */
function oneLine(text: string): string {
  const line = text.slice(0, SHOWN_CHARS).toWellFormed().replaceAll(/\s+/g, " ").trim();
  return text.length > SHOWN_CHARS ? `${line}…` : line;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
