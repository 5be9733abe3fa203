import type { CallToolResult } from "@modelcontextprotocol/server";
import type { DetachedId } from "../../detached/detached_id.ts";
import type { Call } from "../call.ts";
import { attach, type Attached } from "./attached.ts";
import { rangeFor } from "./durable_output.ts";
import {
  type DurableRange,
  readDurable,
  renderDurable,
  replyOnDurable,
  waitForDurable,
} from "./durable_reply.ts";
import { lastLinesStart, replyWithDurableMatches } from "./durable_search.ts";

/** A question of get_command_status about a durable command. */
export interface DurableStatusArguments {
  /** Seconds. */
  readonly wait?: number | undefined;
  /** Text that ends the wait. */
  readonly wait_for?: string | undefined;
  readonly offset?: number | undefined;
  readonly max_output_chars: number;
  readonly tail?: number | undefined;
  readonly context: number;
  readonly max_matches: number;
  /** As searchWords() made them; undefined for no search. */
  readonly words: readonly string[] | undefined;
}

const LONGEST_WAIT_S = 50;

/** State and output of a durable command, read from its host. */
export async function durableStatus(
  id: DetachedId,
  args: DurableStatusArguments,
  call: Call,
): Promise<CallToolResult> {
  const attached = await attach(id, call);
  const offset = args.offset ?? 0;
  const range: DurableRange = {
    offset,
    maxBytes: args.max_output_chars,
    waitMs: (args.wait ?? (args.wait_for === undefined ? 0 : LONGEST_WAIT_S)) * 1000,
    waitFor: args.wait_for,
  };
  if (args.tail === undefined && args.words === undefined) {
    return await replyOnDurable(attached, call, range);
  }
  if (range.waitMs) await waitForDurable(attached, call, range);
  if (args.words === undefined) return await replyWithTail(attached, call, args.tail ?? 1, range);
  return await replyWithDurableMatches(attached, call, {
    words: args.words,
    offset,
    context: args.context,
    maxMatches: args.max_matches,
    maxChars: args.max_output_chars,
  });
}

/** The last lines, as far as a reply has room. */
async function replyWithTail(
  attached: Attached,
  call: Call,
  lines: number,
  range: DurableRange,
): Promise<CallToolResult> {
  const { redactor } = attached;
  const around = { offset: -range.maxBytes, maxBytes: range.maxBytes, redactor };
  const reading = await readDurable(attached, call, rangeFor(around));
  const from = Math.max(
    range.offset,
    reading.record.outputBytes - range.maxBytes,
    lastLinesStart(reading.pieces, lines),
  );
  const tail = { ...range, offset: from };
  return renderDurable(attached, reading, { range: tail, wanted: { ...tail, redactor } });
}
