import type { FileFacts } from "./file_range.ts";

/** What is to be written, and how. */
export interface WriteRequest {
  readonly content: Uint8Array;
  /** `replace`: the file becomes the content. `append`: the content goes behind what is there. */
  readonly mode: "replace" | "append";
  /** Whether missing directories above the file are made (mkdir -p). */
  readonly directories: "make" | "must-exist";
  /** Permission bits to set; undefined keeps those there are (a new file: by the umask). */
  readonly permissions?: number;
}

/** What was written. */
export interface WriteReport {
  /** The file itself, at the end of any symbolic links. */
  readonly path: string;
  /** `created`: there was none before. */
  readonly outcome: "created" | "replaced" | "appended";
  readonly facts: FileFacts;
  /** What differs from the plain case, a line each, such as an owner that could not be kept. */
  readonly notes: readonly string[];
}

/** Name of the file beside the target; 128 random bits, so that nothing stands there. */
export function asideName(): string {
  return `.mcp-ssh-${crypto.randomUUID().replaceAll("-", "")}`;
}
