import type { JobRecord } from "../../jobs/job.ts";
import type { Redactor } from "../../jobs/redactor.ts";

/** A command as replies and lists show it, wherever its record is kept. */
export interface ShownCommand {
  readonly id: string;
  readonly record: Pick<
    JobRecord,
    "id" | "host" | "user" | "session" | "command" | "state" | "startedAt" | "endedAt"
  >;
  readonly redactor: Redactor;
  readonly durationMs: number;
  readonly text: { readonly totalChars: number; readonly droppedChars: number };
}
