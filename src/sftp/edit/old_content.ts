import { FileError } from "../../errors.ts";
import type { FileAttributes, Sftp } from "../../transport/transport.ts";
import { directoryOf, nameOf } from "../remote_path.ts";
import { ChangedFileError } from "./edit_errors.ts";
import { sameBytes } from "../../bytes.ts";

/** @throws {ChangedFileError} When the file has another content by now. */
export async function confirmContent(
  sftp: Sftp,
  path: string,
  expected: Uint8Array | undefined,
): Promise<void> {
  if (expected === undefined) return;
  const handle = await sftp.open(path, "r").catch((error) => {
    if (error instanceof FileError && error.code === "ENOENT") throw new ChangedFileError(path);
    throw error;
  });
  const [read, closed] = await Promise.allSettled([
    sftp.read(handle, 0, expected.length + 1),
    sftp.close(handle),
  ]);
  if (read.status === "rejected") throw read.reason;
  if (closed.status === "rejected") throw closed.reason;
  if (!sameBytes(read.value, expected)) throw new ChangedFileError(path);
}

/** A file that is about to be replaced. */
interface OldFile {
  readonly path: string;
  readonly old: FileAttributes | undefined;
}

const ATTEMPTS = 20;

/**
 * Keeps a file as `NAME.~N~`, N above all there are (as `cp --backup=numbered`): as a second name of
 * it, which keeps everything, else as a copy with its mode, owner and times.
 *
 * @throws {FileError} When it cannot be kept; nothing is left.
 */
export async function keepBackup(
  sftp: Sftp,
  { path, old }: OldFile,
  content: Uint8Array = new Uint8Array(),
): Promise<string | undefined> {
  if (old === undefined) return undefined;
  let number = await highestBackup(sftp, path) + 1;
  for (let attempt = 0;; attempt++, number++) {
    const backup = `${path}.~${number}~`;
    try {
      if (await sftp.link(path, backup).catch(refused)) return backup;
      await copyTo(sftp, backup, { content, old });
      return backup;
    } catch (error) {
      const isTaken = error instanceof FileError && error.code !== "EACCES" &&
        await sftp.lstat(backup).then(() => true, () => false);
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Some file systems have no second names, and Linux refuses one of another user's file. */
function refused(error: unknown): false {
  if (error instanceof FileError) return false;
  throw error;
}

async function highestBackup(sftp: Sftp, path: string): Promise<number> {
  const name = nameOf(path);
  let highest = 0;
  for await (const entry of sftp.list(directoryOf(path))) {
    if (!entry.name.startsWith(`${name}.~`) || !entry.name.endsWith("~")) continue;
    const digits = entry.name.slice(name.length + 2, -1);
    if (/^[1-9][0-9]{0,8}$/.test(digits)) highest = Math.max(highest, Number(digits));
  }
  return highest;
}

async function copyTo(
  sftp: Sftp,
  path: string,
  { content, old }: { readonly content: Uint8Array; readonly old: FileAttributes },
): Promise<void> {
  const handle = await sftp.open(path, "wx", { mode: 0o600 });
  try {
    await sftp.write(handle, 0, content);
    await giveOwner(sftp, handle, old);
    await sftp.setAttributes(handle, {
      mode: old.mode === undefined ? undefined : old.mode & 0o7777,
      accessTime: old.accessTime,
      modifyTime: old.modifyTime,
    });
    await sftp.sync(handle);
    await sftp.close(handle);
  } catch (error) {
    await sftp.close(handle).catch(() => {});
    await sftp.remove(path).catch(() => {});
    throw error;
  }
}

async function giveOwner(
  sftp: Sftp,
  handle: Awaited<ReturnType<Sftp["open"]>>,
  { uid, gid }: FileAttributes,
): Promise<void> {
  const now = await sftp.fstat(handle);
  if (uid === undefined || gid === undefined || (now.uid === uid && now.gid === gid)) return;
  await sftp.setAttributes(handle, { uid, gid });
}
