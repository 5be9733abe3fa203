import * as z from "zod";
import { parseDetachedId } from "../../detached/detached_id.ts";
import { InputError } from "../../errors.ts";
import type { Job } from "../../jobs/job.ts";
import { searchWords } from "../../jobs/text_search.ts";
import { quoteText } from "../../terminal/quote.ts";
import type { Call } from "../call.ts";
import { replyOn, replyWithMatches } from "../command/command_reply.ts";
import { requireOneHost, statusOfRun } from "../fleet/run_calls.ts";
import { commandId, maxOutputChars, shortWait } from "../schemas.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";
import { endedOrAsking, waitForJob } from "../waiting.ts";

/** As long as one request may wait. */
const LONGEST_WAIT_S = 50;
/** Of a text that was waited for. */
const SHOWN_CHARS = 80;

/** Characters of `match`; more words than fit are a mistake. */
const MATCH_CHARS = 1_000;

/** State and output of a command, at once or when it changes; a search in what it printed. */
export const getCommandStatus: Tool = defineTool({
  name: "get_command_status",
  title: "State and output of a command",
  description: "State and output of a command. wait: seconds to wait for it to end, to ask " +
    "something or, with wait_for, to print that text. offset: only what came since, from " +
    "next_offset of an earlier reply.",
  input: {
    command_id: commandId,
    wait: shortWait(0).unwrap().optional(),
    wait_for: z.string().min(1).max(MATCH_CHARS).optional().describe(
      "exact text in output not shown yet, or from offset on; waits 50 s unless wait says less",
    ),
    offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    match: z.string().min(1).max(MATCH_CHARS).optional().describe(
      'only lines with one of these words, split by "|", each literal, ignoring case',
    ),
    context: z.int().min(0).max(20).default(2).describe("lines around each match"),
    max_matches: z.int().min(1).max(1_000).default(20),
    tail: z.int().min(1).max(10_000).optional().describe("only the last lines"),
    max_output_chars: maxOutputChars,
  },
  annotations: READ_ONLY_ANNOTATIONS,
  meta: { "anthropic/maxResultSizeChars": 500_000 },
  run: async (args, call) => {
    const words = args.match === undefined ? undefined : wordsOf(args.match);
    const durable = parseDetachedId(args.command_id);
    if (durable !== undefined) {
      const { durableStatus } = await import("../durable/durable_status.ts");
      return await durableStatus(durable, { ...args, words }, call);
    }
    const { commands, runs } = call.services;
    const run = runs.find(args.command_id);
    if (run !== undefined) return await statusOfRun(run, { ...args, wait: args.wait ?? 0 }, call);
    requireOneHost(args.command_id, call.services);
    const job = commands.jobs.get(args.command_id);
    const waited = args.wait_for === undefined
      ? await settle(job, call, args.wait ?? 0)
      : await waitForText(job, call, { ...args, wanted: args.wait_for });
    const maxChars = args.max_output_chars;
    const from = args.tail === undefined ? 0 : job.text.lastLinesStart(args.tail);
    const offset = Math.max(waited.offset ?? args.offset ?? 0, from);
    if (words === undefined) {
      const remark = waited.remark ?? behindEnd(offset, job.text.totalChars);
      return await replyOn(job, commands, { maxChars, offset, remark });
    }
    const { context, max_matches: maxMatches } = args;
    return replyWithMatches(job, { words, offset, context, maxMatches, maxChars });
  },
});

function behindEnd(offset: number, totalChars: number): string | undefined {
  return offset <= totalChars ? undefined : `the output has ${totalChars} characters`;
}

/** How a wait ended, and where to show the output from where that is not the beginning. */
interface Waited {
  readonly offset?: number;
  readonly remark?: string;
}

async function settle(job: Job, call: Call, waitS: number): Promise<Waited> {
  await waitForJob(job, call, { holds: endedOrAsking(job), timeoutMs: waitS * 1000 });
  return {};
}

async function waitForText(
  job: Job,
  call: Call,
  { wanted, wait = LONGEST_WAIT_S, ...args }: {
    readonly wanted: string;
    readonly wait?: number | undefined;
    readonly offset?: number | undefined;
  },
): Promise<Waited> {
  const offset = args.offset ?? job.shownTo;
  using watch = call.services.commands.jobs.watch(job, { wanted, offset });
  const isOver = endedOrAsking(job);
  const holds = (): boolean => watch.foundAt() !== undefined || isOver();
  await waitForJob(job, call, { holds, timeoutMs: wait * 1000 });
  const at = watch.foundAt();
  const text = quoteText(wanted, SHOWN_CHARS);
  return {
    offset,
    remark: at === undefined ? `${text} has not come` : `${text} came at offset ${at}`,
  };
}

function wordsOf(match: string): readonly string[] {
  const words = searchWords(match);
  if (words.length > 0) return words;
  throw new InputError(
    `get_command_status was not called: "match" has no word in it`,
    'It takes words separated by "|", such as match="error|failed"',
  );
}
