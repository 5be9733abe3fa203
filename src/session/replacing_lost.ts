import { ConnectionLostError } from "../errors.ts";
import { isCut } from "../transport/bound_error.ts";

/** A shell can be lost unnoticed, and then the connection that the next one is opened on. */
const REPLACEMENTS = 2;

/**
 * Runs an attempt again when its shell or connection was lost before the command began.
 *
 * This is the one place for that policy. An attempt that throws {@link ConnectionLostError} before
 * its first event has typed nothing, so that repeating it is safe; a later loss is the command's.
 */
export async function* replacingLost<T>(
  attempt: () => Promise<AsyncIterable<T>>,
): AsyncGenerator<T> {
  for (let left = REPLACEMENTS;; left--) {
    let hasBegun = false;
    try {
      for await (const event of await attempt()) {
        hasBegun = true;
        yield event;
      }
      return;
    } catch (error) {
      const isLost = error instanceof ConnectionLostError && !isCut(error);
      if (hasBegun || left === 0 || !isLost) throw error;
    }
  }
}
