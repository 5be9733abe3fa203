import { FileError } from "../errors.ts";
import type { FileAction } from "./file_errors.ts";
import { shownPath } from "./remote_path.ts";

/**
 * Somebody else on the far end could redirect the operation to a file of their choice, as in
 * fs.protected_symlinks (proc_sys_fs(5)) and sudoedit(8); nothing was changed.
 */
export class UnsafePathError extends FileError {}

type Reason = (at: string, owner: string) => readonly [fact: string, advice: string];

const SHARED = "in a directory that other users can write";

const reasons: Readonly<Record<string, Reason>> = {
  link: (at, owner) => [
    `${at} is a symbolic link${of(owner)}, ${SHARED}`,
    "Check where the link leads, and name the real file instead",
  ],
  file: (at, owner) => [
    `${at} is another user's file${of(owner)}, ${SHARED}`,
    "Choose another name or directory, or remove the file first",
  ],
  names: (at) => [
    `${at} has more than one name (hard links), ${SHARED}`,
    "Find the other names with find -samefile; name the right one, or remove this one first",
  ],
  moved: (at) => [
    `another user replaced ${at} meanwhile`,
    "Check who can write the directories of the path, and try again",
  ],
  directory: (at, owner) => [
    `other users can write the directory ${at}${of(owner)}, and could redirect the operation`,
    "Work as the directory's owner: execute_command with sudo -u",
  ],
};

function of(owner: string): string {
  return /^\d+$/.test(owner) ? ` (owner uid ${owner})` : "";
}

/** The error for a script's `unsafe` line: a word, the uid of an owner or `-`, and a path. */
export function unsafePathError(
  action: FileAction,
  path: string,
  rest: string,
  { code }: { readonly code: string | undefined } = { code: "EPERM" },
): UnsafePathError {
  const [word = "", owner = "", ...at] = rest.split(" ");
  const reason = reasons[word] ?? reasons["moved"]!;
  const [fact, advice] = reason(shownPath(at.join(" ")), owner);
  return new UnsafePathError(`Cannot ${action} ${shownPath(path)}: ${fact}`, advice, code);
}
