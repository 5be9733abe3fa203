import { FileError } from "../errors.ts";
import type { FileKind } from "./permissions.ts";
import { shownPath } from "./remote_path.ts";

/** The operation on a file, for the first words of an error. */
export type FileAction = "read" | "write";

const facts: Readonly<Record<string, readonly [fact: string, advice: string]>> = {
  ENOENT: [
    "no such file or directory",
    "Check the path; execute_command with ls shows what is there",
  ],
  EACCES: ["permission denied", "Pass use_sudo=true, with sudo_password where sudo asks for one"],
  EPERM: [
    "operation not permitted",
    "The file may be immutable (lsattr shows it) or another user's; sudo or its owner may change it",
  ],
  EISDIR: ["it is a directory", "Name a file in it; execute_command with ls -la lists it"],
  ENOTDIR: ["a part of the path is not a directory", "Check the path"],
  ELOOP: ["its symbolic links form a loop", "Name the real file, or mend the links"],
  ENAMETOOLONG: ["the name is too long", "Use names of at most 255 bytes"],
  ENOSPC: ["no space left on device", "Free some space (df -h shows where), then write again"],
  EDQUOT: ["the disk quota is used up", "Free some space of this user's, then write again"],
  EFBIG: [
    "the file would be larger than the far end allows",
    "Raise the limit (ulimit -f), or write less",
  ],
  EROFS: ["the file system is read-only", "Choose a path on another file system, or remount it"],
  ETXTBSY: ["the program is running", "Stop it first, then write again"],
  EBUSY: [
    "the file is busy, such as a mount point",
    "Write it with a command, or unmount it first",
  ],
  EIO: [
    "input/output error",
    "The far end's disk or network file system is at fault: see its dmesg",
  ],
  ETIMEDOUT: [
    "the far end gave no answer in time",
    "Read it with execute_command, bounded by timeout",
  ],
  EINVAL: ["the far end takes no such operation there", "Do it with execute_command"],
};

/**
 * The error of a file operation by errno name; `detail` replaces the usual words.
 *
 * An unknown code needs a detail: the far end's own words.
 */
export function fileError(
  action: FileAction,
  path: string,
  options: {
    readonly code?: string | undefined;
    readonly detail?: string | undefined;
    readonly cause?: unknown;
  },
): FileError {
  const [usual, advice] = facts[options.code ?? ""] ??
    ["the far end refused", "Try it with execute_command to see more"];
  return new FileError(
    `Cannot ${action} ${shownPath(path)}: ${options.detail ?? usual}`,
    advice,
    options.code,
    options.cause === undefined ? undefined : { cause: options.cause },
  );
}

/** The error of a path that leads to something else than a regular file. */
export function kindError(action: FileAction, path: string, kind: FileKind): FileError {
  if (kind === "directory") return fileError(action, path, { code: "EISDIR" });
  const verb = action === "read" ? "Read from" : "Write to";
  return new FileError(
    `Cannot ${action} ${shownPath(path)}: it is a ${kind}, not a regular file`,
    `${verb} it with execute_command, bounded (such as by timeout and head -c)`,
    "EINVAL",
  );
}

/** The error of a symbolic link that leads nowhere. */
export function danglingError(action: FileAction, path: string, target: string): FileError {
  return fileError(action, path, {
    code: "ENOENT",
    detail: `it is a symbolic link to ${shownPath(target)}, which does not exist`,
  });
}

const words: readonly (readonly [RegExp, string])[] = [
  [/no such file|not found|does not exist/i, "ENOENT"],
  [/permission denied/i, "EACCES"],
  [/not permitted/i, "EPERM"],
  [/is a directory|cannot overwrite directory/i, "EISDIR"],
  [/not a directory/i, "ENOTDIR"],
  [/too many (?:levels of )?symbolic links|symbolic link loop/i, "ELOOP"],
  [/name too long/i, "ENAMETOOLONG"],
  [/no space left/i, "ENOSPC"],
  [/quota exceeded|exceed(?:ed|s) .{0,80}quota/i, "EDQUOT"],
  [/file too large/i, "EFBIG"],
  [/read-only file ?system/i, "EROFS"],
  [/text file busy/i, "ETXTBSY"],
  [/resource busy/i, "EBUSY"],
  [/input\/output error|i\/o error/i, "EIO"],
  [/invalid argument/i, "EINVAL"],
];

/** The errno name in a program's message in the C locale (strerror(3)); undefined if none is. */
export function errnoOf(message: string): string | undefined {
  return words.find(([pattern]) => pattern.test(message))?.[1];
}
