import { isAbsolute, join, relative } from "node:path";
import { type Clock, within } from "../clock.ts";
import { FileError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import type { FileKind } from "../sftp/permissions.ts";
import { oddNameError } from "./copy_errors.ts";
import type { CopySource, OpenSource, SourceFacts } from "./copy_ends.ts";

/** A FIFO that was put in the place of a file would wait for a writer. */
const OPEN_MS = 5_000;

/** Directories whose files may be copied to hosts. */
export interface LocalRoots {
  /** As the operator wrote them. */
  readonly paths: readonly string[];
  /** Those of the client, which narrow the operator's; undefined where it has none. */
  readonly client: readonly string[] | undefined;
}

/**
 * Files of this machine below the allowed directories.
 *
 * Symbolic links may stand on the way, but the file itself must lie below a root by its real path,
 * and be the very file that this path still names after it was opened.
 */
export class LocalSource implements CopySource {
  readonly pace = { chunkBytes: 224 * 1024, depth: 8, files: 32 };
  readonly #roots: Promise<readonly (readonly string[])[]>;
  readonly #clock: Clock;

  constructor({ paths, client }: LocalRoots, clock: Clock) {
    this.#roots = Promise.all([paths, ...(client === undefined ? [] : [client])].map(realPaths));
    this.#clock = clock;
  }

  async stat(path: string): Promise<SourceFacts> {
    return await factsAt(await this.#allowed(path), path);
  }

  async *list(path: string): AsyncGenerator<{ name: string; facts: SourceFacts }> {
    const real = await this.#allowed(path);
    for await (const name of namesIn(real, path)) {
      const info = await Deno.lstat(join(real, name)).catch((error) => {
        if (name.includes("\ufffd")) throw oddNameError(path, name);
        throw localError(join(path, name), error);
      });
      // A directory that was swapped meanwhile is seen by each look at the files in it.
      yield { name, facts: factsOf(info) };
    }
    if (await this.#allowed(path) !== real) throw outside(path);
  }

  async readlink(path: string): Promise<string> {
    const parent = await this.#allowed(join(path, ".."));
    return await Deno.readLink(join(parent, path.slice(path.lastIndexOf("/") + 1)));
  }

  async open(path: string): Promise<OpenSource> {
    const real = await this.#allowed(path);
    const { kind } = await factsAt(real, path);
    if (kind !== "file") throw kindError("read", path, kind);
    const file = await this.#openInTime(real, path);
    try {
      return openSource(file, await this.#confirmed(file, real, path));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** The real path. @throws {FileError} When it is not below a root. */
  async #allowed(path: string): Promise<string> {
    if (!isAbsolute(path) || path.includes("\0")) throw outside(path);
    const real = await Deno.realPath(path).catch((error) => {
      throw localError(path, error);
    });
    const roots = await this.#roots;
    if (!roots.every((some) => some.some((root) => isBelow(real, root)))) throw outside(path);
    return real;
  }

  async #openInTime(real: string, path: string): Promise<Deno.FsFile> {
    const opening = Deno.open(real, { read: true }).catch((error) => {
      throw localError(path, error);
    });
    const file = await within(this.#clock, OPEN_MS, opening);
    if (file !== undefined) return file;
    void opening.then((late) => late.close(), () => {});
    throw new FileError(`Cannot read ${path}: it does not open`, "Name a regular file", "EINVAL");
  }

  /** Checks that the file opened is the one that the path names, a regular file, and still below a root. */
  async #confirmed(file: Deno.FsFile, real: string, path: string): Promise<SourceFacts> {
    const opened = await file.stat();
    if (!opened.isFile) throw outside(path);
    const now = await Deno.lstat(real).catch(() => undefined);
    const isSame = now !== undefined && now.isFile && now.dev === opened.dev &&
      now.ino === opened.ino && await this.#allowed(real) === real;
    if (!isSame) throw outside(path);
    return factsOf(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Real paths of directories, those that there are; one that is moved later loses its files. */
async function realPaths(paths: readonly string[]): Promise<readonly string[]> {
  const real = paths.map((path) => Deno.realPath(path).catch(() => undefined));
  return (await Promise.all(real)).filter((path) => path !== undefined);
}

function isBelow(real: string, root: string): boolean {
  const way = relative(root, real);
  return way === "" || (!isAbsolute(way) && way !== ".." && !/^\.\.[/\\]/.test(way));
}

async function* namesIn(real: string, path: string): AsyncGenerator<string> {
  try {
    for await (const { name } of Deno.readDir(real)) yield name;
  } catch (error) {
    throw localError(path, error);
  }
}

async function factsAt(real: string, path: string): Promise<SourceFacts> {
  return factsOf(
    await Deno.lstat(real).catch((error) => {
      throw localError(path, error);
    }),
  );
}

/** `facts` are those of the file just opened. */
function openSource(file: Deno.FsFile, facts: SourceFacts): OpenSource {
  let first: SourceFacts | undefined = facts;
  let turn: Promise<unknown> = Promise.resolve();
  let position = 0;
  const readAt = async (offset: number, into: Uint8Array): Promise<Uint8Array> => {
    if (offset !== position) await file.seek(offset, Deno.SeekMode.Start);
    let got = 0;
    while (got < into.length) {
      const count = await file.read(into.subarray(got));
      if (count === null) break;
      got += count;
    }
    position = offset + got;
    return into.subarray(0, got);
  };
  return {
    facts: async () => {
      const known = first;
      first = undefined;
      return known ?? factsOf(await file.stat());
    },
    read: (offset, into) => {
      const reading = turn.then(() => readAt(offset, into));
      turn = reading.catch(() => {});
      return reading;
    },
    [Symbol.asyncDispose]: async () => {
      await turn;
      file.close();
    },
  };
}

function factsOf(info: Deno.FileInfo): SourceFacts {
  const seconds = (time: Deno.FileInfo["mtime"]): number | undefined =>
    time === null ? undefined : Math.floor(time.getTime() / 1000);
  return {
    kind: kindOf(info),
    sizeBytes: info.size,
    mode: info.mode ?? undefined,
    accessTime: seconds(info.atime),
    modifyTime: seconds(info.mtime),
  };
}

function kindOf(info: Deno.FileInfo): FileKind {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "symlink";
  if (info.isFifo) return "fifo";
  if (info.isSocket) return "socket";
  return info.isBlockDevice ? "block device" : "character device";
}

/** The same words for what is not there and what may not be seen, so that nothing is learnt. */
function outside(path: string): FileError {
  return new FileError(
    `Cannot read ${path}: it is not a file below a directory that may be copied from`,
    "MCP_SSH_LOCAL_ROOTS names those directories (absolute paths); who starts the server sets it. " +
      "A client that declares roots narrows them",
    "EACCES",
  );
}

function localError(path: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  if (cause instanceof Deno.errors.NotFound) {
    return new FileError(
      `Cannot read ${path}: no such file or directory`,
      "Check the path",
      "ENOENT",
      {
        cause,
      },
    );
  }
  return outside(path);
}
