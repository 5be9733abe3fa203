import type { DetachedInput } from "../../detached/record.ts";
import { calledHost, type DetachedId, formatDetachedId } from "../../detached/detached_id.ts";
import {
  type DetachedPlace,
  type DetachedStart,
  readStart,
  readyToRead,
  type StartText,
  startText,
} from "../../detached/start_line.ts";
import { RefusedError, UnsupportedError } from "../../errors.ts";
import { newCommandId } from "../../jobs/command_id.ts";
import type { Session } from "../../session/session.ts";
import type { Shell, ShellFacts } from "../../shell/shell.ts";
import { acquireSession, type Call, targetOf } from "../call.ts";
import type { CommandArguments, TargetArguments } from "../schemas.ts";
import { commandRequest } from "../command/command_request.ts";
import { insideOf } from "../permit/action.ts";
import { commandAction } from "../permit/command_permit.ts";
import { runSessionLine, type SessionLineOptions } from "./session_line.ts";
import { sameMachine, WHERE_LINE } from "./same_machine.ts";

/** The settings of a durable command. */
export type DurableArguments = CommandArguments & TargetArguments & {
  readonly stdin: DetachedInput;
};

/** A command that was started, and where. */
export interface StartedDurable {
  readonly id: DetachedId;
  readonly place: DetachedPlace;
  /** Of the session and the connection, for the reply. */
  readonly notes: readonly string[];
}

/**
 * Starts a command that outlives this server, as a child of the session's shell: with its directory,
 * exported variables, limits and user.
 *
 * @throws {UnsupportedError} Where the host cannot keep it; nothing was run.
 */
export async function startDurable(args: DurableArguments, call: Call): Promise<StartedDurable> {
  const { commands, clock } = call.services;
  const session = await acquireSession(args, call);
  commands.checkFree(session);
  const permit = await permitDurable(session, args, call);
  const record = `j${newCommandId()}`;
  const asLogin: DetachedId = { record, host: calledHost(args) };
  const lostAdvice = `Whether it was started is unknown: get_command_status(command_id="${
    formatDetachedId(asLogin)
  }") reports it if so`;
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const options = { clock, signal: call.signal, lostAdvice, permit, onNote };
  if (session.facts.shell !== undefined) refusePowerShell(session.facts.shell);
  const isFresh = !session.hasShell || session.question?.kind === "shell";
  if (isFresh || (session.facts.shell?.depth ?? 0) > 0) {
    const where = await runSessionLine(session, (shell) => posixOnly(shell, WHERE_LINE), options);
    if ((session.facts.shell?.depth ?? 0) > 0) await sameMachine(where, args, call);
  }
  const start: DetachedStart = {
    record,
    command: args.command,
    shown: commands.redactorOf(session).apply(args.command),
    input: args.stdin,
  };
  const printed = session.hasTerminal
    ? await startInShell(session, start, options)
    : await startBeside(session, start, { args, call, onNote });
  const place = readStart(printed, record);
  const owner = place.user === session.host.user ? undefined : place.user;
  return { id: { ...asLogin, owner }, place, notes };
}

/** Asks before anything is typed; what it returns is to hold when the turn comes. */
async function permitDurable(
  session: Session,
  args: DurableArguments,
  call: Call,
): Promise<(() => Promise<void>) | undefined> {
  const { commands, rules } = call.services;
  if (!rules.isSet) return undefined;
  const place = commands.placeOf(session);
  const { command, stdin } = args;
  const { options } = commandRequest(args);
  const action = commandAction({ command, options, session, place });
  const recheck = (): Promise<void> => {
    const now = commands.placeOf(session);
    const isSame = insideOf(now) === insideOf(place) && (now.cwd ?? place.cwd) === now.cwd;
    return isSame ? Promise.resolve() : Promise.reject(hasMoved(session));
  };
  await call.permit({
    ...action,
    words: "start a durable command",
    facts: [...action.facts ?? [], `standard input: ${stdin}`],
    recheck,
  });
  return recheck;
}

function hasMoved({ name }: Session): RefusedError {
  return new RefusedError(
    `The shell of session "${name}" is in another place since a person was asked; nothing was run`,
    "Start it again: it is asked about again",
  );
}

function startInShell(
  session: Session,
  start: DetachedStart,
  options: SessionLineOptions,
): Promise<string> {
  let text: StartText | undefined;
  const line = (shell: Shell): string => {
    text = startText(start, shell.facts.shellKind);
    return posixOnly(shell, text.line);
  };
  return runSessionLine(session, line, {
    ...options,
    answer: { after: readyToRead(start), text: () => text?.typed },
  });
}

async function startBeside(
  session: Session,
  start: DetachedStart,
  { args, call, onNote }: {
    readonly args: DurableArguments;
    readonly call: Call;
    readonly onNote: (note: string) => void;
  },
): Promise<string> {
  const registry = await call.services.registry();
  const { signal } = call;
  const { connection, takeNote } = await registry.connection(targetOf(args), { signal });
  const jobs = await call.services.detached();
  const shellKind = session.facts.shell?.shellKind ?? "sh";
  const printed = await jobs.start(connection, start, { shellKind, signal });
  const note = takeNote();
  if (note !== undefined) onNote(note);
  return printed;
}

function posixOnly(shell: Shell, line: string): string {
  refusePowerShell(shell.facts);
  if (shell.pids.length > 0 || shell.signal !== undefined) return line;
  throw new UnsupportedError(
    `A ${shell.facts.shellKind} has no processes to leave behind, so it cannot keep a durable command`,
    "Nothing was run. Leave out durable; the command then runs in the session",
  );
}

function refusePowerShell({ profile }: ShellFacts): void {
  if (profile !== "powershell") return;
  throw new UnsupportedError(
    "A PowerShell session cannot keep a durable command: what it starts ends with its connection",
    "Nothing was run. Leave out durable, or register a scheduled task (Register-ScheduledTask)",
  );
}
