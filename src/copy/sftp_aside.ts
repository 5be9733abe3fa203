import { ConnectionLostError, FileError } from "../errors.ts";
import { shownPath } from "../sftp/remote_path.ts";
import { together } from "../sftp/sftp_write.ts";
import type { FileAttributes, FileHandle, Sftp } from "../transport/transport.ts";
import type { OpenDestination, SourceFacts } from "./copy_ends.ts";

/** The file to be written, and where it is until then. */
export interface AsideTarget {
  readonly path: string;
  readonly old: FileAttributes | undefined;
  readonly aside: string;
}

/** A file that is written aside over SFTP. */
export class SftpAside implements OpenDestination {
  readonly aside: string;
  readonly #sftp: Sftp;
  readonly #handle: FileHandle;
  readonly #target: AsideTarget;
  #endsInHole = false;
  #isClosed = false;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(sftp: Sftp, handle: FileHandle, target: AsideTarget) {
    this.#sftp = sftp;
    this.#handle = handle;
    this.#target = target;
    this.aside = target.aside;
  }

  write(offset: number, data: Uint8Array): Promise<void> {
    this.#endsInHole = isZero(data);
    if (this.#endsInHole) return Promise.resolve();
    this.#lastWrite = this.#sftp.write(this.#handle, offset, data).catch((error) => {
      throw error instanceof FileError ? refusedAt(offset, this.#target.path, error) : error;
    });
    return this.#lastWrite;
  }

  /** Requests about one file are done in the order they are sent: they go out together. */
  async commit(facts: SourceFacts, sizeBytes: number): Promise<readonly string[]> {
    const { path, old, aside } = this.#target;
    const [sftp, handle] = [this.#sftp, this.#handle];
    if (this.#endsInHole) await sftp.setAttributes(handle, { sizeBytes });
    const notes = await this.#keepOwner(old);
    const written = await this.#complete(facts);
    if (written.sizeBytes !== undefined && written.sizeBytes !== sizeBytes) {
      throw new FileError(
        `Cannot write ${path}: only ${written.sizeBytes} of ${sizeBytes} bytes were taken`,
        "Free some space (df -h shows where), then copy again",
        "ENOSPC",
      );
    }
    await sftp.rename(aside, path);
    return notes;
  }

  /** The last requests about the open file; its attributes before it is closed. */
  async #complete(facts: SourceFacts): Promise<FileAttributes> {
    const [sftp, handle] = [this.#sftp, this.#handle];
    this.#isClosed = true;
    const requests = sftp.gather(() =>
      [
        this.#lastWrite,
        sftp.setAttributes(handle, {
          mode: facts.mode === undefined ? undefined : facts.mode & 0o777,
          accessTime: facts.accessTime ?? facts.modifyTime,
          modifyTime: facts.modifyTime,
        }),
        sftp.sync(handle),
        sftp.fstat(handle),
        sftp.close(handle),
      ] as const
    );
    const [, , , written] = await together(requests);
    return written;
  }

  async #keepOwner(old: FileAttributes | undefined): Promise<readonly string[]> {
    if (old?.uid === undefined || old.gid === undefined) return [];
    const { uid, gid } = await this.#sftp.fstat(this.#handle);
    if (uid === old.uid && gid === old.gid) return [];
    const wanted = { uid: old.uid, gid: old.gid };
    try {
      await this.#sftp.setAttributes(this.#handle, wanted);
      return [];
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return [`${this.#target.path} is now of ${uid}:${gid}, was of ${old.uid}:${old.gid}`];
    }
  }

  async discard(): Promise<void> {
    // The server may have given a closed handle's number to another file.
    if (!this.#isClosed) await this.#sftp.close(this.#handle).catch(() => {});
    try {
      await this.#sftp.remove(this.#target.aside);
    } catch (error) {
      if (error instanceof ConnectionLostError) throw leftBehind(error, this.#target.aside);
    }
  }
}

/** SFTP version 3 has no status for a full disk: OpenSSH's server says "Failure". */
function refusedAt(offset: number, path: string, cause: FileError): FileError {
  const why = cause.code === undefined ? "probably no space left" : cause.message;
  return new FileError(
    `Cannot write ${shownPath(path)}: the server took no more near byte ${offset}, ${why}`,
    "See df -h and quota there; the old file is as it was",
    cause.code ?? "ENOSPC",
    { cause },
  );
}

function leftBehind(cause: ConnectionLostError, aside: string): ConnectionLostError {
  return new ConnectionLostError(
    `${cause.message}; ${aside} may be left`,
    "Remove it, then copy again: nothing is resumed",
    { cause },
  );
}

function isZero(data: Uint8Array): boolean {
  if (data.length === 0 || data[0] !== 0 || data[data.length - 1] !== 0) return false;
  for (let at = 0; at < data.length; at++) if (data[at] !== 0) return false;
  return true;
}
