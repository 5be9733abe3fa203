import { FileError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import { oddNameError } from "./copy_errors.ts";
import { SftpAside } from "./sftp_aside.ts";
import { asideName } from "../sftp/file_range.ts";
import { type FileKind, fileKind } from "../sftp/permissions.ts";
import { directoryOf, inDirectory } from "../sftp/remote_path.ts";
import { explain } from "../sftp/sftp_read.ts";
import { LONG_CHUNK_BYTES } from "../transport/sftp/sftp_transfer.ts";
import { doubtAbout, isSticky } from "../sftp/path_doubt.ts";
import { resolveTarget, type Target } from "../sftp/sftp_write.ts";
import type { FileAttributes, Sftp } from "../transport/transport.ts";
import type {
  CopyDestination,
  CopySource,
  OpenDestination,
  OpenSource,
  Pace,
  SourceFacts,
} from "./copy_ends.ts";

/** A chunk is one request to a server that takes long ones. */
const PACE: Pace = { chunkBytes: LONG_CHUNK_BYTES, depth: 8, files: 32 };

/** Directories whose way is remembered. */
const PLACES_KEPT = 1_000;

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
      if (!isUtf8) throw oddNameError(path, name);
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

/** How a name in a directory is looked at before it is written. */
type Place =
  /** This copy made it, for its owner alone: nothing else puts a name into it. */
  | "own"
  /** Nobody else can change the way to it nor its names: a look at the name itself is enough. */
  | "plain"
  /** Each name and the way to it are looked at. */
  | "shared";

/**
 * Files of a host, written over an SFTP channel of its own.
 *
 * The way to a directory is looked at once: where nobody else can change it, nobody can later.
 */
export class SftpDestination implements CopyDestination {
  readonly pace = PACE;
  readonly #sftp: Sftp;
  readonly #made = new Set<string>();
  readonly #places = new Map<string, Promise<Place>>();

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
      this.#made.add(path);
    } catch (error) {
      if (!(error instanceof FileError) || await this.kindOf(path) !== "directory") {
        throw await explain(error, { sftp: this.#sftp, action: "write", path });
      }
    }
  }

  async finishDirectory(path: string, facts: SourceFacts): Promise<void> {
    this.#made.delete(path);
    await this.#sftp.setPathAttributes(path, {
      mode: facts.mode === undefined ? undefined : facts.mode & 0o1777,
      accessTime: facts.accessTime ?? facts.modifyTime,
      modifyTime: facts.modifyTime,
    });
  }

  async removeDirectory(path: string): Promise<void> {
    this.#made.delete(path);
    await this.#sftp.removeDirectory(path);
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
      const target = await this.#target(path);
      const aside = inDirectory(directoryOf(target.path), asideName());
      const handle = await sftp.open(aside, "wx", { mode: 0o600 });
      return new SftpAside(sftp, handle, { ...target, aside });
    } catch (error) {
      throw await explain(error, { sftp, action: "write", path });
    }
  }

  async #target(path: string): Promise<Target> {
    const sftp = this.#sftp;
    const place = await this.#placeOf(directoryOf(path));
    if (place === "own") return { path, old: undefined };
    if (place === "plain") {
      const old = await lookAt(sftp, path);
      const kind = fileKind(old?.mode);
      if (old === undefined || kind === "file") return { path, old };
    }
    return await resolveTarget(sftp, path, { mode: "replace" });
  }

  #placeOf(directory: string): Promise<Place> {
    const known = this.#places.get(directory);
    if (known !== undefined) return known;
    const [oldest] = this.#places.keys();
    if (this.#places.size >= PLACES_KEPT) this.#places.delete(oldest!);
    const place = placeOf(this.#sftp, directory, { isOwn: this.#made.has(directory) });
    place.catch(() => {});
    this.#places.set(directory, place);
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sftp[Symbol.asyncDispose]();
  }
}

async function placeOf(
  sftp: Sftp,
  directory: string,
  { isOwn }: { readonly isOwn: boolean },
): Promise<Place> {
  // A name that is not there: the doubts are those about the directory and the way to it.
  const name = inDirectory(directory, asideName());
  if (await doubtAbout(sftp, name, { mode: "replace" }) !== undefined) return "shared";
  if (isOwn) return "own";
  const attributes = await lookAt(sftp, directory);
  const isDirectory = fileKind(attributes?.mode) === "directory";
  return isDirectory && !isSticky(attributes) ? "plain" : "shared";
}

/** As lstat(2); undefined where there is nothing. */
async function lookAt(sftp: Sftp, path: string): Promise<FileAttributes | undefined> {
  try {
    return await sftp.lstat(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return undefined;
    throw error;
  }
}
