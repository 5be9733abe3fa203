import type { FileKind } from "../sftp/permissions.ts";

/** A file, directory or link that is to be copied. */
export interface SourceFacts {
  readonly kind: FileKind;
  readonly sizeBytes: number;
  readonly mode?: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly accessTime?: number | undefined;
  readonly modifyTime?: number | undefined;
}

/** An open file that is read. */
export interface OpenSource extends AsyncDisposable {
  /** Of the open file, now. */
  facts(): Promise<SourceFacts>;
  /** Fills `into` from `offset`; resolves with the bytes got, fewer only at the end of the file. */
  read(offset: number, into: Uint8Array): Promise<Uint8Array>;
}

/** A write that is one request everywhere. */
export const SHORT_BYTES: number = 32 * 1024;

/** How fast an end is fed. */
export interface Pace {
  readonly chunkBytes: number;
  /** Chunks under way at once. */
  readonly depth: number;
  /** Short files of a directory under way at once. */
  readonly files: number;
}

/** Where files come from. Errors are those of the end: {@link FileError} and of the connection. */
export interface CopySource extends AsyncDisposable {
  readonly pace: Pace;
  /** Follows symbolic links. */
  stat(path: string): Promise<SourceFacts>;
  /** The names in a directory and what they are, links not followed. */
  list(path: string): AsyncIterable<{ readonly name: string; readonly facts: SourceFacts }>;
  readlink(path: string): Promise<string>;
  /** A regular file; anything else is refused before it is opened. */
  open(path: string): Promise<OpenSource>;
}

/** A file that is written aside. */
export interface OpenDestination {
  /** Where it is until it has its name, as the login shell names it; undefined where that may differ. */
  readonly aside?: string | undefined;
  /**
   * At the offset behind what was written before, in order; zeros may become a hole. The data must
   * not change until it resolves.
   */
  write(offset: number, data: Uint8Array): Promise<void>;
  /**
   * Gives it mode and times, and renames it over the target in one step; resolves with notes. A last
   * write of at most {@link SHORT_BYTES} may be under way.
   */
  commit(facts: SourceFacts, sizeBytes: number): Promise<readonly string[]>;
  /** Removes what was written; the target is as it was. */
  discard(): Promise<void>;
}

/** Where files go. */
export interface CopyDestination extends AsyncDisposable {
  readonly pace: Pace;
  /** Follows symbolic links; undefined where there is nothing. */
  kindOf(path: string): Promise<FileKind | undefined>;
  /** Makes it if it is missing, for its owner alone until {@link finishDirectory}. */
  makeDirectory(path: string): Promise<void>;
  finishDirectory(path: string, facts: SourceFacts): Promise<void>;
  /** Removes an empty one. */
  removeDirectory(path: string): Promise<void>;
  symlink(path: string, text: string): Promise<void>;
  open(path: string): Promise<OpenDestination>;
}
