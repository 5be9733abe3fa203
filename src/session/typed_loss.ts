import { ConnectionLostError } from "../errors.ts";
import type { CommandEvent } from "../shell/shell.ts";

/** The next move for a command that was typed and whose end nobody saw. */
const LOOK_FIRST =
  "The command may have run, in part or as a whole: look for its effects before running it again; " +
  "it was not repeated";

/**
 * The events of a command, whose loss is never told with the advice to run it again once it was typed.
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
