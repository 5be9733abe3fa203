import { overMark } from "./elevation.ts";
import { Buffer } from "node:buffer";
import type { FileFacts } from "../file_range.ts";
import { ownerName } from "../owner_names.ts";

/** One line in which a script reports. */
export interface ScriptLine {
  readonly word: string;
  readonly rest: string;
  /** Where the line feed before it stands in the output, and what follows it begins. */
  readonly start: number;
  readonly end: number;
}

/**
 * The lines with the script's nonce in its output, in order; all else is file content or noise.
 *
 * Content cannot hold such a line but by showing the script's own arguments (proc(5)).
 */
export function scriptLines(output: Uint8Array, nonce: string): readonly ScriptLine[] {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.length);
  const mark = `\n${nonce} `;
  const found: ScriptLine[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const from = at + mark.length;
    const lineEnd = bytes.indexOf("\n", from);
    if (lineEnd < 0) break;
    const line = bytes.toString("utf8", from, lineEnd).replace(/\r$/, "");
    const [word = ""] = line.split(" ", 1);
    found.push({ word, rest: line.slice(word.length + 1), start: at, end: lineEnd + 1 });
  }
  return found;
}

/** Reads a `facts` line: `hex mode uid gid size time links user:group`, or `ls` with the mode as letters. */
export function parseFacts(rest: string): FileFacts {
  if (rest === "") return { sizeBytes: 0 };
  const [form, mode = "", uid, gid, size, time, links, names] = rest.split(" ");
  const [user, group] = names?.split(":") ?? [];
  const seconds = Number(time);
  return {
    sizeBytes: Number(size) || 0,
    mode: form === "hex" ? Number.parseInt(mode, 16) : modeOfLetters(mode),
    uid: Number(uid),
    gid: Number(gid),
    user: ownerName(user),
    group: ownerName(group),
    modifyTime: seconds > 0 ? seconds : undefined,
    links: links === undefined ? undefined : Number(links),
  };
}

/** st_mode of what ls(1) prints, such as "-rwsr-x--t". */
function modeOfLetters(letters: string): number {
  let mode = letters.startsWith("d") ? 0o040000 : 0o100000;
  for (let at = 0; at < 9; at++) {
    const letter = letters[at + 1] ?? "-";
    if (!"-ST".includes(letter)) mode |= 0o400 >> at;
    if ("sStT".includes(letter)) mode |= 0o4000 >> Math.floor(at / 3);
  }
  return mode;
}

/** Whether the last bytes are the mark of a script's end. */
export function endsOver(chunks: readonly Uint8Array[], nonce: string): boolean {
  const mark = overMark(nonce);
  let tail = "";
  for (let at = chunks.length - 1; at >= 0 && tail.length < mark.length; at--) {
    tail = Buffer.from(chunks[at]!.slice(-mark.length)).toString("latin1") + tail;
  }
  return tail.endsWith(mark);
}

/** The output without the mark of its end. */
export function withoutOver(output: Buffer, nonce: string): Buffer {
  return endsOver([output], nonce) ? output.subarray(0, -overMark(nonce).length) : output;
}
