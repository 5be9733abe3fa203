import { createHash } from "node:crypto";
import { maskNumbers, shapeOf } from "./masked_numbers.ts";
import { type OwnNames, withoutNames } from "./own_names.ts";

/** The state and the output of one host. */
export interface HostOutput {
  /** As called. */
  readonly host: string;
  readonly names: OwnNames;
  /** In the words of a status line, such as `exit 0`. */
  readonly state: string;
  /** False where a part of it is gone, so that it equals no other. */
  readonly isWhole: boolean;
  /** Read when it is needed: a thousand outputs are not held twice. */
  readonly text: () => string;
}

/** Hosts whose state and text are the same, but for their own names. */
export interface OutputGroup {
  readonly state: string;
  readonly outputs: readonly HostOutput[];
  /** The text of each, with `%h` and `%a` for its names where `hasNames`. */
  readonly text: () => string;
  readonly hasNames: boolean;
  /** The groups whose texts differ in numbers only, where `text` shows their bounds. */
  readonly parts?: readonly OutputGroup[] | undefined;
}

/** Fewer than this many texts that differ in numbers are better seen each by itself. */
const MASKED_FROM = 4;
const MASKED_CHARS = 16 * 1024;
/** Characters that are folded before others have their turn. */
const TURN_CHARS = 1024 * 1024;

/**
 * Groups hosts by state and text, largest group first; then texts that differ in numbers only.
 *
 * A host's own names count as equal where this makes a larger group. Nothing is lost: of each group
 * or its parts, `text` gives back what each host printed.
 */
export async function foldOutputs(
  outputs: readonly HostOutput[],
  options: { readonly pause: () => Promise<void> },
): Promise<readonly OutputGroup[]> {
  const keyed: Keyed[] = [];
  let chars = 0;
  for (const output of outputs) {
    const text = output.text();
    keyed.push(keysOf(output, text));
    chars += text.length;
    if (chars < TURN_CHARS) continue;
    chars = 0;
    await options.pause();
  }
  return bySize(maskedGroups(bySize(equalGroups(keyed))));
}

interface Keyed {
  readonly output: HostOutput;
  readonly plain: string;
  /** The key without the host's names; undefined where its text has none. */
  readonly nameless: string | undefined;
}

function keysOf(output: HostOutput, text: string): Keyed {
  const own = output.isWhole ? "" : output.host;
  const key = (kind: string, shown: string): string =>
    JSON.stringify([output.state, kind, own, digest(shown)]);
  const nameless = withoutNames(text, output.names);
  return {
    output,
    plain: key("plain", text),
    nameless: nameless === undefined ? undefined : key("nameless", nameless),
  };
}

/** Of the text as it is in memory: no two texts are the same in UTF-8 alone. */
function digest(text: string): string {
  return createHash("sha256").update(text, "utf16le").digest("base64");
}

function equalGroups(keyed: readonly Keyed[]): readonly OutputGroup[] {
  const counts = new Map<string, number>();
  for (const { plain, nameless } of keyed) {
    for (const key of [plain, nameless]) {
      if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const groups = new Map<string, { readonly outputs: HostOutput[]; readonly hasNames: boolean }>();
  for (const { output, plain, nameless } of keyed) {
    const hasNames = nameless !== undefined && counts.get(nameless)! > counts.get(plain)!;
    const key = hasNames ? nameless : plain;
    const group = groups.get(key) ?? { outputs: [], hasNames };
    group.outputs.push(output);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ outputs, hasNames }) => groupOf(outputs, { hasNames }));
}

function groupOf(
  outputs: readonly HostOutput[],
  { hasNames }: { readonly hasNames: boolean },
): OutputGroup {
  const first = outputs[0]!;
  const text = (): string => {
    const printed = first.text();
    return hasNames ? withoutNames(printed, first.names) ?? printed : printed;
  };
  return { state: first.state, outputs, text, hasNames };
}

/** Joins groups of one shape, but for one that has most of their hosts: that is the usual text. */
function maskedGroups(groups: readonly OutputGroup[]): readonly OutputGroup[] {
  const shapes = new Map<string, OutputGroup[]>();
  const others: OutputGroup[] = [];
  for (const group of groups) {
    const text = groups.length < MASKED_FROM ? "" : group.text();
    const isFit = text !== "" && text.length <= MASKED_CHARS && !text.includes("\x01");
    if (!isFit) others.push(group);
    else {
      const key = JSON.stringify([group.state, group.hasNames, shapeOf(text)]);
      const known = shapes.get(key);
      if (known === undefined) shapes.set(key, [group]);
      else known.push(group);
    }
  }
  return [...others, ...[...shapes.values()].flatMap(masked)];
}

function masked(groups: readonly OutputGroup[]): readonly OutputGroup[] {
  const all = groups.reduce((sum, { outputs }) => sum + outputs.length, 0);
  const [usual, ...rest] = groups;
  const parts = usual!.outputs.length * 2 > all ? rest : groups;
  if (parts.length < MASKED_FROM) return groups;
  const text = (): string =>
    maskNumbers(parts.map((part) => ({ host: part.outputs[0]!.host, text: part.text() })));
  const { state, hasNames } = parts[0]!;
  const outputs = parts.flatMap((part) => part.outputs);
  return [...(parts === rest ? [usual!] : []), { state, hasNames, outputs, text, parts }];
}

function bySize(groups: readonly OutputGroup[]): readonly OutputGroup[] {
  return [...groups].sort((a, b) => b.outputs.length - a.outputs.length);
}
