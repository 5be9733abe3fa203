import { Buffer } from "node:buffer";
import { touchStamp } from "../../clock.ts";
import type { Connection } from "../../transport/transport.ts";
import { type FileAction, fileError } from "../file_errors.ts";
import type { FileFacts } from "../file_range.ts";
import { shownPath } from "../remote_path.ts";
import { parseFacts, type ScriptLine } from "./script_output.ts";
import { scriptError } from "./script_read.ts";
import { runScript, type ScriptOptions } from "./script_run.ts";
import { assignment } from "./script_text.ts";
import { TREE_SCRIPT } from "./tree_script.ts";

/** The task of {@link TREE_SCRIPT}. */
export interface TreeStep {
  readonly op:
    | "stat"
    | "list"
    | "readlink"
    | "resolve"
    | "mkdir"
    | "finish"
    | "remove"
    | "rmdir"
    | "symlink"
    | "commit";
  readonly name?: string | undefined;
  readonly text?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly permissions?: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly modifyTime?: number | undefined;
}

const READING = ["stat", "list", "readlink"];

/**
 * Runs one step; resolves with what it said.
 *
 * @throws {FileError} In the far end's own words, with the errno name as code where it is known.
 */
export async function runTreeStep(
  connection: Connection,
  path: string,
  { step, options }: { readonly step: TreeStep; readonly options: ScriptOptions },
): Promise<readonly ScriptLine[]> {
  const { op, name, text, sizeBytes, permissions, modifyTime } = step;
  const script = [
    assignment("p", path),
    assignment("name", name ?? ""),
    assignment("text", text ?? ""),
    `op=${op} size=${sizeBytes ?? ""} perm=${permissions?.toString(8).padStart(4, "0") ?? ""}`,
    `stamp=${modifyTime === undefined ? "" : touchStamp(modifyTime)}`,
    TREE_SCRIPT,
  ].join("\n");
  const result = await runScript(connection, script, options);
  const action: FileAction = READING.includes(op) ? "read" : "write";
  const { scriptLines } = result;
  const cut = scriptLines.find(({ word }) => word === "cut");
  if (cut !== undefined) {
    const detail = `only ${cut.rest.trim()} of ${sizeBytes} bytes were taken`;
    throw fileError(action, path, { code: "ENOSPC", detail });
  }
  const isDone = scriptLines.some(({ word }) =>
    word === "done" || word === "facts" || word === "text"
  );
  if (!isDone) throw scriptError(action, path, result);
  return scriptLines;
}

/** The facts of a `stat` step. */
export function factsSaid(said: readonly ScriptLine[]): FileFacts {
  return parseFacts(said.find(({ word }) => word === "facts")?.rest ?? "");
}

/** The text that a step said as hex digits. */
export function textSaid(said: readonly ScriptLine[], word: string): string {
  return fromHex(said.find((line) => line.word === word)?.rest ?? "").name;
}

/** The entries of a `list` step. */
export function entriesSaid(
  path: string,
  said: readonly ScriptLine[],
): readonly { readonly name: string; readonly facts: FileFacts }[] {
  return said.filter(({ word }) => word === "entry").map(({ rest }) => {
    const [mode = "", size = "0", time = "0", hex = ""] = rest.split(" ");
    const { name, isUtf8 } = fromHex(hex);
    if (!isUtf8) {
      const detail = `a name in ${shownPath(path)} is not UTF-8`;
      throw fileError("read", path, { code: "EILSEQ", detail });
    }
    const facts = /^[0-9a-f]+$/i.test(mode)
      ? { ...parseFacts(`hex ${mode} 0 0 ${size} ${time}`), uid: undefined, gid: undefined }
      : parseFacts(`ls ${mode} 0 0 ${size} 0`);
    return { name, facts: mode.startsWith("l") ? { ...facts, mode: 0o120777 } : facts };
  });
}

function fromHex(hex: string): { readonly name: string; readonly isUtf8: boolean } {
  const bytes = Buffer.from(hex, "hex");
  const name = bytes.toString();
  return { name, isUtf8: Buffer.from(name).equals(bytes) };
}
