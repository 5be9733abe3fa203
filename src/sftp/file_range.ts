/** What the far end says of a file; absent where it was not told. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** st_mode with type bits (inode(7)). */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since the Unix epoch. */
  readonly modifyTime?: number;
  /** Names of the file (hard links). */
  readonly links?: number;
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
