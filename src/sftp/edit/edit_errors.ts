import { FileError } from "../../errors.ts";
import { shownPath } from "../remote_path.ts";

/** The file is not the one that was read or expected; nothing was written. */
export class ChangedFileError extends FileError {
  constructor(path: string, seen = "it changed since it was read") {
    super(
      `Cannot edit ${shownPath(path)}: ${seen}; nothing was written`,
      "Read it again, then edit what it is now",
      "ESTALE",
    );
  }
}

/** Another edit of the same file is under way. */
export class BusyFileError extends FileError {
  constructor(path: string, lock: string) {
    super(
      `Cannot edit ${shownPath(path)}: another edit of it is under way; nothing was written`,
      `Read it again, then edit what it is now; if no edit is under way, remove ${shownPath(lock)}`,
      "EBUSY",
    );
  }
}
