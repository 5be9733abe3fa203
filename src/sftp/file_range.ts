/** Attributes of a remote file; undefined where the host did not send them. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** st_mode with type bits (inode(7)). */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Names of uid and gid on the host, where it tells them. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** Seconds since the Unix epoch. */
  readonly modifyTime?: number | undefined;
  /** Names of the file (hard links). */
  readonly links?: number | undefined;
}

/** Which bytes of a file are wanted. */
export interface RangeRequest {
  /** In bytes, from 0. */
  readonly offset: number;
  /** At most this many bytes; 1 to 2 MiB. */
  readonly limitBytes: number;
}

/** A stretch of a file as it was read. */
export interface FileRange {
  readonly bytes: Uint8Array;
  /** Of the file when it was opened. `sizeBytes` is 0 for most files of procfs (proc(5)). */
  readonly before: FileFacts;
  readonly after: FileFacts;
  /** Whether bytes follow behind these. */
  readonly hasMore: boolean;
}

/** The most that one call reads or writes, in bytes. */
export const TRANSFER_LIMIT_BYTES = 2 * 1024 * 1024;

/** Whether size or time of change differ: then the range may mix two states of the file. */
export function hasChanged({ before, after }: FileRange): boolean {
  return before.sizeBytes !== after.sizeBytes || before.modifyTime !== after.modifyTime;
}

/** A write as it is asked for. */
export interface WriteRequest {
  /** A Windows host: mode, owner and their doubts mean nothing there. */
  readonly isOnWindows?: boolean | undefined;
  readonly content: Uint8Array;
  /** `replace`: the file becomes the content. `append`: the content goes behind what is there. */
  readonly mode: "replace" | "append";
  /** Whether missing directories above the file are made (mkdir -p). */
  readonly makesDirectories: boolean;
  /** Permission bits to set; undefined keeps those there are (a new file: by the umask). */
  readonly permissions?: number | undefined;
  /** The content that the file must have until the moment it is replaced; undefined: any. */
  readonly replaces?: Uint8Array | undefined;
  /** Whether the old file is kept beside the new one as `NAME.~N~`. */
  readonly keepsBackup?: boolean | undefined;
}

/** The result of a write. */
export interface WriteReport {
  /** The file itself, at the end of any symbolic links. */
  readonly path: string;
  /** `created`: there was none before. */
  readonly outcome: "created" | "replaced" | "appended";
  readonly facts: FileFacts;
  /** Where the old file is kept, if that was asked for. */
  readonly backup?: string | undefined;
  /** Differences from the plain case, a line each, such as an owner that could not be kept. */
  readonly notes: readonly string[];
}

/** Name of the file beside the target; 128 random bits, so that nothing stands there. */
export function asideName(): string {
  return `.mcp-ssh-${crypto.randomUUID().replaceAll("-", "")}`;
}

const LOCKED_NAME_BYTES = 200;

/**
 * Name of the file beside the target while an edit of it is under way, the same for all who edit it,
 * so that it excludes the others (O_EXCL of open(2)). A very long name has no room for it.
 */
export function editLockName(name: string): string {
  const isShort = new TextEncoder().encode(name).length <= LOCKED_NAME_BYTES;
  return isShort ? `.mcp-ssh-edit-${name}` : asideName();
}
