import { PATTERN_LINE_LIMIT } from "./profile.ts";
import { type Part, partsOf, type Repeated } from "./pattern_shape.ts";

/** Longest a pattern may be. */
const PATTERN_LENGTH_LIMIT = 1000;
/** What one match of a line may take; built-in patterns take microseconds. */
export const PATTERN_BUDGET_MS = 10;

/** Fewer repetitions than this cannot take long. */
const FEW = 12;
const ATTACK_LIMIT = 200;
const CHECK_LIMIT_MS = 2000;
const CANDIDATES = "a0 #>-.:/_A$%()[]\t~\"'=,;@|*+?<{}^!&\\é\x01";
const ENDINGS = ["\x01", "", "!", "a"];

/**
 * Why a pattern cannot be used, or undefined when it can.
 *
 * Each repetition in it is fed what it repeats, in growing number, with an ending that does not
 * match: a pattern that backtracks without bound shows here and not on a device's output.
 */
export function findPatternFault(
  source: string,
  options: { readonly now: () => number; readonly flags?: string },
): string | undefined {
  if (source.length > PATTERN_LENGTH_LIMIT) {
    return `is longer than ${PATTERN_LENGTH_LIMIT} characters`;
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, options.flags ?? "");
  } catch (error) {
    return `is not a regular expression: ${
      (error as Error).message.replace(/^.*?: \/.*\/\w*: /, "")
    }`;
  }
  const until = options.now() + CHECK_LIMIT_MS;
  for (const attack of attacksOn(source).slice(0, ATTACK_LIMIT)) {
    if (options.now() > until) return `takes more than ${CHECK_LIMIT_MS} ms to be checked`;
    const length = lengthOverBudget(pattern, attack, options.now);
    if (length === undefined) continue;
    return `takes more than ${PATTERN_BUDGET_MS} ms on a line of ${length} characters: ` +
      "one repetition stands inside or beside another that matches the same text";
  }
  return undefined;
}

interface Attack {
  readonly before: string;
  readonly pump: string;
  readonly ending: string;
}

function lengthOverBudget(
  pattern: RegExp,
  attack: Attack,
  now: () => number,
): number | undefined {
  const room = PATTERN_LINE_LIMIT - attack.before.length - attack.ending.length;
  const most = Math.max(1, Math.floor(room / attack.pump.length));
  for (let count = 2;; count = nextCount(count)) {
    const line = attack.before + attack.pump.repeat(Math.min(count, most)) + attack.ending;
    if (isSlow(pattern, line, now)) return line.length;
    if (count >= most) return undefined;
  }
}

/** Slow each time: a busy machine may hold up any one match. */
function isSlow(pattern: RegExp, line: string, now: () => number): boolean {
  const tries = [1, 2, 3];
  return tries.every(() => {
    const from = now();
    pattern.test(line);
    return now() - from > PATTERN_BUDGET_MS;
  });
}

/** In small steps where the time may double with each repetition, then faster. */
function nextCount(count: number): number {
  return count < 40 ? count + 2 : Math.ceil(count * 1.25);
}

/** For each repetition: what leads to it, what it repeats, and an ending that stops it. */
function attacksOn(source: string): Attack[] {
  const attacks: Attack[] = [];
  walk({ part: partsOf(source), most: 1 }, "", (node, before) => {
    if (node.most < FEW) return;
    for (const pump of samplesOf(node.part)) {
      if (pump === "") continue;
      for (const ending of ENDINGS) attacks.push({ before, pump, ending });
    }
  });
  return attacks;
}

function walk(
  node: Repeated,
  before: string,
  visit: (node: Repeated, before: string) => void,
): void {
  visit(node, before);
  if (node.part.kind === "atom") return;
  for (const choice of node.part.choices) {
    let text = before;
    for (const child of choice) {
      walk(child, text, visit);
      text += samplesOf(child.part)[0] ?? "";
    }
  }
}

/** A few texts that a part matches; "" for a place between characters. */
function samplesOf(part: Part): string[] {
  if (part.kind === "atom") return atomSamples(part.source);
  return part.choices.slice(0, 8).map((choice) =>
    choice.map((child) => samplesOf(child.part)[0] ?? "").join("")
  );
}

function atomSamples(source: string): string[] {
  if (source === "^" || source === "$" || /^\\[bBk]/.test(source)) return [""];
  const shape = new RegExp(`^${source}$`);
  const found = [...CANDIDATES].filter((character) => shape.test(character)).slice(0, 3);
  return found.length > 0 ? found : [source.replace(/^\\/, "").slice(0, 1)];
}
