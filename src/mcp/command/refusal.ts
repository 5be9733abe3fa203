import type { Job } from "../../jobs/job.ts";
import type { Call } from "../call.ts";

/**
 * A command that could not begin is an error of this call and leaves no trace; so is one whose
 * password was refused, though that one has begun and stays in the history.
 */
export function throwIfRefused(job: Job, call: Call): void {
  const { state, startedAt } = job.record;
  if (state.kind !== "lost") return;
  if (startedAt === undefined) call.services.commands.jobs.forget(job);
  else if (state.cause.kind !== "privilege") return;
  throw state.cause;
}
