import type { Job } from "../jobs/job.ts";
import type { Call } from "./call.ts";

/** How long one request may wait when it asked for no progress: below all clients' time-outs. */
const SILENT_WAIT_LIMIT_MS = 50_000;

/** Why a wait is over: what was waited for came, the time is up, or the client gave up. */
export type WaitEnd = "held" | "time-up" | "cancelled";

/** The condition to wait for, and milliseconds at most. */
export interface WaitOptions {
  readonly holds: () => boolean;
  readonly timeoutMs: number;
}

/** Waits for a job, reporting progress where the client asked for it. */
export function waitForJob(job: Job, call: Call, options: WaitOptions): Promise<WaitEnd> {
  return waitUntil(call, { ...options, message: () => job.redactor.apply(job.text.lastLine) });
}

/** Waits for a change of any job, with a message for those who asked for progress. */
export async function waitUntil(
  call: Call,
  options: WaitOptions & { readonly message: () => string },
): Promise<WaitEnd> {
  if (options.holds()) return "held";
  const limitMs = call.progress
    ? options.timeoutMs
    : Math.min(options.timeoutMs, SILENT_WAIT_LIMIT_MS);
  if (limitMs <= 0) return "time-up";
  const over = new AbortController();
  using _timer = call.services.clock.after(limitMs, () => over.abort());
  const signal = AbortSignal.any([call.signal, over.signal]);
  void call.progress?.report(options.message, signal);
  try {
    await call.services.commands.jobs.changes.until(options.holds, signal);
    return "held";
  } catch {
    return call.signal.aborted ? "cancelled" : "time-up";
  } finally {
    over.abort();
  }
}

/** True once nothing more will come, or the command asks something new. */
export function settledOrAsks(job: Job): () => boolean {
  const asked = job.record.questions;
  const asksNow = (): boolean =>
    job.record.state.kind === "awaiting-input" && job.record.questions > asked;
  return () => !job.isHeld && (job.isFinished || asksNow());
}

/**
 * True once nothing more will come, or the command asks: one that began to ask before the request
 * was sent may be news to the caller.
 */
export function endedOrAsking(job: Job): () => boolean {
  return () => !job.isHeld && (job.isFinished || job.record.state.kind === "awaiting-input");
}

/**
 * Whether a cancelled request was given up by a person, not by a client's timer or its end.
 *
 * MCP carries the reason as free text (`notifications/cancelled`); clients that run out of time
 * say so: "Request timed out", "Maximum total timeout exceeded".
 */
export function cancelledByUser(signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (typeof signal.reason === "string") return !/time[d]?[ -]?out/i.test(signal.reason);
  return signal.reason instanceof DOMException && signal.reason.name === "AbortError";
}
