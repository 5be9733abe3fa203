import { isAddressBlock } from "./address.ts";
import { expandTokens } from "./expand.ts";
import { type Directive, faultAt } from "./parser.ts";
import { lowerCase, matchHostname, matchPattern, matchPatternList } from "./pattern.ts";
import type { Settings } from "./settings.ts";
import { splitArguments, takeWord } from "./words.ts";

/** The facts that Host and Match are compared with. */
export interface MatchFacts {
  /** As typed. */
  readonly originalHost: string;
  /** The name that Host compares: as typed, and the canonical name in the final pass. */
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
  /** Commands of `exec` on which alone it depends, as written; undefined where there is more. */
  readonly commands?: readonly ExecCommand[];
}

/** A command of `Match exec`. */
export interface ExecCommand {
  readonly text: string;
  readonly negated: boolean;
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
 * line is undecided, negated or not, unless another of its criteria fails. What a command of `exec`
 * would do is found out elsewhere.
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
  const open = judged.filter(({ holds }) => holds === undefined).map(({ criterion }) => criterion);
  const [first] = open;
  if (first === undefined) return { applies: true, wantsFinalPass, reason: "" };
  const reason = undecidedBecause(open.find(({ attribute }) => attribute !== "exec") ?? first);
  if (open.some(({ attribute }) => attribute !== "exec")) {
    return { applies: "undecided", wantsFinalPass, reason };
  }
  const commands = open.map(({ argument, negated }) => ({ text: argument, negated }));
  return { applies: "undecided", wantsFinalPass, reason, commands };
}

interface Criterion {
  readonly attribute: string;
  readonly negated: boolean;
  readonly argument: string;
}

const BARE_ATTRIBUTES = ["all", "canonical", "final"];
const ATTRIBUTES = [
  ...BARE_ATTRIBUTES,
  "host",
  "originalhost",
  "user",
  "localuser",
  "tagged",
  "sessiontype",
  "command",
  "localnetwork",
  "exec",
  "version",
];

/** As ssh before 9.9 reads it; where that makes no sense, as later ones do. */
function readCriteria(directive: Directive): readonly Criterion[] {
  // No name holds a single quote: whoever writes one means that it quotes.
  const early = directive.text.includes("'") ? readQuotedCriteria(directive) : undefined;
  if (early !== undefined) return early;
  try {
    const criteria = readPlainCriteria(directive);
    if (criteria.every(({ attribute }) => ATTRIBUTES.includes(attribute))) return criteria;
  } catch (error) {
    const quoted = readQuotedCriteria(directive);
    if (quoted === undefined) throw error;
    return quoted;
  }
  return readQuotedCriteria(directive) ?? readPlainCriteria(directive);
}

/** With the quotes of all other lines, as ssh 9.9 takes them; undefined where it makes no sense. */
function readQuotedCriteria(directive: Directive): readonly Criterion[] | undefined {
  const words = splitArguments(directive.text);
  const criteria: Criterion[] = [];
  for (let at = 0; words !== undefined && at < words.length; at++) {
    const [, bang = "", name = "", glued] = /^(!?)([A-Za-z]+)(?:=(.*))?$/s.exec(words[at]!) ?? [];
    const attribute = lowerCase(name);
    if (!ATTRIBUTES.includes(attribute) || attribute === "all") return undefined;
    const isBare = BARE_ATTRIBUTES.includes(attribute);
    if (isBare && glued !== undefined) return undefined;
    const argument = isBare ? "" : glued ?? words[++at];
    const isEmpty = argument === "" && !isBare && !MAY_BE_EMPTY.includes(attribute);
    if (argument === undefined || isEmpty) return undefined;
    criteria.push({ attribute, negated: bang !== "", argument });
  }
  return criteria.length === 0 ? undefined : criteria;
}

/** An empty list means that there is none, as ssh 10 has it. */
const MAY_BE_EMPTY = ["tagged", "command"];

function readPlainCriteria(directive: Directive): readonly Criterion[] {
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
  if (list === "") return text === "";
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
