import { type Clock, within } from "../clock.ts";
import { SshError } from "../errors.ts";
import type { CommandEvent } from "../shell/shell.ts";
import type { CopyReport } from "./copy_tree.ts";

const PROGRESS_MS = 1_000;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  TERM: 15,
};

/** A copy that runs as a job. */
export interface CopyJob {
  readonly report: CopyReport;
  /** Aborts with the name of a signal as its reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Copies; resolves with the lines of the result. */
  readonly work: () => Promise<readonly string[]>;
}

/** The copy as the events of a command: progress is a line that is rewritten once a second. */
export async function* copyEvents(job: CopyJob): AsyncGenerator<CommandEvent> {
  const { report, signal, clock } = job;
  yield { kind: "started" };
  const startedAt = clock.now();
  const working = job.work();
  working.catch(() => {});
  try {
    let lines: readonly string[] | undefined;
    while (lines === undefined) {
      lines = await within(clock, PROGRESS_MS, working);
      if (lines === undefined) yield { kind: "output", text: "", line: progressLine(report) };
    }
    const seconds = Math.max(0.01, (clock.now() - startedAt) / 1000);
    const rate = `${(report.bytes / 1048576 / seconds).toFixed(1)} MiB/s`;
    yield {
      kind: "output",
      text: [...lines, `${seconds.toFixed(2)} s, ${rate}`, ""].join("\n"),
      line: "",
    };
    yield { kind: "exited", exit: { exitStatus: 0, exitSignal: null } };
  } catch (error) {
    const name = signal.aborted ? String(signal.reason) : undefined;
    if (name !== undefined) {
      const text = `interrupted after ${
        progressLine(report)
      }; files that were complete by then stay\n`;
      yield { kind: "output", text, line: "" };
      const exitStatus = 128 + (SIGNAL_NUMBERS[name] ?? 2);
      yield { kind: "exited", exit: { exitStatus, exitSignal: name } };
      return;
    }
    if (!(error instanceof SshError)) throw error;
    yield { kind: "output", text: `${error.message}\n`, line: "" };
    yield { kind: "exited", exit: { exitStatus: 1, exitSignal: null, note: error.advice } };
  }
}

function progressLine({ bytes, totalBytes, files }: CopyReport): string {
  const mib = (count: number): string => `${(count / 1048576).toFixed(1)} MiB`;
  return totalBytes === undefined
    ? `${files} files, ${mib(bytes)}`
    : `${mib(bytes)} of ${mib(totalBytes)}`;
}
