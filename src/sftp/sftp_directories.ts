import { FileError } from "../errors.ts";
import type { Sftp } from "../transport/transport.ts";
import { directoryOf } from "./remote_path.ts";

/** Directories that were made on the way to a file. */
export interface Directories {
  /** Removes them again, deepest first, as far as they are empty. */
  undo(): Promise<void>;
}

/**
 * Makes a directory and those above it that are missing (mkdir -p).
 *
 * @throws {FileError} When one cannot be made; those made before it are removed again.
 */
export async function makeDirectories(sftp: Sftp, path: string): Promise<Directories> {
  const made: string[] = [];
  const undo = async (): Promise<void> => {
    for (const directory of made.splice(0).reverse()) {
      await sftp.removeDirectory(directory).catch(() => {});
    }
  };
  try {
    for (const directory of await missingDirectories(sftp, path)) {
      await sftp.makeDirectory(directory);
      made.push(directory);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { undo };
}

/** The missing ones from the top down. */
async function missingDirectories(sftp: Sftp, path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = path; at !== "." && at !== "/"; at = directoryOf(at)) {
    const isThere = await sftp.stat(at).then(() => true, (error) => {
      if (error instanceof FileError && error.code === "ENOENT") return false;
      throw error;
    });
    if (isThere) break;
    missing.unshift(at);
  }
  return missing;
}
