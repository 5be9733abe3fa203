import type { SshError } from "../../errors.ts";
import { endedWell, type FleetMember, type FleetRun } from "../../fleet/fleet_run.ts";
import type { HostOutput } from "../../fleet/fold.ts";
import { foldNodeSet } from "../../fleet/node_set.ts";
import type { Job } from "../../jobs/job.ts";
import type { Services } from "../call.ts";
import { clipMiddle } from "../../terminal/quote.ts";
import { statusWord } from "../command/render.ts";

/** Different notes of hosts that one reply shows. */
const SHOWN_NOTES = 3;
const NOTE_CHARS = 500;
const NOTE_HOSTS_CHARS = 100;

/** The states that count together in the head of a reply. */
export type Outcome =
  | "exit 0"
  /** Without an error, on a device, which has no statuses. */
  | "done"
  | "nonzero"
  | "unreachable"
  /** By the rules or a person, when its turn came. */
  | "refused"
  | "lost"
  | "interrupted"
  | "awaiting input"
  | "running"
  | "not begun";

/** The output of each host of a run by now. */
export function hostOutputs(run: FleetRun, services: Services): readonly HostOutput[] {
  return run.members.map((member) => outputOf(member, services));
}

/** How many hosts came to which end, in the order a head shows them. */
export function outcomes(run: FleetRun): ReadonlyMap<Outcome, number> {
  const order: readonly Outcome[] = [
    "exit 0",
    "done",
    "nonzero",
    "unreachable",
    "refused",
    "lost",
    "interrupted",
    "awaiting input",
    "running",
    "not begun",
  ];
  const counts = new Map<Outcome, number>(order.map((outcome) => [outcome, 0]));
  for (const member of run.members) {
    const outcome = outcomeOf(member);
    counts.set(outcome, counts.get(outcome)! + 1);
  }
  return counts;
}

/** How a host's command stands. */
function outcomeOf(member: FleetMember): Outcome {
  if (member.kind !== "begun") return "not begun";
  const { state, startedAt } = member.job.record;
  switch (state.kind) {
    case "exited":
      if (!endedWell(member.job)) return "nonzero";
      return state.exit.exitStatus === null ? "done" : "exit 0";
    case "lost":
      if (state.cause.kind === "refused") return "refused";
      return startedAt === undefined ? "unreachable" : "lost";
    case "interrupted":
      return startedAt === undefined ? "not begun" : "interrupted";
    case "awaiting-input":
      return "awaiting input";
    case "running":
    case "queued":
    case "awaiting-approval":
    case "held":
      return "running";
  }
}

/** Notes of hosts on their sessions, such as settings without an effect; equal notes once. */
export function hostNotes(run: FleetRun, services: Services): readonly string[] {
  const hosts = new Map<string, string[]>();
  for (const member of run.members) {
    const state = member.kind === "begun" ? member.job.record.state : undefined;
    if (state?.kind !== "exited" || state.exit.note === undefined) continue;
    const { host } = member.target;
    const note = services.concealer.conceal(state.exit.note, host);
    const known = hosts.get(note);
    if (known === undefined) hosts.set(note, [host]);
    else known.push(host);
  }
  const shown = [...hosts].slice(0, SHOWN_NOTES).map(([note, names]) =>
    `${clipMiddle(foldNodeSet(names), NOTE_HOSTS_CHARS)}: ${clipMiddle(note, NOTE_CHARS)}`
  );
  const more = hosts.size - shown.length;
  return more > 0 ? [...shown, `${more} more notes, each in its host's own reply`] : shown;
}

function outputOf(member: FleetMember, services: Services): HostOutput {
  const { host, names } = member.target;
  const conceal = (text: string): string => services.concealer.conceal(text, host);
  const other = (state: string, text = ""): HostOutput => ({
    host,
    names,
    state,
    isWhole: true,
    text: () => text,
  });
  if (member.kind === "refused") return other("not begun", conceal(sentence(member.error)));
  if (member.kind !== "begun") return other("not begun");
  const { job } = member;
  const { state, startedAt } = job.record;
  if (state.kind === "lost" && startedAt === undefined) {
    const word = state.cause.kind === "refused" ? "refused" : "unreachable";
    return other(word, conceal(sentence(state.cause)));
  }
  if (state.kind === "interrupted" && startedAt === undefined) return other("not begun");
  return {
    host,
    names,
    state: stateWord(job, services),
    isWhole: job.text.droppedChars === 0,
    text: () => printed(job) + (state.kind === "lost" ? conceal(sentence(state.cause)) : ""),
  };
}

function stateWord(job: Job, { commands }: Services): string {
  const { kind } = job.record.state;
  if (kind !== "queued") return statusWord(job);
  return commands.hasShell(job) ? "queued" : "connecting";
}

/** All that is kept of a job's output. */
function printed(job: Job): string {
  const { head, tail } = job.read({ offset: 0, maxChars: Number.MAX_SAFE_INTEGER });
  return head + tail;
}

function sentence({ message, advice }: SshError): string {
  return `${message}\n(${advice})\n`;
}
