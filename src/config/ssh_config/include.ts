import { expandTilde } from "./expand.ts";
import { expandGlob } from "./glob.ts";
import type { ConfigFiles, ConfigSources } from "../sources.ts";

/** How deep files may include each other, as in OpenSSH. */
export const MAX_INCLUDE_DEPTH = 16;

const MAX_FILES = 1000;
const MAX_REPEATED_CHARS = 64 * 1024;

/**
 * Counts what Include reads: 1,000 files, and 64 KiB of what was read before, so that a few
 * files cannot ask for millions by including each other.
 */
export class IncludeBudget {
  readonly #seen = new Set<string>();
  #files = 0;
  #repeatedChars = 0;

  /** Counts a file; true where it is more than may be read. */
  exceeds(path: string, chars: number): boolean {
    this.#files++;
    if (this.#seen.has(path)) this.#repeatedChars += chars + 64;
    this.#seen.add(path);
    return this.#files > MAX_FILES || this.#repeatedChars > MAX_REPEATED_CHARS;
  }
}

/** Directories that relative paths of Include start from. */
export interface IncludeOptions {
  readonly files: ConfigFiles;
  readonly home: string;
  /** Home directories by user name. */
  readonly homes: ReadonlyMap<string, string>;
  /** Relative paths stand for files in here. */
  readonly directory: string;
}

/** The files that one path of an Include line stands for, in order; none need exist. */
export async function includedPaths(
  word: string,
  options: IncludeOptions,
): Promise<readonly string[]> {
  const anchored = /^(\/|~|[A-Za-z]:[\\/])/.test(word) ? word : `${options.directory}/${word}`;
  try {
    return await expandGlob(expandTilde(anchored, options), options.files);
  } catch {
    // `~name` of nobody: no file lies there.
    return [];
  }
}

/** Where relative paths of the user's own file lie, whatever its name. */
export function userIncludeDirectory(sources: ConfigSources): string {
  return `${sources.home}/.ssh`;
}
