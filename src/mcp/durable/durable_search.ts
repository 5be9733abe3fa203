import type { CallToolResult } from "@modelcontextprotocol/server";
import { concatenated } from "../../bytes.ts";
import { formatDetachedId } from "../../detached/detached_id.ts";
import type { OutputPiece } from "../../detached/record.ts";
import type { TextLine } from "../../jobs/bounded_text.ts";
import { type SearchOptions, searchText } from "../../jobs/text_search.ts";
import { PlainText } from "../../terminal/plain_text.ts";
import type { Call } from "../call.ts";
import { renderCommand } from "../command/render.ts";
import type { Attached } from "./attached.ts";
import { shownDurable } from "./durable_record.ts";
import { readDurable } from "./durable_reply.ts";

/** How much of the output one call searches: it is read from the host for that. */
const SEARCH_BYTES = 16 * 1024 * 1024;
const LF = 0x0a;

/** The lines of kept output in which a word was found, each with its offset in bytes. */
export async function replyWithDurableMatches(
  attached: Attached,
  call: Call,
  options: SearchOptions,
): Promise<CallToolResult> {
  const range = { offset: options.offset, first: SEARCH_BYTES, last: 0 };
  const { record, pieces } = await readDurable(attached, call, range);
  const { id, user, redactor } = attached;
  const all = pieces.flatMap((piece) => [...linesOf(piece)]);
  const last = pieces.at(-1);
  const end = last === undefined ? options.offset : endOf(last);
  const found = searchText({ lines: () => all.values() as Generator<TextLine> }, options);
  const shown = shownDurable(record, { id, user, redactor });
  const next = found.rest ?? (end < record.outputBytes ? end : undefined);
  return renderCommand(shown, {
    slice: {
      offset: options.offset,
      nextOffset: end,
      head: redactor.apply(found.text),
      tail: "",
      gapOffset: end,
      omittedChars: 0,
      missingChars: 0,
    },
    advice: advice(formatDetachedId(id), { ...found, next, end }),
  });
}

interface Searched {
  readonly matches: number;
  readonly shown: number;
  readonly next: number | undefined;
  readonly end: number;
}

function advice(id: string, { matches, shown, next, end }: Searched): string {
  const count = matches === 0
    ? "no line matches"
    : `${shown} of ${matches} matching lines, each after its offset`;
  if (next === undefined) return `${count}; the kept output was searched to its end`;
  return `${count}; searched up to byte ${end}: get_command_status(command_id="${id}", ` +
    `offset=${next}, match="…") goes on`;
}

function* linesOf({ offset, bytes }: OutputPiece): Generator<TextLine> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf(LF, at);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    const text = new PlainText();
    text.write(decoder.decode(bytes.subarray(at, end)));
    yield { offset: offset + at, text: text.end() };
    at = end + 1;
  }
}

/** Where the last lines begin in the last pieces of the output; an unfinished one counts. */
export function lastLinesStart(pieces: readonly OutputPiece[], count: number): number {
  const last = pieces.at(-1);
  if (last === undefined) return 0;
  let from = pieces.length - 1;
  while (from > 0 && endOf(pieces[from - 1]!) === pieces[from]!.offset) from--;
  const run = concatenated(pieces.slice(from).map(({ bytes }) => bytes));
  let at = run.at(-1) === LF ? run.length - 1 : run.length;
  for (let left = count; left > 0 && at >= 0; left--) {
    at = at === 0 ? -1 : run.lastIndexOf(LF, at - 1);
  }
  return pieces[from]!.offset + at + 1;
}

function endOf({ offset, bytes }: OutputPiece): number {
  return offset + bytes.length;
}
