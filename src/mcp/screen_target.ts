import * as z from "zod";
import { InputError } from "../errors.ts";
import type { Job } from "../jobs/job.ts";
import type { Redactor } from "../jobs/redactor.ts";
import type { Session } from "../session/session.ts";
import { acquireSession, type Call } from "./call.ts";
import { requireOneHost } from "./fleet/run_calls.ts";
import { commandId, targetShape } from "./schemas.ts";

/** A screen is addressed by a running command or by its session. */
export const screenTargetShape = {
  command_id: commandId.describe("or the target").optional(),
  ...targetShape,
  host: targetShape.host.optional(),
};

/** The parsed form of {@link screenTargetShape}. */
export type ScreenTargetArguments = z.output<z.ZodObject<typeof screenTargetShape>>;

/** Whose screen it is. */
export interface ScreenTarget {
  readonly session: Session;
  /** The command that has the screen; undefined when none runs. */
  readonly job: Job | undefined;
  readonly redactor: Redactor;
}

/**
 * Finds the session whose screen is meant.
 *
 * @throws {InputError} When both or neither of command and host are given, or the command has ended.
 */
export async function screenTarget(args: ScreenTargetArguments, call: Call): Promise<ScreenTarget> {
  const { command_id, host, ...rest } = args;
  const { commands } = call.services;
  if ((command_id === undefined) === (host === undefined)) {
    throw new InputError(
      command_id === undefined
        ? "Neither command_id nor host is given"
        : "Both command_id and host are given",
      "Pass the command_id of a running command, or host (and session)",
    );
  }
  if (command_id !== undefined) {
    requireOneHost(command_id, call.services);
    const job = commands.jobs.get(command_id);
    const session = commands.sessionOf(job);
    return { session, job, redactor: commands.redactorOf(session) };
  }
  const session = await acquireSession({ ...rest, host: host! }, call);
  return { session, job: commands.inForeground(session), redactor: commands.redactorOf(session) };
}
