import { concatenated, sameBytes } from "../../bytes.ts";
import { FileError, RefusedError } from "../../errors.ts";
import { fileText } from "../../sftp/edit/text_form.ts";
import { unifiedDiff } from "../../sftp/edit/unified_diff.ts";
import { TRANSFER_LIMIT_BYTES } from "../../sftp/file_range.ts";
import { shownPath } from "../../sftp/remote_path.ts";
import type { Call } from "../call.ts";
import type { FileCall } from "../file/file_call.ts";
import { sha256 } from "../file/sha256.ts";
import type { Action } from "./action.ts";
import { judged } from "./permit.ts";

/** Of the lines that a person is shown; the rest is counted. */
const DIFF_CHARS = 12_000;

/** A file as it is before a write, read with the rights of the user alone. */
type OldFile =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "unread"; readonly why: string };

/** The change that a write is about to make. */
export interface FileChange {
  readonly content: Uint8Array;
  readonly append: boolean;
  /** Facts that a person is to know, such as permissions. */
  readonly facts: readonly string[];
}

/**
 * Asks about a write, with the difference it makes.
 *
 * @returns The content that the file must still have when it is replaced; undefined for any.
 */
export async function permitWrite(
  file: FileCall,
  { content, append, facts }: FileChange,
  call: Call,
): Promise<Uint8Array | undefined> {
  const { services, audit } = call;
  if (!services.rules.isSet) return undefined;
  const { mode } = await judged([file.host], file.path, { tool: "write_file", services, audit });
  if (mode === "allow") return undefined;
  const before = await oldFile(file, call.signal);
  await call.permit({
    hosts: [file.host],
    words: append
      ? "append to a file"
      : before.kind === "absent"
      ? "create a file"
      : "replace a file",
    text: file.path,
    shown: await shownWrite(file.path, before, { content, append }),
    usesSudo: file.elevation.kind === "sudo",
    facts,
    same: [await sha256(content), before.kind],
    recheck: async () => {
      const now = await oldFile(file, call.signal);
      if (!isSame(before, now)) throw hasChanged(file.path);
    },
  });
  return before.kind === "read" && !append ? before.bytes : undefined;
}

/** The lines that a person sees of edits that were applied to the file as it is. */
export function shownDiff(diff: string | undefined, path: string): string {
  return diff === undefined
    ? `${shownPath(path)}\n(too many lines differ to show them)`
    : clipped(diff.trimEnd());
}

/** Edits as a person sees them whose file cannot be read before: one by one. */
export function shownEdits(
  path: string,
  edits: readonly { readonly oldText: string; readonly newText: string }[],
  undo: boolean,
): string {
  return [
    shownPath(path),
    ...(undo ? ["(takes back the last write of this server)"] : []),
    ...edits.flatMap(({ oldText, newText }) => [
      "@@",
      ...oldText.split("\n").map((line) => `-${line}`),
      ...newText.split("\n").map((line) => `+${line}`),
    ]),
  ].join("\n");
}

/** The parts of an action that is an edit. */
export function editAction(
  { host, path, elevation }: FileCall,
  shown: string,
  facts: readonly string[],
): Action {
  return {
    hosts: [host],
    words: "edit a file",
    text: path,
    shown,
    usesSudo: elevation.kind === "sudo",
    facts,
    same: [shown],
  };
}

async function shownWrite(
  path: string,
  before: OldFile,
  { content, append }: Pick<FileChange, "content" | "append">,
): Promise<string> {
  const old = before.kind === "read" ? before.bytes : new Uint8Array();
  const after = append ? concatenated([old, content]) : content;
  const whole = `${content.length} bytes, sha256 ${await sha256(content)}`;
  const head = before.kind === "unread" ? [`(the file as it is was not read: ${before.why})`] : [];
  const texts = [old, after].map(textOf);
  if (texts[0] === undefined || texts[1] === undefined) {
    return [shownPath(path), ...head, `(not text: ${whole})`].join("\n");
  }
  const diff = unifiedDiff(shownPath(path), texts[0], texts[1]);
  const lines = diff === undefined
    ? [shownPath(path), ...texts[1].split("\n").map((line) => `+${line}`)].join("\n")
    : diff.trimEnd();
  return [...head, clipped(lines), `(${whole})`].join("\n");
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  const { text, encode } = fileText(bytes);
  return sameBytes(encode(text), bytes) ? text : undefined;
}

function clipped(lines: string): string {
  if (lines.length <= DIFF_CHARS) return lines;
  const end = Math.max(0, lines.lastIndexOf("\n", DIFF_CHARS));
  const left = lines.slice(end + 1).split("\n").length;
  return `${lines.slice(0, end)}\n(${left} MORE LINES ARE NOT SHOWN)`;
}

async function oldFile(
  { connection, files, path }: FileCall,
  signal: AbortSignal,
): Promise<OldFile> {
  try {
    const { bytes, hasMore } = await files.read(connection, path, {
      elevation: { kind: "none" },
      signal,
      request: { offset: 0, limitBytes: TRANSFER_LIMIT_BYTES },
    });
    return hasMore ? { kind: "unread", why: "it is larger than 2 MiB" } : { kind: "read", bytes };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.code === "ENOENT" ? { kind: "absent" } : { kind: "unread", why: error.message };
  }
}

function isSame(before: OldFile, now: OldFile): boolean {
  if (before.kind !== "read" || now.kind !== "read") return before.kind === now.kind;
  return sameBytes(before.bytes, now.bytes);
}

function hasChanged(path: string): RefusedError {
  return new RefusedError(
    `${shownPath(path)} has changed since a person was shown the difference; nothing was written`,
    "Write it again: it is asked about again",
  );
}
