import { sameBytes } from "../../bytes.ts";
import { FileError } from "../../errors.ts";
import { applyEdits, type Edit, type EditProblem } from "../../sftp/edit/apply_edits.ts";
import { ChangedFileError } from "../../sftp/edit/edit_errors.ts";
import { fileText } from "../../sftp/edit/text_form.ts";
import { unifiedDiff } from "../../sftp/edit/unified_diff.ts";
import { hasChanged, TRANSFER_LIMIT_BYTES } from "../../sftp/file_range.ts";
import type { FileOptions, RemoteFiles } from "../../sftp/remote_files.ts";
import { shownPath } from "../../sftp/remote_path.ts";
import type { Connection } from "../../transport/transport.ts";
import { sha256 } from "./sha256.ts";

const BY_COMMAND = "Edit it with execute_command, such as by sed -i";

/**
 * The whole content of a file.
 *
 * @throws {FileError} When it is larger than one call reads, or changes meanwhile.
 */
export async function readWhole(
  files: RemoteFiles,
  connection: Connection,
  path: string,
  options: FileOptions,
): Promise<Uint8Array> {
  const request = { offset: 0, limitBytes: TRANSFER_LIMIT_BYTES };
  const range = await files.read(connection, path, { ...options, request });
  if (range.hasMore) {
    throw new FileError(
      `Cannot edit ${shownPath(path)}: it is larger than ${TRANSFER_LIMIT_BYTES} bytes (2 MiB)`,
      BY_COMMAND,
      "EFBIG",
    );
  }
  if (hasChanged(range)) throw new ChangedFileError(path, "it changed while it was read");
  return range.bytes;
}

/** A file as it is to be. */
export interface EditedFile {
  readonly kind: "edited";
  readonly content: Uint8Array;
  readonly before: string;
  readonly after: string;
  readonly encoding: string;
  readonly hasCrlf: boolean;
  readonly replacements: number;
  /** Undefined where too many lines differ. */
  readonly diff: string | undefined;
  readonly isSame: boolean;
}

/**
 * The file's content after the edits, or why they do not apply.
 *
 * @throws {ChangedFileError} When it is not the expected file.
 */
export async function applyToFile(
  path: string,
  bytes: Uint8Array,
  { edits, expectedSha256 }: {
    readonly edits: readonly Edit[];
    readonly expectedSha256: string | undefined;
  },
): Promise<EditedFile | { readonly kind: "refused"; readonly problems: readonly EditProblem[] }> {
  if (expectedSha256 !== undefined) {
    const seen = await sha256(bytes);
    if (seen !== expectedSha256) {
      throw new ChangedFileError(path, "its sha256 is not expected_sha256");
    }
  }
  const file = fileText(bytes);
  const outcome = applyEdits(file, edits, bytes);
  if (outcome.kind === "refused") return outcome;
  const content = file.encode(outcome.text);
  if (content.length > TRANSFER_LIMIT_BYTES) {
    throw new FileError(
      `Cannot edit ${shownPath(path)}: it would have ${content.length} bytes, more than 2 MiB`,
      BY_COMMAND,
      "EFBIG",
    );
  }
  return {
    kind: "edited",
    content,
    before: file.text,
    after: outcome.text,
    encoding: file.encoding,
    hasCrlf: file.hasCrlf,
    replacements: outcome.replacements,
    diff: unifiedDiff(shownPath(path), file.text, outcome.text),
    isSame: sameBytes(content, bytes),
  };
}

/**
 * The file as it was before this server wrote it.
 *
 * @throws {FileError} Where that is not known any more, or the file is not what was written.
 */
export function undoneFile(
  path: string,
  now: Uint8Array,
  before: Uint8Array | undefined,
): EditedFile {
  if (before === undefined) {
    throw new FileError(
      `Cannot undo a write of ${shownPath(path)}: this server keeps no version before it, or the ` +
        "file is not what it wrote; nothing was written",
      "Edit it as it is now",
      "ESTALE",
    );
  }
  const { text, encoding, hasCrlf } = fileText(before);
  const current = fileText(now).text;
  return {
    kind: "edited",
    content: before,
    before: current,
    after: text,
    encoding,
    hasCrlf,
    replacements: 1,
    diff: unifiedDiff(shownPath(path), current, text),
    isSame: sameBytes(before, now),
  };
}
