import { type Clock, within } from "../clock.ts";
import { FileError } from "../errors.ts";
import type { FileAttributes, FileHandle, Sftp } from "../transport/transport.ts";
import { danglingError, fileError, kindError } from "./file_errors.ts";
import type { FileAction } from "./file_errors.ts";
import type { FileFacts, FileRange, RangeRequest } from "./file_range.ts";
import { withOwnerNames } from "./owner_names.ts";
import { fileKind } from "./permissions.ts";
import { directoryOf, linkTarget, shownPath } from "./remote_path.ts";

/**
 * Reads a range of a regular file over SFTP.
 *
 * It is looked at before it is opened, since opening a FIFO would wait for a writer.
 *
 * @throws {FileError} With the errno name as code where the far end tells enough.
 */
export async function readOverSftp(
  sftp: Sftp,
  path: string,
  request: RangeRequest & { readonly clock: Clock },
): Promise<FileRange> {
  try {
    return await readRange(sftp, path, request);
  } catch (error) {
    throw await explain(error, { sftp, action: "read", path });
  }
}

async function readRange(
  sftp: Sftp,
  path: string,
  request: RangeRequest & { readonly clock: Clock },
): Promise<FileRange> {
  const seen = await sftp.stat(path);
  const kind = fileKind(seen.mode);
  if (kind !== "file" && kind !== "unknown") throw kindError("read", path, kind);
  // Asked for beside the reading, so that it takes no time of its own.
  const naming = withOwnerNames(sftp, fileFacts(seen));
  naming.catch(() => {});
  const handle = await sftp.open(path, "r");
  const reading = readOpened(sftp, handle, {
    ...request,
    sizeBytes: fileFacts(seen).sizeBytes,
  });
  const range =
    await (fileFacts(seen).sizeBytes > 0 ? reading : endless(reading, path, request.clock));
  // It was replaced between the look and the opening.
  const isOther = range.before.sizeBytes !== seen.sizeBytes;
  const named = await naming;
  const { user, group } = hasSameOwner(range.before, named) ? named : {};
  return { ...range, before: isOther ? named : { ...range.before, user, group } };
}

function hasSameOwner(one: FileFacts, other: FileFacts): boolean {
  return one.uid === other.uid && one.gid === other.gid;
}

/** One SSH_FXP_READ carries this much, so what is sent behind it is done behind it. */
const ONE_REQUEST_BYTES = 32 * 1024;

/**
 * Requests about one file are done in the order they are sent (draft-ietf-secsh-filexfer-02 §6.1),
 * so for a small file all go out together.
 */
async function readOpened(
  sftp: Sftp,
  handle: FileHandle,
  { offset, limitBytes, sizeBytes }: RangeRequest & { readonly sizeBytes: number },
): Promise<FileRange> {
  // Files of procfs say size 0 and those of sysfs a page, whatever they hold.
  const isSized = sizeBytes > 0;
  const rest = Math.max(0, sizeBytes - offset);
  const wanted = isSized ? Math.min(limitBytes, rest) : limitBytes + 1;
  const looking = sftp.fstat(handle).then(fileFacts);
  const reading = wanted === 0 ? new Uint8Array() : sftp.read(handle, offset, wanted);
  if (wanted > ONE_REQUEST_BYTES) await Promise.allSettled([reading]);
  const settled = await Promise.allSettled([
    looking,
    reading,
    sftp.fstat(handle).then(fileFacts),
    sftp.close(handle),
  ]);
  const [before, bytes, after] = settled.map(valueOf) as [FileFacts, Uint8Array, FileFacts];
  const hasMore = isSized ? bytes.length === wanted && rest > wanted : bytes.length > limitBytes;
  return { bytes: bytes.subarray(0, limitBytes), before, after, hasMore };
}

/** A file of the kernel, such as /proc/kmsg, may wait for what never comes. */
const ENDLESS_MS = 10_000;

async function endless<T extends object>(
  reading: Promise<T>,
  path: string,
  clock: Clock,
): Promise<T> {
  const range = await within(clock, ENDLESS_MS, reading);
  if (range !== undefined) return range;
  const detail = "it gives no end of file and no data for 10 s";
  throw fileError("read", path, { code: "ETIMEDOUT", detail });
}

function valueOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Attributes with a size; servers that send none are taken for procfs. */
export function fileFacts(attributes: FileAttributes): FileFacts {
  return { ...attributes, sizeBytes: attributes.sizeBytes ?? 0 };
}

/** An operation that failed. */
interface Failure {
  readonly sftp: Sftp;
  readonly action: FileAction;
  readonly path: string;
}

/**
 * The same error in exact words.
 *
 * OpenSSH's sftp-server says "No such file" for ENOTDIR and ELOOP too, and for a dangling link.
 */
export async function explain(error: unknown, failure: Failure): Promise<unknown> {
  if (!(error instanceof FileError) || error.code === undefined) return error;
  const { action, path } = failure;
  if (error.code === "ENOENT") return await explainMissing(error, failure);
  // OpenSSH has one status for EINVAL and ENAMETOOLONG: SSH_FX_BAD_MESSAGE.
  if (error.code === "EINVAL" && hasLongName(path)) {
    return fileError(action, path, { code: "ENAMETOOLONG", cause: error });
  }
  if (error.code === "EACCES") return fileError(action, path, { code: "EACCES", cause: error });
  return error;
}

const NAME_LIMIT_BYTES = 255;

function hasLongName(path: string): boolean {
  const encoder = new TextEncoder();
  return path.split("/").some((name) => encoder.encode(name).length > NAME_LIMIT_BYTES);
}

const LINK_LIMIT = 40;

async function explainMissing(cause: FileError, failure: Failure): Promise<FileError> {
  const { sftp, action, path } = failure;
  let at = path;
  for (let links = 0; links < LINK_LIMIT; links++) {
    const attributes = await sftp.lstat(at).catch(() => undefined);
    if (attributes === undefined) {
      if (at !== path) return danglingError(action, path, at);
      return await explainDirectory(cause, failure);
    }
    if (fileKind(attributes.mode) !== "symlink") return cause;
    at = linkTarget(at, await sftp.readlink(at));
  }
  return fileError(action, path, { code: "ELOOP", cause });
}

async function explainDirectory(cause: FileError, failure: Failure): Promise<FileError> {
  const { sftp, action, path } = failure;
  const directory = directoryOf(path);
  const attributes = await sftp.stat(directory).catch(() => undefined);
  const kind = fileKind(attributes?.mode);
  if (attributes === undefined) {
    const detail = `its directory ${shownPath(directory)} does not exist`;
    return fileError(action, path, { code: "ENOENT", detail, cause });
  }
  const code = kind === "directory" || kind === "unknown" ? "ENOENT" : "ENOTDIR";
  return fileError(action, path, { code, cause });
}
