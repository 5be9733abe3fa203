import { FileError } from "../../errors.ts";
import type { FileEncoding } from "../../sftp/encoding.ts";
import { TRANSFER_LIMIT_BYTES } from "../../sftp/file_range.ts";
import { changedForm, lineForm } from "../../sftp/line_form.ts";
import type { FileCall } from "./file_call.ts";

/** A write that is to come. */
export interface ComingWrite {
  readonly encoding: FileEncoding;
  readonly content: string;
  readonly append: boolean;
  readonly signal: AbortSignal;
}

/** The changes of form that a write makes, and the content it replaces where that was read. */
export interface FormChange {
  readonly notes: readonly string[];
  readonly before?: Uint8Array | undefined;
}

/**
 * The changes that a write makes to a file's line ends, its byte order mark and its last newline; nothing
 * where there is no such file, or where it cannot be read as text.
 */
export async function formChange(file: FileCall, write: ComingWrite): Promise<FormChange> {
  const { encoding, content } = write;
  if (encoding.name === "base64" || encoding.name === "hex") return { notes: [] };
  const old = await oldText(file, write);
  if (old === undefined || old.text === "") return { notes: [], before: old?.bytes };
  const after = lineForm(write.append ? old.text + content : content);
  return { notes: changedForm(lineForm(old.text), after), before: old.bytes };
}

async function oldText(
  { connection, files, path }: FileCall,
  { encoding, signal }: ComingWrite,
): Promise<{ readonly text: string; readonly bytes: Uint8Array } | undefined> {
  try {
    const range = await files.read(connection, path, {
      elevation: { kind: "none" },
      signal,
      request: { offset: 0, limitBytes: TRANSFER_LIMIT_BYTES },
    });
    if (range.hasMore) return undefined;
    const { text, invalidCount } = encoding.decode(range.bytes, { hasMore: false });
    return invalidCount === 0 ? { text, bytes: range.bytes } : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
