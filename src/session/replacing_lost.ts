import { ConnectionLostError } from "../errors.ts";
import type { CommandEvent } from "../shell/shell.ts";
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

/** The next move for a command that was typed and whose end nobody saw. */
const LOOK_FIRST =
  "The command may have run, in part or as a whole: look for its effects before running it again; " +
  "it was not repeated";

/**
 * The events of a command. Once it was typed, the error for its loss never advises to run it again.
 *
 * This is the one place for that rule, whatever the shell or the device, and whichever of its parts
 * saw the loss.
 */
export async function* tellingEffects(
  events: AsyncIterable<CommandEvent>,
): AsyncGenerator<CommandEvent> {
  let isTyped = false;
  try {
    for await (const event of events) {
      isTyped ||= event.kind === "started";
      yield isTyped && event.kind === "lost" ? { kind: "lost", cause: looked(event.cause) } : event;
    }
  } catch (error) {
    if (!isTyped || !(error instanceof ConnectionLostError)) throw error;
    yield { kind: "lost", cause: looked(error) };
  }
}

function looked<E extends Error>(cause: E): E | ConnectionLostError {
  if (!(cause instanceof ConnectionLostError)) return cause;
  return new ConnectionLostError(cause.message, LOOK_FIRST, { cause });
}

/** The events of a command whose result carries a note about the shell before it. */
export async function* withLoss(
  events: AsyncIterable<CommandEvent>,
  lost: string,
): AsyncGenerator<CommandEvent> {
  for await (const event of events) {
    yield event.kind === "exited" ? withNote(event, lost) : event;
  }
}

function withNote(
  event: CommandEvent & { readonly kind: "exited" },
  note: string,
): CommandEvent {
  const notes = [note, event.exit.note].filter((text) => text !== undefined);
  return { kind: "exited", exit: { ...event.exit, note: notes.join("; ") } };
}
