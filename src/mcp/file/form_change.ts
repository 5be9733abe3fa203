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

/**
 * The changes that a write makes to a file's line ends, its byte order mark and its last newline; nothing
 * where there is no such file, or where it cannot be read as text.
 */
export async function formChange(file: FileCall, write: ComingWrite): Promise<readonly string[]> {
  const { encoding, content } = write;
  if (encoding.name === "base64" || encoding.name === "hex") return [];
  const before = await oldText(file, write);
  if (before === undefined || before === "") return [];
  return changedForm(lineForm(before), lineForm(write.append ? before + content : content));
}

async function oldText(
  { connection, files, path }: FileCall,
  { encoding, signal }: ComingWrite,
): Promise<string | undefined> {
  try {
    const range = await files.read(connection, path, {
      elevation: { kind: "none" },
      signal,
      request: { offset: 0, limitBytes: TRANSFER_LIMIT_BYTES },
    });
    if (range.hasMore) return undefined;
    const { text, invalidCount } = encoding.decode(range.bytes, { hasMore: false });
    return invalidCount === 0 ? text : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
