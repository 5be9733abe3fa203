import { ConnectionLostError, FileError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import { asideName } from "../sftp/file_range.ts";
import { type FileKind, fileKind } from "../sftp/permissions.ts";
import { directoryOf, inDirectory, shownPath } from "../sftp/remote_path.ts";
import { explain } from "../sftp/sftp_read.ts";
import { LONG_CHUNK_BYTES } from "../transport/sftp/sftp_transfer.ts";
import { resolveTarget } from "../sftp/sftp_write.ts";
import type { FileAttributes, FileHandle, Sftp } from "../transport/transport.ts";
import type {
  CopyDestination,
  CopySource,
  OpenDestination,
  OpenSource,
  Pace,
  SourceFacts,
} from "./copy_ends.ts";

/** A chunk is one request to a server that takes long ones. */
const PACE: Pace = { chunkBytes: LONG_CHUNK_BYTES, depth: 8 };

function factsOf(attributes: FileAttributes): SourceFacts {
  return {
    ...attributes,
    kind: fileKind(attributes.mode),
    sizeBytes: attributes.sizeBytes ?? 0,
  };
}

/** Files of a host, read over an SFTP channel of its own. */
export class SftpSource implements CopySource {
  readonly pace = PACE;
  readonly #sftp: Sftp;

  constructor(sftp: Sftp) {
    this.#sftp = sftp;
  }

  async stat(path: string): Promise<SourceFacts> {
    return factsOf(await this.#explained(path, () => this.#sftp.stat(path)));
  }

  async *list(path: string): AsyncGenerator<{ name: string; facts: SourceFacts }> {
    for await (const { name, isUtf8, attributes } of this.#sftp.list(path)) {
      if (!isUtf8) throw oddName(path, name);
      yield { name, facts: factsOf(attributes) };
    }
  }

  readlink(path: string): Promise<string> {
    return this.#sftp.readlink(path);
  }

  async open(path: string): Promise<OpenSource> {
    const sftp = this.#sftp;
    const { kind } = await this.stat(path);
    if (kind !== "file" && kind !== "unknown") throw kindError("read", path, kind);
    const handle = await this.#explained(path, () => sftp.open(path, "r"));
    return {
      facts: async () => factsOf(await sftp.fstat(handle)),
      read: async (offset, into) => into.subarray(0, await sftp.readInto(handle, offset, into)),
      [Symbol.asyncDispose]: () => sftp.close(handle).catch(() => {}),
    };
  }

  async #explained<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await explain(error, { sftp: this.#sftp, action: "read", path });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sftp[Symbol.asyncDispose]();
  }
}

function oddName(path: string, name: string): FileError {
  return new FileError(
    `Cannot copy ${path}: the name ${JSON.stringify(name)} in it is not UTF-8`,
    "Rename it, or copy the directory with tar by execute_command",
    "EILSEQ",
  );
}

/** Files of a host, written over an SFTP channel of its own. */
export class SftpDestination implements CopyDestination {
  readonly pace = PACE;
  readonly #sftp: Sftp;

  constructor(sftp: Sftp) {
    this.#sftp = sftp;
  }

  async kindOf(path: string): Promise<FileKind | undefined> {
    try {
      return fileKind((await this.#sftp.stat(path)).mode);
    } catch (error) {
      if (error instanceof FileError && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      await this.#sftp.makeDirectory(path, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof FileError) || await this.kindOf(path) !== "directory") {
        throw await explain(error, { sftp: this.#sftp, action: "write", path });
      }
    }
  }

  async finishDirectory(path: string, facts: SourceFacts): Promise<void> {
    await this.#sftp.setPathAttributes(path, {
      mode: facts.mode === undefined ? undefined : facts.mode & 0o1777,
      accessTime: facts.accessTime ?? facts.modifyTime,
      modifyTime: facts.modifyTime,
    });
  }

  async symlink(path: string, text: string): Promise<void> {
    const old = await this.#sftp.lstat(path).catch(() => undefined);
    if (old !== undefined && fileKind(old.mode) === "directory") {
      throw kindError("write", path, "directory");
    }
    const aside = inDirectory(directoryOf(path), asideName());
    await this.#sftp.symlink(aside, text);
    await this.#sftp.rename(aside, path).catch(async (error) => {
      await this.#sftp.remove(aside).catch(() => {});
      throw error;
    });
  }

  async open(path: string): Promise<OpenDestination> {
    const sftp = this.#sftp;
    try {
      const target = await resolveTarget(sftp, path, { mode: "replace" });
      const aside = inDirectory(directoryOf(target.path), asideName());
      const handle = await sftp.open(aside, "wx", { mode: 0o600 });
      return new SftpAside(sftp, handle, { ...target, aside });
    } catch (error) {
      throw await explain(error, { sftp, action: "write", path });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sftp[Symbol.asyncDispose]();
  }
}

interface AsideTarget {
  readonly path: string;
  readonly old: FileAttributes | undefined;
  readonly aside: string;
}

class SftpAside implements OpenDestination {
  readonly #sftp: Sftp;
  readonly #handle: FileHandle;
  readonly #target: AsideTarget;
  #endsInHole = false;

  constructor(sftp: Sftp, handle: FileHandle, target: AsideTarget) {
    this.#sftp = sftp;
    this.#handle = handle;
    this.#target = target;
  }

  write(offset: number, data: Uint8Array): Promise<void> {
    this.#endsInHole = isZero(data);
    if (this.#endsInHole) return Promise.resolve();
    return this.#sftp.write(this.#handle, offset, data).catch((error) => {
      throw error instanceof FileError ? refusedAt(offset, this.#target.path, error) : error;
    });
  }

  async commit(facts: SourceFacts, sizeBytes: number): Promise<readonly string[]> {
    const { path, old, aside } = this.#target;
    const [sftp, handle] = [this.#sftp, this.#handle];
    if (this.#endsInHole) await sftp.setAttributes(handle, { sizeBytes });
    const notes = await this.#keepOwner(old);
    await sftp.setAttributes(handle, {
      mode: facts.mode === undefined ? undefined : facts.mode & 0o777,
      accessTime: facts.accessTime ?? facts.modifyTime,
      modifyTime: facts.modifyTime,
    });
    await sftp.sync(handle);
    const written = await sftp.fstat(handle);
    await sftp.close(handle);
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
    await this.#sftp.close(this.#handle).catch(() => {});
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
