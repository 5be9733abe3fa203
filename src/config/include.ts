import { expandTilde } from "./expand.ts";
import { expandGlob } from "./glob.ts";
import type { ConfigFiles, ConfigSources } from "./sources.ts";

/** How deep files may include each other, as in OpenSSH. */
export const maxIncludeDepth = 16;

/** How many files are read at most, so that a few lines cannot ask for millions. */
export const maxIncludedFiles = 1000;

/** What a path of Include is made absolute with. */
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
