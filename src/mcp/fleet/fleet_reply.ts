import type { CallToolResult } from "@modelcontextprotocol/server";
import { foldOutputs, type OutputGroup } from "../../fleet/fold.ts";
import type { FleetRun } from "../../fleet/fleet_run.ts";
import { lineDiff } from "../../fleet/line_diff.ts";
import { foldNodeSet } from "../../fleet/node_set.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { Services } from "../call.ts";
import { noteLines } from "../file/file_reply.ts";
import { hostNotes, hostOutputs, outcomes } from "./host_outputs.ts";

/** Key of the record in a result's `_meta`. */
const FLEET_META_KEY = "mcp-ssh-session/fleet";

/** A folded list of hosts that is longer is cut; the rest is counted. */
const HOSTS_CHARS = 400;
/** A group is shown with so much of its text at least, or left for the next reply. */
const LEAST_TEXT_CHARS = 240;
/** For the lines of ours around the text. */
const ADVICE_CHARS = 300;

/** Which part of a run's groups a reply carries. */
export interface FleetReplyRange {
  readonly maxChars: number;
  /** Groups to pass over. */
  readonly offset?: number | undefined;
}

/** The reply on a command on many hosts: a head, then each group of equal outputs, largest first. */
export async function replyOnRun(
  run: FleetRun,
  services: Services,
  range: FleetReplyRange,
): Promise<CallToolResult> {
  const groups = await foldOutputs(hostOutputs(run, services), {
    pause: () => services.clock.sleep(0),
  });
  const offset = Math.min(range.offset ?? 0, groups.length);
  const head = headOf(run, groups.length);
  const blocks = groups.slice(offset).map((group, index) =>
    blockOf(group, groups[0]!, index + offset)
  );
  const shown = fitting(blocks, range.maxChars - head.length - ADVICE_CHARS);
  const left = groups.slice(offset + shown.length);
  const advice = adviceOn(run, { left, next: offset + shown.length });
  const room = range.maxChars - head.length - ADVICE_CHARS;
  const notes = noteLines(hostNotes(run, services)).filter(({ length }) => length < room / 4);
  const text = [
    head,
    ...render(shown, run, room - notes.join("\n").length),
    ...notes,
    ...(advice === "" ? [] : [`[${advice}]`]),
  ].join("\n");
  return {
    content: [{ type: "text", text: makeVisible(text).text }],
    _meta: { [FLEET_META_KEY]: record(run, shown) },
  };
}

/** `[18 of 24 exit 0, 1 nonzero, 4 unreachable, 1 running] 6.0s 5 different command_id=ID`. */
function headOf(run: FleetRun, different: number): string {
  return `[${progressOf(run)}] ${seconds(run)} ${different} different command_id=${run.id}`;
}

function seconds(run: FleetRun): string {
  return `${(run.durationMs / 1000).toFixed(1)}s`;
}

/** How far a run has come. */
export function progressOf(run: FleetRun): string {
  const counts = outcomes(run);
  const isDone = counts.get("exit 0") === 0 && counts.get("done")! > 0;
  const well = isDone ? "done" : "exit 0";
  const others = [...counts].filter(([outcome, count]) => outcome !== well && count > 0)
    .map(([outcome, count]) => `, ${count} ${outcome}`);
  return `${counts.get(well)} of ${run.members.length} ${well}${others.join("")}`;
}

/** A group as it is shown. */
interface Block {
  readonly group: OutputGroup;
  /** Its hosts, folded, as far as they fit a line. */
  readonly hosts: string;
  readonly remark: string;
  readonly text: string;
}

function blockOf(group: OutputGroup, usual: OutputGroup, index: number): Block {
  const { outputs, state, parts } = group;
  const hosts = clipHosts(foldNodeSet(outputs.map(({ host }) => host)));
  const text = group.text();
  const base = { group, hosts, text };
  if (parts !== undefined) {
    return { ...base, remark: ` ${parts.length} outputs that differ in numbers` };
  }
  const isComparable = index > 0 && usual.parts === undefined && isExit(state) &&
    isExit(usual.state) && usual.hasNames === group.hasNames && text !== "";
  const diff = isComparable ? lineDiff(usual.text(), text) : undefined;
  return diff === undefined
    ? { ...base, remark: "" }
    : { ...base, text: diff, remark: " against the first" };
}

function isExit(state: string): boolean {
  return /^(exit|done)\b/.test(state);
}

function clipHosts(hosts: string): string {
  if (hosts.length <= HOSTS_CHARS) return hosts;
  const cut = hosts.lastIndexOf(",", HOSTS_CHARS);
  return `${hosts.slice(0, cut > 0 ? cut : HOSTS_CHARS)},…`;
}

/** As many blocks as leave each a fair share of the room, one at least. */
function fitting(blocks: readonly Block[], room: number): readonly Block[] {
  let used = 0;
  for (const [index, block] of blocks.entries()) {
    used += block.hosts.length + 40 + Math.min(block.text.length, LEAST_TEXT_CHARS);
    if (used > room) return blocks.slice(0, index);
  }
  return blocks;
}

function render(blocks: readonly Block[], run: FleetRun, room: number): readonly string[] {
  // A line of output must not pass for a title of ours: then titles carry the id, which nobody guesses.
  const isForged = blocks.some(({ text }) => /^==/m.test(text));
  const mark = isForged ? `== ${run.id}` : "==";
  const titles = blocks.map(({ group, hosts, remark }) =>
    `${mark} ${hosts} (${group.outputs.length}) [${group.state}]${remark}`
  );
  const left = room - titles.reduce((sum, { length }) => sum + length + 2, 0);
  const shares = fairShares(blocks.map(({ text }) => text.length), Math.max(0, left));
  return blocks.map((block, index) => {
    const text = clipText(block, { share: shares[index]!, run });
    return text === "" ? titles[index]! : `${titles[index]}\n${text}`;
  });
}

/** Room for each: what short texts do not need goes to the long ones. */
function fairShares(lengths: readonly number[], room: number): readonly number[] {
  const order = lengths.map((length, index) => ({ length, index }))
    .sort((a, b) => a.length - b.length);
  const shares = new Array<number>(lengths.length).fill(0);
  let left = room;
  for (const [done, { length, index }] of order.entries()) {
    const share = Math.min(length, Math.floor(left / (order.length - done)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

function clipText(
  { text, group }: Block,
  { share, run }: { readonly share: number; readonly run: FleetRun },
): string {
  if (text.length <= share) return text.endsWith("\n") ? text.slice(0, -1) : text;
  const id = `${run.id}/${group.outputs[0]!.host}`;
  const gapOf = (chars: number): string =>
    `[… ${chars} characters: get_command_status(command_id="${id}") reads one host's output …]`;
  const half = Math.max(0, Math.floor((share - gapOf(text.length).length - 2) / 2));
  const head = text.slice(0, half).toWellFormed();
  const tail = half === 0 ? "" : text.slice(-half).toWellFormed();
  const gap = gapOf(text.length - 2 * half);
  return [head, gap, tail.replace(/\n$/, "")].filter((part) => part !== "").join("\n");
}

function adviceOn(
  run: FleetRun,
  { left, next }: { readonly left: readonly OutputGroup[]; readonly next: number },
): string {
  const status = `get_command_status(command_id="${run.id}"`;
  const parts: string[] = [];
  if (left.length > 0) {
    const hosts = left.reduce((sum, { outputs }) => sum + outputs.length, 0);
    parts.push(`${left.length} more groups with ${hosts} hosts: ${status}, offset=${next})`);
  }
  if (run.stopped === "failures") {
    parts.push("stopped: too many hosts failed, no further one began");
  }
  if (run.stopped === "interrupted") parts.push("stopped: no further host began");
  const asking = run.jobs.find(({ record }) => record.state.kind === "awaiting-input");
  if (asking !== undefined) {
    parts.push(`send_input(command_id="${asking.id}", input_text="…") answers that host`);
  }
  if (!run.isAtRest) parts.push(`${status}, wait=30) waits for the rest`);
  return parts.join("; ");
}

/** The facts for programs. */
function record(run: FleetRun, shown: readonly Block[]): Record<string, unknown> {
  return {
    command_id: run.id,
    state: run.isFinished ? "finished" : "running",
    hosts: run.members.length,
    counts: Object.fromEntries([...outcomes(run)].map(([name, count]) => [wireName(name), count])),
    duration_ms: Math.round(run.durationMs),
    groups: shown.map(({ group }) => ({
      hosts: foldNodeSet(group.outputs.map(({ host }) => host)),
      count: group.outputs.length,
      state: group.state,
    })),
  };
}

function wireName(outcome: string): string {
  return outcome.replace(/[ ]/g, "_");
}
