import { SshError } from "../errors.ts";

/** Where the words of the command line print to. */
export interface Output {
  /** Standard output. */
  readonly print: (text: string) => Promise<void>;
  /** Standard error. */
  readonly complain: (text: string) => Promise<void>;
}

/** Prints what failed and the next move; returns the exit status. */
export async function complainOf(
  error: SshError,
  output: Output,
  status: 1 | 2 = 1,
): Promise<number> {
  await output.complain(`${error.message}\n${error.advice}\n`);
  return status;
}

/** Runs one word of the command line; an error that a user can act on ends it with status 1. */
export async function runWord(output: Output, word: () => Promise<number>): Promise<number> {
  try {
    return await word();
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return await complainOf(error, output);
  }
}
