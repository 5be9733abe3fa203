import type { Connection } from "../../transport/transport.ts";
import { danglingError, errnoOf, type FileAction, fileError, kindError } from "../file_errors.ts";
import type { FileRange, RangeRequest } from "../file_range.ts";
import type { FileKind } from "../permissions.ts";
import { parseFacts, type ScriptLine } from "./script_output.ts";
import { runScript, type ScriptOptions, type ScriptResult } from "./script_run.ts";
import { CAT_SCRIPT, READ_SCRIPT } from "./read_script.ts";
import { assignment } from "./script_text.ts";
import { unsafePathError } from "../unsafe_path.ts";

const BLOCK_BYTES = 4_096;

/**
 * Reads a range of a regular file with a shell script in a channel of its own.
 *
 * @throws {FileError} In the far end's own words, with the errno name as code where it is known.
 */
export async function readByScript(
  connection: Connection,
  path: string,
  options: ScriptOptions & { readonly request: RangeRequest },
): Promise<FileRange> {
  const { offset, limitBytes } = options.request;
  const wantedBytes = limitBytes + 1;
  const script = [
    assignment("p", path),
    `skip=${Math.floor(offset / BLOCK_BYTES)} rest=${offset % BLOCK_BYTES}`,
    `n=${wantedBytes} count=${Math.ceil(wantedBytes / BLOCK_BYTES) + 1}`,
    READ_SCRIPT,
  ].join("\n");
  return parseRange(await runScript(connection, script, options), path, limitBytes);
}

/**
 * Reads a range by cat(1) alone under sudo, for a sudoers(5) rule that allows no shell.
 *
 * The file's size and owner stay unknown.
 */
export async function readBySudoCat(
  connection: Connection,
  path: string,
  options: ScriptOptions & { readonly request: RangeRequest },
): Promise<FileRange> {
  const { offset, limitBytes } = options.request;
  const script = [assignment("p", path), `o=${offset + 1} n=${limitBytes + 1}`, CAT_SCRIPT]
    .join("\n");
  const result = await runScript(connection, script, { ...options, callsSudo: true });
  return parseRange(result, path, limitBytes);
}

function parseRange(result: ScriptResult, path: string, limitBytes: number): FileRange {
  const { scriptLines, output } = result;
  const begin = scriptLines.findIndex(({ word }) => word === "begin");
  const end = scriptLines.findLastIndex(({ word }) => word === "end");
  if (begin < 0 || end < begin) throw scriptError("read", path, result);
  const bytes = output.subarray(scriptLines[begin]!.end, scriptLines[end]!.start);
  const status = Number(scriptLines[end]!.rest);
  if (status !== 0 && bytes.length <= limitBytes) throw readFailure(path, status, result);
  const before = parseFacts(wordBefore(scriptLines, begin, "facts"));
  const after = parseFacts(scriptLines.at(-1)?.word === "facts" ? scriptLines.at(-1)!.rest : "");
  const hasMore = bytes.length > limitBytes;
  return { bytes: bytes.subarray(0, limitBytes), before, after, hasMore };
}

function readFailure(path: string, status: number, result: ScriptResult): Error {
  const detail = status === 124 ? "it gives no end of file and no data for 10 s" : undefined;
  return fileError("read", path, detail === undefined ? lastWords(result.errorText) : { detail });
}

function wordBefore(scriptLines: readonly ScriptLine[], index: number, word: string): string {
  return scriptLines.slice(0, index).findLast((line) => line.word === word)?.rest ?? "";
}

/** The error that a script reported, or what stands on its standard error. */
export function scriptError(action: FileAction, path: string, result: ScriptResult): Error {
  const kind = result.scriptLines.find(({ word }) => word === "kind");
  if (kind !== undefined) return kindError(action, path, kind.rest as FileKind);
  const unsafe = result.scriptLines.find(({ word }) => word === "unsafe")?.rest;
  if (unsafe !== undefined) return unsafePathError(action, path, unsafe);
  const error = result.scriptLines.find(({ word }) => word === "error")?.rest;
  const link = result.scriptLines.find(({ word }) => word === "link")?.rest;
  const options = lastWords(error ?? result.errorText);
  if (link !== undefined && options.code === "ENOENT") {
    return danglingError(action, path, link.trim());
  }
  return fileError(action, path, options);
}

/** errno and words of a message such as "head: cannot open 'x': Permission denied". */
function lastWords(message: string): { readonly code?: string; readonly detail?: string } {
  const line = message.trim().split("\n").at(-1) ?? "";
  const code = errnoOf(line.slice(line.lastIndexOf(": ") + 1));
  return code === undefined ? { detail: line || "the far end gave no reason" } : { code };
}
