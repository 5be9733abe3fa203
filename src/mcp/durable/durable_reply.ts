import type { CallToolResult } from "@modelcontextprotocol/server";
import type { DetachedReading, OutputRange } from "../../detached/detached_jobs.ts";
import { formatDetachedId } from "../../detached/detached_id.ts";
import { quoteText } from "../../terminal/quote.ts";
import type { Call } from "../call.ts";
import { renderCommand } from "../command/render.ts";
import { ByteFinder } from "./byte_finder.ts";
import type { Attached } from "./attached.ts";
import { DurableOutput, rangeFor, type WantedOutput } from "./durable_output.ts";
import { hasEnded, isSettled, shownDurable } from "./durable_record.ts";

/** The parts of a reply on a durable command. */
export interface DurableRange {
  /** A negative one counts from the end. */
  readonly offset: number;
  readonly maxBytes: number;
  /** The next call, where this reply knows better than the state does. */
  readonly advice?: string | undefined;
  /** The text before the advice. */
  readonly remark?: string | undefined;
  /** The same for a command that goes on. */
  readonly runningAdvice?: string | undefined;
  /** How long to wait for its end. */
  readonly waitMs?: number | undefined;
  /** Text that ends the wait as soon as it is printed behind `offset`. */
  readonly waitFor?: string | undefined;
}

const ALONE = "its supervisor is gone: its status will not be known; ";
/** Of a text that was waited for. */
const TEXT_CHARS = 80;
/** Between two looks at a command that runs: soon at first, then less often. */
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 1_000;
/** How much is searched at a time for text that is waited for. */
const FIND_BYTES = 1024 * 1024;
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
  const foundAt = range.waitMs ? await waitForDurable(attached, call, range) : undefined;
  const reading = await readDurable(attached, call, rangeFor(wanted));
  const remark = range.waitFor === undefined ? undefined : remarkOn(range.waitFor, foundAt);
  return renderDurable(attached, reading, { range: { ...range, remark }, wanted });
}

/**
 * Waits until it has ended, has printed `waitFor` behind `offset`, or the time is up.
 *
 * @returns Where the text begins, if it came.
 */
export async function waitForDurable(
  { address }: Attached,
  call: Call,
  { waitMs = 0, waitFor, offset }: DurableRange,
): Promise<number | undefined> {
  const { clock } = call.services;
  const jobs = await call.services.detached();
  const limitMs = call.progress ? waitMs : Math.min(waitMs, SILENT_WAIT_LIMIT_MS);
  const end = clock.now() + limitMs;
  const finder = waitFor === undefined ? undefined : new ByteFinder(waitFor, offset);
  for (let pauseMs = FIRST_LOOK_MS;; pauseMs = nextPause(pauseMs)) {
    const first = finder === undefined ? 0 : FIND_BYTES;
    const look = await jobs.read(address, { offset: finder?.offset ?? 0, first, last: 0 });
    const foundAt = finder?.take(look.pieces);
    if (foundAt !== undefined) return foundAt;
    const hasMore = look.pieces.length > 0 && finder!.offset < look.record.outputBytes;
    if (isSettled(look.record) && !hasMore) return undefined;
    if (hasMore) pauseMs = 0;
    const leftMs = end - clock.now();
    if (leftMs <= 0) return undefined;
    await clock.sleep(Math.min(pauseMs, leftMs), { signal: call.signal });
  }
}

function nextPause(pauseMs: number): number {
  return Math.min(LAST_LOOK_MS, Math.max(FIRST_LOOK_MS, pauseMs * 1.5));
}

/** Reads, once more where the recorder has only just seen the command end. */
export async function readDurable(
  { address }: Attached,
  call: Call,
  range: OutputRange,
): Promise<DetachedReading> {
  const { clock } = call.services;
  const jobs = await call.services.detached();
  const begun = clock.now();
  for (;;) {
    const reading = await jobs.read(address, range);
    const isBetween = hasEnded(reading.record) && !isSettled(reading.record);
    if (!isBetween || clock.now() - begun >= RECORDER_MS) return reading;
    await clock.sleep(FIRST_LOOK_MS, { signal: call.signal });
  }
}

/** The reply on what was read. */
export function renderDurable(
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
  const isAlone = record.state.kind === "running" && record.state.unsupervised;
  const advice = range.advice ??
    (hasEnded(record) ? undefined : range.runningAdvice) ??
    (isAlone ? ALONE : "") + adviceOn(shown, slice.nextOffset);
  const parts = [range.remark ?? "", advice].filter((part) => part !== "");
  return renderCommand(shown, { slice, advice: parts.join("; ") });
}

/** Whether the text that was waited for came, and where. */
function remarkOn(waitFor: string, foundAt: number | undefined): string {
  const text = quoteText(waitFor, TEXT_CHARS);
  return foundAt === undefined ? `${text} has not come` : `${text} came at offset ${foundAt}`;
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
    case "awaiting-approval":
    case "awaiting-input":
    case "held":
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
