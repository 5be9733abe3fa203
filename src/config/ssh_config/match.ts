import { addressInBlock } from "./address.ts";
import { expandTokens } from "./expand.ts";
import { type Directive, faultAt, placeOf } from "./parser.ts";
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
  /** Addresses of this machine; undefined where the sandbox hides them. */
  readonly localAddresses: readonly string[] | undefined;
  readonly settings: Settings;
}

/** What a Match line comes to. */
export interface MatchOutcome {
  readonly applies: boolean;
  /** `final` stands in it, so that the files are to be read a second time. */
  readonly wantsFinalPass: boolean;
  /** Why the block was skipped though it might apply; names file and line. */
  readonly warning?: string;
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
 * `exec` cannot be run here, and `localnetwork` cannot be told where the sandbox hides the
 * machine's addresses: the block does not apply then, and a warning names the line.
 *
 * @throws {ConfigError} Where ssh would reject the line.
 */
export function judgeMatch(directive: Directive, facts: MatchFacts): MatchOutcome {
  let applies = true;
  let wantsFinalPass = false;
  let warning: string | undefined;
  const criteria = readCriteria(directive);
  for (const criterion of criteria) {
    const { attribute, negated } = criterion;
    if (attribute === "final") wantsFinalPass = true;
    const holds = judgeCriterion(criterion, { directive, facts });
    if (holds === undefined && applies) warning ??= skippedBecause(directive, criterion);
    if (holds === undefined || holds === negated) applies = false;
  }
  return { applies, wantsFinalPass, ...(warning === undefined ? {} : { warning }) };
}

interface Criterion {
  readonly attribute: string;
  readonly negated: boolean;
  readonly argument: string;
}

const bareAttributes = ["all", "canonical", "final"];

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
    if (!bareAttributes.includes(attribute)) {
      const next = takeWord(rest);
      if (next.word === undefined || next.word === "" || next.word.startsWith("#")) {
        throw faultAt(directive, `"${attribute}" has no argument`);
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
      return inLocalNetwork(argument, { directive, addresses: facts.localAddresses });
    case "exec":
    case "version":
      return undefined;
    default:
      throw faultAt(directive, `"${attribute}" is no criterion that ssh knows`);
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

function inLocalNetwork(
  list: string,
  { directive, addresses }: {
    readonly directive: Directive;
    readonly addresses: readonly string[] | undefined;
  },
): boolean | undefined {
  const blocks = list.split(",");
  const bad = blocks.find((block) => addressInBlock("0.0.0.0", block) === undefined);
  if (bad !== undefined) throw faultAt(directive, `"${bad}" is no block of addresses`);
  return addresses?.some((address) => blocks.some((block) => addressInBlock(address, block)));
}

function skippedBecause(directive: Directive, { attribute }: Criterion): string {
  const reason = attribute === "exec"
    ? "runs a program, which the sandbox forbids"
    : "cannot be told inside the sandbox";
  return `${placeOf(directive)}: Match ${attribute} ${reason}; its block is skipped`;
}
