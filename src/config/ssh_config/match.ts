import { isAddressBlock } from "./address.ts";
import { expandTokens } from "./expand.ts";
import { type Directive, faultAt } from "./parser.ts";
import { lowerCase, matchHostname, matchPattern, matchPatternList } from "./pattern.ts";
import type { Settings } from "./settings.ts";
import { takeWord } from "./words.ts";

/** What Host and Match are judged by. */
export interface MatchFacts {
  /** As typed. */
  readonly originalHost: string;
  /** What Host compares: as typed, and the canonical name in the final pass. */
  readonly host: string;
  readonly pass: "first" | "final";
  readonly localUser: string;
  readonly settings: Settings;
}

/** How a Match line is judged. */
export interface MatchOutcome {
  readonly applies: boolean | "undecided";
  /** `final` is one of its criteria, so the files are to be read a second time. */
  readonly wantsFinalPass: boolean;
  /** Why it is undecided, such as "Match exec runs a program, which the sandbox forbids". */
  readonly reason: string;
}

/** Whether a Host line's patterns cover the host. */
export function hostApplies(words: readonly string[], host: string): boolean {
  let applies = false;
  for (const word of words) {
    const negated = word.startsWith("!");
    if (!matchPattern(host, negated ? word.slice(1) : word)) continue;
    if (negated) return false;
    applies = true;
  }
  return applies;
}

/**
 * Judges a Match line (ssh_config(5)).
 *
 * `exec` starts a program, and the sandbox hides what `localnetwork` and `version` compare: such a
 * line is undecided, negated or not, unless another of its criteria fails.
 *
 * @throws {ConfigError} Where ssh would reject the line.
 */
export function judgeMatch(directive: Directive, facts: MatchFacts): MatchOutcome {
  const criteria = readCriteria(directive);
  const judged = criteria.map((criterion) => {
    const holds = judgeCriterion(criterion, { directive, facts });
    return { criterion, holds: holds === undefined ? undefined : holds !== criterion.negated };
  });
  const wantsFinalPass = criteria.some(({ attribute }) => attribute === "final");
  if (judged.some(({ holds }) => holds === false)) {
    return { applies: false, wantsFinalPass, reason: "" };
  }
  const open = judged.find(({ holds }) => holds === undefined);
  if (open === undefined) return { applies: true, wantsFinalPass, reason: "" };
  return { applies: "undecided", wantsFinalPass, reason: undecidedBecause(open.criterion) };
}

interface Criterion {
  readonly attribute: string;
  readonly negated: boolean;
  readonly argument: string;
}

const BARE_ATTRIBUTES = ["all", "canonical", "final"];

function readCriteria(directive: Directive): readonly Criterion[] {
  const criteria: Criterion[] = [];
  let { word, rest } = takeWord(directive.text);
  while (word !== undefined && word !== "" && !word.startsWith("#")) {
    const negated = word.startsWith("!");
    const attribute = lowerCase(negated ? word.slice(1) : word);
    if (attribute === "all") {
      requireAlone(directive, { before: criteria.length, rest });
      return [...criteria, { attribute, negated, argument: "" }];
    }
    let argument = "";
    if (!BARE_ATTRIBUTES.includes(attribute)) {
      const next = takeWord(rest);
      if (next.word === undefined || next.word === "" || next.word.startsWith("#")) {
        throw faultAt(directive, "one of its criteria has no argument");
      }
      argument = next.word;
      rest = next.rest;
    }
    criteria.push({ attribute, negated, argument });
    ({ word, rest } = takeWord(rest));
  }
  if (criteria.length === 0) throw faultAt(directive, "it has no criterion");
  if (word === "" && rest !== undefined && rest !== "") {
    throw faultAt(directive, "an empty word stands in it");
  }
  return criteria;
}

function requireAlone(
  directive: Directive,
  around: { readonly before: number; readonly rest: string | undefined },
): void {
  const next = takeWord(around.rest).word;
  const followed = next !== undefined && next !== "" && !next.startsWith("#");
  // ssh lets one criterion stand before "all"; so do we.
  if (around.before > 1 || followed) throw faultAt(directive, '"all" must stand alone');
}

/** Whether a criterion holds, before negation; undefined where that cannot be told. */
function judgeCriterion(
  { attribute, argument }: Criterion,
  { directive, facts }: { readonly directive: Directive; readonly facts: MatchFacts },
): boolean | undefined {
  switch (attribute) {
    case "all":
      return true;
    case "canonical":
    case "final":
      return facts.pass === "final";
    case "host":
      return matchHostname(hostnameSoFar(directive, facts), argument) === "matched";
    case "originalhost":
      return matchHostname(facts.originalHost, argument) === "matched";
    case "user":
      return matched(facts.settings.value("user") ?? facts.localUser, argument);
    case "localuser":
      return matched(facts.localUser, argument);
    case "tagged":
      return matched(facts.settings.value("tag") ?? "", argument);
    case "sessiontype":
      return matched("shell", argument);
    case "command":
      return matched("", argument);
    case "localnetwork":
      requireAddressBlocks(argument, directive);
      return undefined;
    case "exec":
    case "version":
      return undefined;
    default:
      throw faultAt(directive, "one of its words is no criterion that ssh knows");
  }
}

function matched(text: string, list: string): boolean {
  return matchPatternList(text, list) === "matched";
}

function hostnameSoFar(directive: Directive, facts: MatchFacts): string {
  const hostname = facts.settings.value("hostname");
  if (hostname === undefined) return facts.host;
  if (facts.pass === "final") return hostname;
  try {
    return expandTokens(hostname, { h: facts.host });
  } catch (cause) {
    throw faultAt(directive, `HostName: ${(cause as Error).message}`);
  }
}

function requireAddressBlocks(list: string, directive: Directive): void {
  const bad = list.split(",").find((block) => !isAddressBlock(block));
  if (bad !== undefined) throw faultAt(directive, "one of its words is no block of addresses");
}

function undecidedBecause({ attribute, negated }: Criterion): string {
  const reason = attribute === "exec"
    ? "runs a program, which the sandbox forbids"
    : "cannot be judged inside the sandbox";
  return `Match ${negated ? "!" : ""}${attribute} ${reason}`;
}
