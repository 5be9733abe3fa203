import { Buffer } from "node:buffer";

/** Of keys, certificates, settings and profiles: theirs have a few KiB. */
const LIMIT_BYTES = 1024 * 1024;
/** Of lists that programs write: known hosts, revoked keys, recordings. */
export const LIST_LIMIT_BYTES: number = 64 * 1024 * 1024;

const CHUNK_BYTES = 64 * 1024;
/** Behind the size that was reported: a buffer of zeros costs its length, and most files end there. */
const GROWTH_BYTES = 4 * 1024;

/** A file that is not read, since it is no regular one or too large. */
export class UnfitFileError extends Error {}

/**
 * The content of a regular file on this machine, up to a limit; of /dev/null, nothing.
 *
 * Nothing else is opened: a FIFO would wait for a writer, and /dev/zero has no end.
 *
 * @throws {UnfitFileError} Or the system's own error, with its `code`.
 */
export async function readBoundedFile(path: string, limitBytes = LIMIT_BYTES): Promise<Buffer> {
  const { isFile, isDirectory, rdev, size } = await Deno.stat(path);
  if (path === "/dev/null" || (!isFile && rdev === LINUX_NULL)) return Buffer.alloc(0);
  if (isDirectory) throw new Deno.errors.IsADirectory(`${path} is a directory`);
  if (!isFile) throw new UnfitFileError("it is not a regular file");
  if (size > limitBytes) throw tooLarge(limitBytes);
  using file = await Deno.open(path);
  const chunks: Buffer[] = [];
  // A file of /proc tells no size, and any file may grow meanwhile.
  for (let bytes = 0;;) {
    const expected = Math.min(CHUNK_BYTES, Math.max(GROWTH_BYTES, size - bytes));
    const chunk = Buffer.alloc(expected);
    const length = await file.read(chunk);
    if (length === null) return Buffer.concat(chunks);
    bytes += length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk.subarray(0, length));
  }
}

/** The same as UTF-8; a byte order mark stays, as ssh has it: it belongs to the first word. */
export async function readBoundedText(path: string, limitBytes = LIMIT_BYTES): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    await readBoundedFile(path, limitBytes),
  );
}

/** Device 1:3 of null(4), which links lead to. */
const LINUX_NULL = 0x103;

function tooLarge(limitBytes: number): UnfitFileError {
  return new UnfitFileError(`it has more than ${limitBytes / 1024 / 1024} MiB`);
}
