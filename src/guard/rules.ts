import { lowerCase, matchPattern } from "../config/ssh_config/pattern.ts";
import type { Caller } from "./caller.ts";
import type { Rule, RulesFile } from "./rules_schema.ts";

/** The verdict on a call: it runs, a person is asked first, or it is refused. */
export type Mode = "allow" | "ask" | "deny";

/** The facts of a call that rules look at. */
export interface Subject {
  readonly tool: string;
  /** The host as it is called, and the hostname that ssh_config makes of it. */
  readonly hosts: readonly string[];
  readonly user: string;
  readonly caller: Caller | undefined;
  /** Text that would be run or typed; undefined where there is none, or not yet. */
  readonly text?: string | undefined;
}

/** A mode and the rule it comes from. */
export interface Verdict {
  readonly mode: Mode;
  /** The rule's name, `rule N`, or `default`. */
  readonly rule: string;
}

/** Calls that only look at what this server holds, or stop something: asked about only by name. */
const UNASKED: ReadonlySet<string> = new Set([
  "get_command_status",
  "interrupt_command_by_id",
  "list_running_commands",
  "list_command_history",
  "list_sessions",
  "list_hosts",
  "close_session",
  "close_all_sessions",
  "read_screen",
]);

/** The verdict of rules on a call; a call that fits none is as `preset` says. */
export function judge(file: RulesFile, subject: Subject, preset: Mode): Verdict {
  const named = file.rules.map((rule, index) => ({ rule, name: rule.name ?? `rule ${index + 1}` }));
  const first = named.find(({ rule }) => rule.commands === undefined && covers(rule, subject));
  const base = withoutNeedlessQuestion(
    first === undefined
      ? { mode: preset, rule: "default" }
      : { mode: first.rule.mode, rule: first.name },
    { isNamed: first?.rule.tools !== undefined, subject },
  );
  if (base.mode !== "allow" || subject.text === undefined) return base;
  // Patterns of commands only ever add a question: placed anywhere, they weaken no other rule.
  const { text } = subject;
  const added = named.find(({ rule }) =>
    rule.commands !== undefined && covers(rule, subject) && matches([text], rule.commands)
  );
  return added === undefined ? base : { mode: "ask", rule: added.name };
}

/** Whether a tool may be of any use to a caller: on some host, to some user, with or without a question. */
export function isOffered(
  file: RulesFile,
  { tool, caller }: Pick<Subject, "tool" | "caller">,
  preset: Mode,
): boolean {
  for (const rule of file.rules) {
    if (rule.commands !== undefined) continue;
    const anywhere = { ...rule, hosts: undefined, users: undefined };
    if (!covers(anywhere, { tool, caller, hosts: [], user: "" })) continue;
    if (rule.mode !== "deny") return true;
    if (rule.hosts === undefined && rule.users === undefined) return false;
  }
  return preset !== "deny";
}

/** Whether a host, called by any of these names, may be reached with some tool, as any user. */
export function isReachable(
  file: RulesFile,
  { hosts, caller }: Pick<Subject, "hosts" | "caller">,
  preset: Mode,
): boolean {
  for (const rule of file.rules) {
    if (rule.commands !== undefined || reachesNothing(rule)) continue;
    const anyhow = { ...rule, tools: undefined, users: undefined };
    if (!covers(anyhow, { tool: "", caller, hosts, user: "" })) continue;
    if (rule.mode !== "deny") return true;
    if (rule.tools === undefined && rule.users === undefined) return false;
  }
  return preset !== "deny";
}

/** Whether a rule is on tools alone that look at what this server holds. */
function reachesNothing({ tools }: Rule): boolean {
  return tools !== undefined && listOf(tools).every((tool) => UNASKED.has(tool));
}

/** Whether a secret of the operator may go to a host, called by any of these names, for a caller. */
export function mayHaveSecret(
  file: RulesFile,
  name: string,
  { hosts, caller }: Pick<Subject, "hosts" | "caller">,
): boolean {
  const bound = Object.hasOwn(file.secrets ?? {}, name) ? file.secrets?.[name] : undefined;
  return bound !== undefined &&
    matches(hosts.flatMap(hostNames), listOf(bound.hosts).map(lowerCase)) &&
    (bound.caller === undefined || isCaller(bound.caller, caller));
}

function covers(rule: Rule, subject: Subject): boolean {
  const { hosts, users, tools, caller } = rule;
  return (hosts === undefined ||
    matches(subject.hosts.flatMap(hostNames), listOf(hosts).map(lowerCase))) &&
    (users === undefined || matches([subject.user], users)) &&
    (tools === undefined || listOf(tools).includes(subject.tool)) &&
    (caller === undefined || isCaller(caller, subject.caller));
}

function withoutNeedlessQuestion(
  verdict: Verdict,
  { isNamed, subject }: { readonly isNamed: boolean; readonly subject: Subject },
): Verdict {
  const isNeedless = verdict.mode === "ask" && !isNamed && UNASKED.has(subject.tool);
  return isNeedless ? { ...verdict, mode: "allow" } : verdict;
}

function isCaller(wanted: NonNullable<Rule["caller"]>, caller: Caller | undefined): boolean {
  if (caller === undefined) return false;
  const { sub, groups, claims = {} } = wanted;
  return (sub === undefined || matches([caller.sub], sub)) &&
    (groups === undefined || matches(caller.groups, groups)) &&
    Object.entries(claims).every(([name, patterns]) =>
      Object.hasOwn(caller.claims, name) && matches(texts(caller.claims[name]), patterns)
    );
}

/** A claim as texts to compare: lists by their entries, objects not at all. */
function texts(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((one) => ["string", "number", "boolean"].includes(typeof one)).map(String);
}

/**
 * In lower case; a dot at the end of a name in DNS names the same host. An address stands as it is
 * written and as it is usual: getaddrinfo(3) takes 127.1, 0x7f000001 and ::ffff:127.0.0.1, too.
 */
function hostNames(host: string): readonly string[] {
  const name = lowerCase(host).replace(/\.$/, "");
  const address = addressOf(name);
  return address === undefined || address === name ? [name] : [name, address];
}

/** The usual form of an address (RFC 5952), however it is written; undefined for a name. */
function addressOf(name: string): string | undefined {
  const v6 = name.split("%", 1)[0]!;
  const isV6 = v6.includes(":");
  // Of a name the parser of URLs makes an address just where getaddrinfo(3) does (inet_aton(3)).
  const url = URL.parse(`http://${isV6 ? `[${v6}]` : name}/`);
  if (url === null) return undefined;
  const found = isV6 ? url.hostname.slice(1, -1) : url.hostname;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(found);
  if (mapped !== null) {
    const [high, low] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
    return [high! >> 8, high! & 255, low! >> 8, low! & 255].join(".");
  }
  return isV6 || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(found) ? found : undefined;
}

/** Whether one of the texts fits a list and none is refused by a negated pattern of it. */
function matches(candidates: readonly string[], patterns: string | readonly string[]): boolean {
  // Each pattern by itself: a comma is a character of commands and claims.
  const verdicts = listOf(patterns).map((pattern) => {
    const negated = pattern.startsWith("!");
    const glob = negated ? pattern.slice(1) : pattern;
    return { negated, fits: candidates.some((text) => matchPattern(text, glob)) };
  });
  return verdicts.some(({ negated, fits }) => fits && !negated) &&
    !verdicts.some(({ negated, fits }) => fits && negated);
}

function listOf(patterns: string | readonly string[]): readonly string[] {
  return typeof patterns === "string" ? [patterns] : patterns;
}
