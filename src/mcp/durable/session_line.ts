import { ConnectionLostError, ShellBusyError } from "../../errors.ts";
import type { CommandText, Session } from "../../session/session.ts";

/** How long a line of ours may wait for its turn, and then run. */
const LINE_MS = 30_000;
const PRINTED_CHARS = 64 * 1024;

/** The parts of a call that {@link runSessionLine} needs. */
export interface SessionLineOptions {
  readonly clock: { after(ms: number, callback: () => void): Disposable };
  readonly signal: AbortSignal;
  /** The record to look at when the connection goes after the line was typed. */
  readonly lostAdvice: string;
  /** Called with what the session notes on itself, in place of the first reply's. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Throws when the turn comes in another shell than the one that was let through. */
  readonly permit?: (() => Promise<void>) | undefined;
  /** The text that is typed once the line has printed `after`. */
  readonly answer?:
    | { readonly after: string; readonly text: () => string | undefined }
    | undefined;
}

/**
 * Runs a line of ours in a session's shell when its turn comes, and returns what it printed.
 *
 * @throws {ShellBusyError} When the turn does not come in time, or the login asks something.
 * @throws {ConnectionLostError} When the shell went, or did not end the line in time.
 */
export async function runSessionLine(
  session: Session,
  line: CommandText,
  { clock, signal, lostAdvice, permit, answer, onNote }: SessionLineOptions,
): Promise<string> {
  const late = new AbortController();
  const overdue = Promise.withResolvers<never>();
  let hasStarted = false;
  using _timer = clock.after(LINE_MS, () => {
    late.abort(busy(session, `has been in use for ${LINE_MS / 1000} s`));
    if (hasStarted) overdue.reject(unanswered(session, lostAdvice));
  });
  const events = session.execute(line, {
    omitsHistory: true,
    permit,
    signal: AbortSignal.any([signal, late.signal]),
  });
  const read = async (): Promise<string> => {
    let printed = "";
    let end = "";
    let isAnswered = false;
    for await (const event of events) {
      if (event.kind === "started") hasStarted = true;
      if (event.kind === "question" && !hasStarted) throw asking(session, event.question.text);
      if (event.kind === "lost") throw event.cause.reworded(event.cause.message, lostAdvice);
      if (event.kind === "exited" && event.exit.note !== undefined) onNote?.(event.exit.note);
      if (event.kind !== "output") continue;
      printed = (printed + event.text).slice(-PRINTED_CHARS);
      end = event.line;
      const typed = !isAnswered && answer && printed.includes(answer.after)
        ? answer.text()
        : undefined;
      if (typed === undefined) continue;
      isAnswered = true;
      await session.type(typed);
    }
    return printed + end;
  };
  return await Promise.race([read(), overdue.promise]);
}

function busy(session: Session, why: string): ShellBusyError {
  return new ShellBusyError(
    `Session "${session.name}" of ${session.host.host} ${why}, so nothing was started`,
    "Name another session, or wait until its command has ended",
  );
}

function asking(session: Session, question: string): ShellBusyError {
  return new ShellBusyError(
    `The login to ${session.host.host} asks, so nothing was started: ${question.trim()}`,
    `Run execute_command(host="${session.host.host}", command="true") first, and answer it`,
  );
}

function unanswered(session: Session, advice: string): ConnectionLostError {
  return new ConnectionLostError(
    `The shell of ${session.host.host} did not answer within ${LINE_MS / 1000} s`,
    advice,
  );
}
