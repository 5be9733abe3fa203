import type { CallToolResult } from "@modelcontextprotocol/server";
import { InputError } from "../../errors.ts";
import type { FleetRun } from "../../fleet/fleet_run.ts";
import type { CommandSignal } from "../../session/session.ts";
import type { Call, Services } from "../call.ts";
import { DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import { waitUntil } from "../waiting.ts";

const ANSWER_WITHIN_MS = 2_000;

/** A question of get_command_status about a command on many hosts. */
export interface RunStatusArguments {
  readonly wait: number;
  readonly offset?: number | undefined;
  readonly match?: string | undefined;
  readonly tail?: number | undefined;
  readonly max_output_chars: number;
}

/**
 * The fold of now; `wait` ends when every host has ended or asks.
 *
 * @throws {InputError} For a search, which reads one host's output.
 */
export async function statusOfRun(
  run: FleetRun,
  args: RunStatusArguments,
  call: Call,
): Promise<CallToolResult> {
  if (args.match !== undefined || args.tail !== undefined) {
    throw oneHostOnly(run, "match and tail read the output of one host");
  }
  const { progressOf, replyOnRun } = await import("./fleet_reply.ts");
  await waitUntil(call, {
    holds: () => run.isAtRest,
    timeoutMs: args.wait * 1000,
    message: () => progressOf(run),
  });
  const { offset, max_output_chars: maxChars } = args;
  return await replyOnRun(run, call.services, { maxChars, offset });
}

/** Stops what has not begun, signals what has, and waits up to 2 s for it. */
export async function interruptRunAndReply(
  run: FleetRun,
  signal: CommandSignal,
  call: Call,
): Promise<CallToolResult> {
  const [{ interruptRun }, { progressOf, replyOnRun }] = await Promise.all([
    import("./fleet_call.ts"),
    import("./fleet_reply.ts"),
  ]);
  void interruptRun(run, signal, call.services);
  await waitUntil(call, {
    holds: () => run.isFinished,
    timeoutMs: ANSWER_WITHIN_MS,
    message: () => progressOf(run),
  });
  return await replyOnRun(run, call.services, { maxChars: DEFAULT_OUTPUT_CHARS });
}

/** @throws {InputError} When the id is that of a command on many hosts, or names none of them. */
export function requireOneHost(id: string, { runs, commands }: Services): void {
  const whole = runs.find(id);
  if (whole !== undefined) throw oneHostOnly(whole, "Input goes to one host");
  const cut = id.indexOf("/");
  const run = cut < 0 ? undefined : runs.find(id.slice(0, cut));
  if (run === undefined || commands.jobs.find(id) !== undefined) return;
  const host = id.slice(cut + 1);
  const isIts = run.members.some(({ target }) => target.host === host);
  throw new InputError(
    `Command ${run.id} ${isIts ? "has not begun on" : "has no host"} ${JSON.stringify(host)}`,
    `get_command_status(command_id="${run.id}") shows where it has`,
  );
}

function oneHostOnly(run: FleetRun, why: string): InputError {
  const jobs = [...run.jobs];
  const asking = jobs.find(({ record }) => record.state.kind === "awaiting-input") ?? jobs[0];
  return new InputError(
    `${why}; ${run.id} is a command on ${run.members.length} hosts`,
    `Pass command_id="${asking?.id ?? `${run.id}/HOST`}" for one of them`,
  );
}
