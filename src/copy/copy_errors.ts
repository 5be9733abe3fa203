import { FileError } from "../errors.ts";
import { shownPath } from "../sftp/remote_path.ts";

/** A name of bytes that no text stands for. */
export function oddNameError(directory: string, name: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(directory)}: the name ${JSON.stringify(name)} in it is not UTF-8`,
    "Rename it, or copy the directory with tar by execute_command",
    "EILSEQ",
  );
}
