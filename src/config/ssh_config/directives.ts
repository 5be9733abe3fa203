import { faultInAlgorithms } from "./algorithms.ts";
import { type Environment, expandVariables } from "./expand.ts";
import { faultInWords } from "./checked_words.ts";
import { parseJumpList } from "./jump_list.ts";
import { isDecisive, type Keyword, lookUpKeyword, type Syntax } from "./keywords.ts";
import { argumentsOf, type Directive, faultAt, placeOf } from "./parser.ts";
import { lowerCase, matchPattern, matchPatternList } from "./pattern.ts";
import type { Settings } from "./settings.ts";
import { parseDomain, parseInteger, parsePort, parseSeconds } from "./values.ts";

const MAX_LISTED = 32;
const MAX_PATHS = 100;

/** A directive with its keyword understood and its arguments split. */
interface SplitDirective {
  readonly directive: Directive;
  readonly keyword: Keyword;
  readonly words: readonly string[];
}

/** Whether the lines of a block count; those that do not are read for faults all the same. */
export type BlockState =
  | "applies"
  /** A criterion of Match cannot be judged here. */
  | "undecided"
  | "checked only";

/** A directive other than Host, Match and Include, understood once for all hosts. */
export type ReadDirective =
  | {
    readonly kind: "setting";
    readonly directive: Directive;
    readonly keyword: Keyword;
    readonly effect: Effect;
    /** Variables of the environment stand in it: its faults depend on them. */
    readonly variables: string | undefined;
  }
  /** ssh knows no such keyword; IgnoreUnknown may allow it. */
  | { readonly kind: "unknown"; readonly directive: Directive };

/** With what a directive is applied. */
export interface ApplyOptions {
  readonly settings: Settings;
  readonly block: BlockState;
  readonly environment: Environment;
}

/** The open questions of an undecided block. */
export type OpenQuestion = "decisive" | "minor";

/**
 * Understands a directive other than Host, Match and Include.
 *
 * @throws {ConfigError} Where ssh would reject the line whatever stands before it.
 */
export function understand(directive: Directive): ReadDirective {
  const words = argumentsOf(directive);
  const keyword = lookUpKeyword(directive.keyword);
  if (keyword === undefined) return { kind: "unknown", directive };
  const effect = readValue(keyword.syntax, { directive, keyword, words });
  const isVariable = keyword.syntax.kind === "agent" && words[0]?.includes("${");
  return {
    kind: "setting",
    directive,
    keyword,
    effect,
    variables: isVariable ? words[0] : undefined,
  };
}

/** Whether a directive may be a fault in a block that does not apply. */
export function mayBeFault(read: ReadDirective): boolean {
  return read.kind === "unknown" || read.variables !== undefined;
}

/**
 * Puts the values of a directive into the settings.
 *
 * Of an undecided block nothing is taken. Returned is what that leaves open: nothing where the
 * setting is settled already.
 *
 * @throws {ConfigError} Where ssh would reject the line.
 */
export function applyDirective(
  read: ReadDirective,
  { settings, environment, block }: ApplyOptions,
): OpenQuestion | undefined {
  const { directive } = read;
  if (read.kind === "unknown") {
    const ignored = lowerCase(settings.value("ignoreunknown") ?? "");
    if (matchPatternList(directive.keyword, ignored) === "matched") return undefined;
    throw faultAt(directive, "ssh knows no such keyword");
  }
  if (read.variables !== undefined) requireVariables(read.variables, { directive, environment });
  switch (block) {
    case "applies":
      read.effect(settings);
      return undefined;
    case "undecided":
      return leaveOpen(read.keyword, { settings, effect: read.effect });
    case "checked only":
      return undefined;
  }
}

function requireVariables(
  text: string,
  { directive, environment }: { readonly directive: Directive; readonly environment: Environment },
): void {
  try {
    expandVariables(text, environment);
  } catch (error) {
    throw faultAt(directive, (error as Error).message);
  }
}

function leaveOpen(
  keyword: Keyword,
  { settings, effect }: { readonly settings: Settings; readonly effect: Effect },
): OpenQuestion | undefined {
  // It only makes the check of the host stricter and errors clearer.
  if (keyword.effect.kind === "unavailable") effect(settings);
  if (keyword.effect.kind !== "works") return undefined;
  const isSettled = !ACCUMULATING.has(keyword.syntax.kind) &&
    settings.value(keyword.name) !== undefined;
  if (isSettled) return undefined;
  return isDecisive(keyword) ? "decisive" : "minor";
}

/** Directives that add to earlier lines instead of losing against them. */
const ACCUMULATING: ReadonlySet<Syntax["kind"]> = new Set(["path", "send-env"]);

/** The effect of a directive that applies. */
type Effect = (settings: Settings) => void;

function readValue(syntax: Syntax, split: SplitDirective): Effect {
  const { words } = split;
  switch (syntax.kind) {
    case "anything":
      return claim(split, split.words);
    case "command":
      return claim(split, [split.directive.text.replace(/^[ \t\r\n=]+/, "")]);
    case "proxy-jump":
      return readProxyJump(split);
    case "words":
      return claim(split, readList(split));
    case "domains":
      return claim(split, readList(split).map((word) => readDomain(split, word)));
    case "cnames":
      return claim(split, readCnames(split));
    case "send-env":
      return readSendEnv(split);
    case "set-env":
      return readSetEnv(split);
    case "ipqos":
    case "rekey":
    case "forward": {
      const fault = faultInWords(syntax, words);
      if (fault !== undefined) throw faultAt(split.directive, fault);
      return claim(split, words);
    }
    case "path":
      return readPath(split);
    default:
      return claim(split, [readWord(syntax, split)]);
  }
}

type WordSyntax = Extract<
  Syntax,
  { kind: "choice" | "string" | "integer" | "time" | "port" | "algorithms" | "agent" }
>;

function readWord(syntax: WordSyntax, split: SplitDirective): string {
  const word = soleWord(split);
  switch (syntax.kind) {
    case "string":
      return word;
    case "choice":
      return readChoice(syntax.words, split);
    case "integer":
      return readNumber(parseInteger(word), split, "a whole number");
    case "port":
      return readNumber(parsePort(word), split, "a port from 1 to 65535");
    case "time":
      if (word === "none") return "";
      return readNumber(parseSeconds(word), split, "a time such as 30 or 1m30s");
    case "algorithms": {
      const fault = faultInAlgorithms(syntax.family, word);
      if (fault !== undefined) throw faultAt(split.directive, fault);
      return word;
    }
    case "agent":
      return readAgent(word, split);
  }
}

function soleWord(split: SplitDirective): string {
  const [word, ...others] = split.words;
  if (word === undefined || word === "") throw faultAt(split.directive, "it has no argument");
  if (others.length > 0) throw faultAt(split.directive, "it has more than one word");
  return word;
}

function readChoice(choices: Readonly<Record<string, string>>, split: SplitDirective): string {
  const word = lowerCase(soleWord(split));
  const value = Object.hasOwn(choices, word) ? choices[word] : undefined;
  if (value !== undefined) return value;
  const accepted = Object.keys(choices).join(", ");
  throw faultAt(split.directive, `its word is none of ${accepted}`);
}

function readNumber(value: number | undefined, split: SplitDirective, wanted: string): string {
  if (value !== undefined) return String(value);
  throw faultAt(split.directive, `its word is not ${wanted}`);
}

function readAgent(word: string, split: SplitDirective): string {
  if (/^\$[^{]/.test(word) && !/^\$[A-Za-z0-9_]+$/.test(word)) {
    throw faultAt(split.directive, "its word names no environment variable");
  }
  return word;
}

function claim(split: SplitDirective, values: readonly string[]): Effect {
  const { directive, keyword } = split;
  return (settings) => {
    // A time of "none" leaves the setting as it is.
    if (values[0] === "" && keyword.syntax.kind === "time") return;
    settings.claim(keyword.name, values, placeOf(directive));
  };
}

function readList(split: SplitDirective): readonly string[] {
  const { directive, words } = split;
  if (words.includes("")) throw faultAt(directive, "one of its words is empty");
  if (words.length > 1 && words.some((word) => lowerCase(word) === "none")) {
    throw faultAt(directive, '"none" must stand alone');
  }
  if (words.length > MAX_LISTED) throw faultAt(directive, `more than ${MAX_LISTED} words`);
  return words;
}

function readDomain(split: SplitDirective, word: string): string {
  const domain = parseDomain(word);
  if (domain === undefined) throw faultAt(split.directive, "one of its words is no domain");
  return domain;
}

function readCnames(split: SplitDirective): readonly string[] {
  return readList(split).map((word) => {
    if (word === "*") return "*:*";
    if (lowerCase(word) === "none") return "none";
    if (/^[^:]*:./s.test(word)) return lowerCase(word);
    throw faultAt(split.directive, "one of its words is not of the form names:names");
  });
}

function readPath(split: SplitDirective): Effect {
  const { directive, keyword } = split;
  const word = soleWord(split);
  return (settings) => {
    const paths = settings.values(keyword.name);
    if (paths.includes(word)) return;
    if (paths.length >= MAX_PATHS) throw faultAt(directive, `more than ${MAX_PATHS} files`);
    settings.append(keyword.name, word, placeOf(directive));
  };
}

function readProxyJump(split: SplitDirective): Effect {
  const { directive } = split;
  const text = directive.text.replace(/^[ \t\r\n=]+/, "");
  const place = placeOf(directive);
  if (lowerCase(text) === "none") return (settings) => settings.claim("proxyjump", ["none"], place);
  const jumps = parseJumpList(text);
  if (jumps === undefined) {
    throw faultAt(directive, "it is not of the form [user@]host[:port],…");
  }
  return (settings) => {
    if (["proxycommand", "proxyjump"].some((name) => settings.value(name) !== undefined)) return;
    settings.claim("proxyjump", [text], place);
    settings.claim("proxycommand", ["none"], place);
  };
}

function readSendEnv(split: SplitDirective): Effect {
  const { directive, words } = split;
  if (words.some((word) => word === "" || word.includes("="))) {
    throw faultAt(directive, "a name of a variable is empty or holds =");
  }
  return (settings) => {
    for (const word of words) {
      if (!word.startsWith("-")) settings.append("sendenv", word, placeOf(directive));
      else {
        const kept = settings.values("sendenv").filter((n) => !matchPattern(n, word.slice(1)));
        settings.replace("sendenv", kept);
      }
    }
  };
}

function readSetEnv(split: SplitDirective): Effect {
  const { directive, words } = split;
  if (words.some((word) => !word.includes("="))) {
    throw faultAt(directive, "a variable is not of the form NAME=value");
  }
  const byName = new Map<string, string>();
  for (const word of words) {
    const name = word.slice(0, word.indexOf("="));
    if (!byName.has(name)) byName.set(name, word);
  }
  return (settings) => settings.claim("setenv", [...byName.values()], placeOf(directive));
}
