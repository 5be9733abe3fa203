import type { CallToolResult } from "@modelcontextprotocol/server";
import type { DetachedReading } from "../../detached/detached_jobs.ts";
import { formatDetachedId } from "../../detached/detached_id.ts";
import type { Call } from "../call.ts";
import { renderCommand } from "../command/render.ts";
import type { Attached } from "./attached.ts";
import { DurableOutput, rangeFor, type WantedOutput } from "./durable_output.ts";
import { hasEnded, isSettled, shownDurable } from "./durable_record.ts";

/** What a reply on a durable command carries. */
export interface DurableRange {
  /** A negative one counts from the end. */
  readonly offset: number;
  readonly maxBytes: number;
  /** The next call, where this reply knows better than the state does. */
  readonly advice?: string | undefined;
  /** The same for a command that goes on. */
  readonly runningAdvice?: string | undefined;
  /** How long to wait for its end. */
  readonly waitMs?: number | undefined;
}

/** Between two looks at a command that runs: soon at first, then less often. */
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 1_000;
/** A recorder that has just seen its command end. */
const RECORDER_MS = 1_000;
/** How long one request may wait when it asked for no progress. */
const SILENT_WAIT_LIMIT_MS = 50_000;

/** Reads a durable command's record when it has ended or the time is up, and replies on it. */
export async function replyOnDurable(
  attached: Attached,
  call: Call,
  range: DurableRange,
): Promise<CallToolResult> {
  const wanted: WantedOutput = { ...range, redactor: attached.redactor };
  const reading = await readWhenSettled(attached, call, { ...range, wanted });
  return render(attached, reading, { range, wanted });
}

interface Waiting extends DurableRange {
  readonly wanted: WantedOutput;
}

async function readWhenSettled(
  { address }: Attached,
  call: Call,
  { waitMs = 0, wanted }: Waiting,
): Promise<DetachedReading> {
  const { clock } = call.services;
  const jobs = await call.services.detached();
  const range = rangeFor(wanted);
  const begun = clock.now();
  const limitMs = call.progress ? waitMs : Math.min(waitMs, SILENT_WAIT_LIMIT_MS);
  let pauseMs = FIRST_LOOK_MS;
  // What a waiting reader does not need is not sent each time.
  let isLook = waitMs > 0;
  for (;;) {
    const reading = await jobs.read(address, isLook ? { ...range, first: 0, last: 0 } : range);
    const { record } = reading;
    const patienceMs = hasEnded(record) ? Math.max(limitMs, RECORDER_MS) : limitMs;
    const leftMs = isSettled(record) ? 0 : begun + patienceMs - clock.now();
    if (leftMs <= 0 && !isLook) return reading;
    isLook = leftMs > 0;
    if (leftMs <= 0) continue;
    await clock.sleep(Math.min(pauseMs, leftMs), { signal: call.signal });
    pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 1.5);
  }
}

function render(
  { id, user, redactor }: Attached,
  { record, pieces, holes }: DetachedReading,
  { range, wanted }: { readonly range: DurableRange; readonly wanted: WantedOutput },
): CallToolResult {
  const output = new DurableOutput(pieces, {
    ...wanted,
    holes,
    totalBytes: record.outputBytes,
    goesOn: !isSettled(record),
  });
  const droppedBytes = holes.reduce((sum, { from, to }) => sum + to - from, 0);
  const shown = shownDurable(record, { id, user, redactor, droppedBytes });
  const slice = output.slice();
  const advice = range.advice ??
    (hasEnded(record) ? undefined : range.runningAdvice) ?? adviceOn(shown, slice.nextOffset);
  return renderCommand(shown, { slice, advice });
}

function adviceOn(
  { id, record: { state } }: ReturnType<typeof shownDurable>,
  next: number,
): string {
  switch (state.kind) {
    case "running":
      return `get_command_status(command_id="${id}", offset=${next}, wait=30) waits for the rest`;
    case "lost":
      return `${state.cause.message}; ${state.cause.advice}`;
    case "exited":
    case "interrupted":
      return state.exit?.note ?? "";
    case "queued":
    case "awaiting-input":
      return "";
  }
}

/** The advice of the reply that began it: all that is needed to find it again. */
export function startedAdvice(attached: Attached, directory: string): string {
  const id = formatDetachedId(attached.id);
  const { owner } = attached.id;
  const whose = owner === undefined ? "" : `, ${owner}'s, read by sudo`;
  return `it outlives this server and the connection: get_command_status(command_id="${id}", ` +
    `wait=30) follows it, from any server; its record: ${directory}${whose}`;
}
