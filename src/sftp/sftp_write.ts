import { ConnectionLostError, FileError } from "../errors.ts";
import type { FileAttributes, FileHandle, Sftp } from "../transport/transport.ts";
import { fileError, kindError } from "./file_errors.ts";
import { type Directories, makeDirectories } from "./sftp_directories.ts";
import { explain, fileFacts } from "./sftp_read.ts";
import { ownerChanges, withOwnerNames } from "./owner_names.ts";
import { fileKind, octal } from "./permissions.ts";
import { doubtAbout } from "./path_doubt.ts";
import { directoryOf, inDirectory, linkTarget, nameOf } from "./remote_path.ts";
import { asideName, editLockName, type WriteReport, type WriteRequest } from "./file_range.ts";
import { confirmContent, keepBackup } from "./edit/old_content.ts";
import { BusyFileError, ChangedFileError } from "./edit/edit_errors.ts";

/** Options of a write over SFTP. */
export interface SftpWriteOptions {
  /** Whether a file whose owner cannot be kept is replaced all the same; a note says so. */
  readonly acceptsOwnerChange: boolean;
  /** Whether the file has what SFTP would lose; asked while the new one is sent. */
  readonly hasExtras: (path: string) => Promise<boolean>;
  /** Called with the path of the file beside the target while it exists: a cut connection leaves it. */
  readonly onAside: (path: string | undefined) => void;
}

/** A file that SFTP alone cannot replace without a loss; nothing was changed. */
class ExtrasError extends FileError {}

/** A file that could not be replaced because its owner or group would change. */
export class OwnerError extends FileError {}

/**
 * Replaces or creates a file over SFTP in one step: aside, fsync, then rename over the target.
 *
 * The file is the old one or the new one at every moment. A symbolic link stays and its target is
 * replaced. Mode is kept, owner and group where the far end permits; set-id bits go when the id
 * they stand for cannot be kept.
 *
 * @throws {FileError} The old file is intact and nothing is left beside it.
 * @throws {ExtrasError} When a shell would keep more; nothing was changed.
 * @throws {OwnerError} When the owner cannot be kept and must be; nothing was changed.
 */
export async function replaceOverSftp(
  sftp: Sftp,
  path: string,
  request: WriteRequest,
  options: SftpWriteOptions,
): Promise<WriteReport> {
  let made: Directories | undefined;
  try {
    const target = await resolveTarget(sftp, path, request);
    if (request.makesDirectories && target.old === undefined) {
      made = await makeDirectories(sftp, directoryOf(target.path));
    }
    return await replaceTarget(sftp, target, request, options);
  } catch (error) {
    await made?.undo();
    throw await explain(error, { sftp, action: "write", path });
  }
}

/** Bytes that one SSH_FXP_WRITE carries: the far end does all of it or, if cut off, nothing. */
export const APPEND_LIMIT_BYTES = 32 * 1024;

/**
 * Appends at most {@link APPEND_LIMIT_BYTES} to an existing regular file, in one request.
 *
 * @returns Undefined when there is no such file yet; nothing was changed.
 * @throws {FileError} The file is as long as before.
 */
export async function appendOverSftp(
  sftp: Sftp,
  path: string,
  request: WriteRequest,
): Promise<WriteReport | undefined> {
  try {
    const target = await resolveTarget(sftp, path, request);
    if (target.old === undefined) return undefined;
    const handle = await sftp.open(target.path, "a");
    try {
      await appendWhole(sftp, handle, request.content);
      await sftp.sync(handle);
      if (request.permissions !== undefined) {
        await sftp.setAttributes(handle, { mode: request.permissions });
      }
      const facts = fileFacts(await sftp.fstat(handle));
      return { path: target.path, outcome: "appended", facts, notes: [] };
    } finally {
      await sftp.close(handle);
    }
  } catch (error) {
    throw await explain(error, { sftp, action: "write", path });
  }
}

/** A full disk may take a part: then the file gets its old length back. */
async function appendWhole(sftp: Sftp, handle: FileHandle, content: Uint8Array): Promise<void> {
  const { sizeBytes } = fileFacts(await sftp.fstat(handle));
  try {
    await sftp.write(handle, sizeBytes, content);
  } catch (error) {
    const now = await sftp.fstat(handle).catch(() => undefined);
    const grownBytes = (now?.sizeBytes ?? sizeBytes) - sizeBytes;
    if (grownBytes > 0 && grownBytes < content.length) {
      await sftp.setAttributes(handle, { sizeBytes }).catch(() => {});
    }
    throw error;
  }
}

/** A file that is to be written. */
export interface Target {
  readonly path: string;
  readonly old: FileAttributes | undefined;
}

const LINK_LIMIT = 40;

/**
 * The file at the end of the symbolic links; a link to nothing leads to the file to create.
 *
 * @throws {UnsafePathError} When another user could have made or could change one of them.
 */
export async function resolveTarget(
  sftp: Sftp,
  path: string,
  request: Pick<WriteRequest, "mode" | "isOnWindows">,
): Promise<Target> {
  if (path.endsWith("/")) throw fileError("write", path, { code: "EISDIR" });
  let at = path;
  for (let links = 0; links < LINK_LIMIT; links++) {
    const looking = sftp.lstat(at).catch((error) => {
      if (error instanceof FileError && error.code === "ENOENT") return undefined;
      throw error;
    });
    const doubting = request.isOnWindows ? undefined : doubtAbout(sftp, at, request);
    const [old, doubt] = await together([looking, doubting]);
    if (doubt !== undefined) throw doubt;
    const kind = fileKind(old?.mode);
    if (kind === "symlink") at = linkTarget(at, await sftp.readlink(at));
    else if (old === undefined || kind === "file" || kind === "unknown") return { path: at, old };
    else throw kindError("write", at, kind);
  }
  throw fileError("write", path, { code: "ELOOP" });
}

async function replaceTarget(
  sftp: Sftp,
  target: Target,
  request: WriteRequest,
  options: SftpWriteOptions,
): Promise<WriteReport> {
  const isEdit = request.replaces !== undefined;
  if (isEdit && target.old === undefined) throw new ChangedFileError(target.path);
  const name = isEdit ? editLockName(nameOf(target.path)) : asideName();
  const aside = inDirectory(directoryOf(target.path), name);
  const isPlain = target.old === undefined && request.permissions === undefined;
  const opening = sftp.open(aside, "wx", { mode: isPlain ? undefined : 0o600 });
  const handle = isEdit ? await lockedBy(opening, { sftp, target, aside }) : await opening;
  options.onAside(aside);
  let backup: string | undefined;
  try {
    const [filled, hasExtras] = await together([
      fillAside(sftp, handle, { target, request, options }),
      target.old === undefined ? false : options.hasExtras(target.path),
    ]);
    if (hasExtras) throw new ExtrasError(`${target.path} is not plain`, "Use a shell");
    if (request.keepsBackup) backup = await keepBackup(sftp, target, request.replaces);
    if (isEdit) await confirmContent(sftp, target.path, request.replaces);
    await sftp.rename(aside, target.path);
    options.onAside(undefined);
    const outcome = target.old === undefined ? "created" : "replaced";
    return { path: target.path, outcome, ...filled, ...(backup === undefined ? {} : { backup }) };
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) {
      if (backup !== undefined) await sftp.remove(backup).catch(() => {});
      await sftp.remove(aside).then(() => options.onAside(undefined), () => {});
    }
    throw error;
  }
}

/** The new file of an edit excludes every other edit, from this server or another. */
async function lockedBy(
  opening: Promise<FileHandle>,
  { sftp, target, aside }: {
    readonly sftp: Sftp;
    readonly target: Target;
    readonly aside: string;
  },
): Promise<FileHandle> {
  try {
    return await opening;
  } catch (error) {
    // OpenSSH's server has no status for EEXIST.
    const isThere = error instanceof FileError &&
      await sftp.lstat(aside).then(() => true, () => false);
    throw isThere ? new BusyFileError(target.path, aside) : error;
  }
}

interface Filling {
  readonly target: Target;
  readonly request: WriteRequest;
  readonly options: SftpWriteOptions;
}

/**
 * Requests about one file are done in the order they are sent (draft-ietf-secsh-filexfer-02 §6.1),
 * so those that need no answer of another go out together.
 */
async function fillAside(
  sftp: Sftp,
  handle: FileHandle,
  { target, request, options }: Filling,
): Promise<Pick<WriteReport, "facts" | "notes">> {
  const sizeBytes = request.content.length;
  let kept: KeptAttributes;
  try {
    const [now] = await together([sftp.fstat(handle), sftp.write(handle, 0, request.content)]);
    kept = await keepOwner(sftp, handle, { target, request, options, now });
  } catch (error) {
    await sftp.close(handle).catch(() => {});
    throw error;
  }
  const { mode, notes } = kept;
  const [, , attributes] = await together([
    mode === undefined ? undefined : sftp.setAttributes(handle, { mode }),
    sftp.sync(handle),
    sftp.fstat(handle),
    // A network file system may tell only here that it is full (close(2)).
    sftp.close(handle),
  ]);
  const facts = fileFacts(attributes);
  if (facts.sizeBytes !== sizeBytes) {
    const detail = `only ${facts.sizeBytes} of ${sizeBytes} bytes were taken`;
    throw fileError("write", handle.path, { code: "ENOSPC", detail });
  }
  return { facts, notes };
}

/** Like Promise.all, but no request is under way any more when it throws. */
export async function together<T extends readonly unknown[]>(
  requests: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(requests);
  const failed = settled.find((result) => result.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return await Promise.all(requests) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

interface KeptAttributes {
  /** The permission bits to set; undefined leaves those of a new file. */
  readonly mode: number | undefined;
  readonly notes: readonly string[];
}

/** Gives the new file the old one's owner, and says which mode it is to have. */
async function keepOwner(
  sftp: Sftp,
  handle: FileHandle,
  { target, request, options, now }: Filling & { readonly now: FileAttributes },
): Promise<KeptAttributes> {
  const { old } = target;
  if (old === undefined || request.isOnWindows) return { mode: request.permissions, notes: [] };
  const owner = await changeOwner(sftp, handle, { old, now });
  if (owner.notes.length > 0 && !options.acceptsOwnerChange) {
    throw new OwnerError(
      `Cannot keep the owner of ${target.path}: ${owner.notes.join("; ")}`,
      "Write with use_sudo=true",
      "EPERM",
    );
  }
  if (request.permissions !== undefined || old.mode === undefined) {
    return { mode: request.permissions, notes: owner.notes };
  }
  const before = old.mode & 0o7777;
  const mode = before & ~owner.lostBits;
  const change = `mode is now ${octal(mode)}, was ${octal(before)}`;
  return { mode, notes: mode === before ? owner.notes : [...owner.notes, change] };
}

interface OwnerChange {
  readonly notes: readonly string[];
  /** Set-id bits that would now stand for somebody else. */
  readonly lostBits: number;
}

async function changeOwner(
  sftp: Sftp,
  handle: FileHandle,
  { old: { uid, gid }, now }: { readonly old: FileAttributes; readonly now: FileAttributes },
): Promise<OwnerChange> {
  const isSame = now.uid === uid && now.gid === gid;
  if (uid === undefined || gid === undefined || isSame) return { notes: [], lostBits: 0 };
  const isRefused = await sftp.setAttributes(handle, { uid, gid }).then(() => false, refused);
  if (isRefused && now.uid !== undefined && now.gid !== gid) {
    // A group that the user belongs to may be given without the owner (chown(2)).
    await sftp.setAttributes(handle, { uid: now.uid, gid }).catch(refused);
  }
  const after = await sftp.fstat(handle);
  const [was, is] = [await withOwnerNames(sftp, { uid, gid }), await withOwnerNames(sftp, after)];
  const notes = ownerChanges(is, was);
  return { notes, lostBits: (after.uid === uid ? 0 : 0o4000) | (after.gid === gid ? 0 : 0o2000) };
}

function refused(error: unknown): true {
  if (error instanceof FileError) return true;
  throw error;
}
