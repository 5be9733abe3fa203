import * as z from "zod";
import type { HostAlias } from "../../config/host_aliases.ts";
import { lowerCase, matchPatternList } from "../../config/ssh_config/pattern.ts";
import { clipMiddle, plainOrQuoted, withoutBrackets } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { Call, HostSummary } from "../call.ts";
import { renderList } from "../command/render.ts";
import { listedHosts } from "../listed_hosts.ts";
import { table } from "../table.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";

const host = z.object({
  host: z.string(),
  user: z.string().optional(),
  address: z.string().optional(),
  through: z.array(z.string()).optional(),
  groups: z.array(z.string()),
  sessions: z.array(z.string()),
  defined: z.string(),
  problem: z.string().optional(),
});

type Row = z.output<typeof host>;

/** Rows that a model reads at once and that take no noticeable time to resolve. */
const SHOWN = 100;
const TEXT_CHARS = 200;

/** The hosts of ssh_config; connects nothing and looks no name up. */
export const listHosts: Tool = defineTool({
  name: "list_hosts",
  title: "Known hosts",
  description: "Hosts of ssh_config: user, address, groups, open sessions. At most 100 a call.",
  input: {
    pattern: z.string().min(1).max(1_024)
      .describe("part of an alias, globs (web*,!web7) or @group").optional(),
  },
  output: z.object({ hosts: z.array(host), total: z.number(), omitted: z.number() }),
  annotations: READ_ONLY_ANNOTATIONS,
  run: async ({ pattern }, call) => {
    const { hosts: all, summary } = await listedHosts(call.services);
    const fitting = pattern === undefined ? all : all.filter(fits(pattern));
    const sessions = await openSessions(call);
    const hosts = await Promise.all(
      fitting.slice(0, SHOWN).map(async (host) =>
        row(host, await summary(host.alias), { sessions, call })
      ),
    );
    const omitted = fitting.length - hosts.length;
    const facts = { hosts, total: fitting.length, omitted };
    return renderList(facts, show(facts, { known: all.length, pattern }));
  },
});

/** Groups by `@name`; a word without wildcards is looked for anywhere in the alias. */
function fits(pattern: string): (host: HostAlias) => boolean {
  const words = pattern.split(/[\s,]+/).filter((word) => word !== "");
  const groups = words.filter((word) => word.startsWith("@")).map((word) => word.slice(1));
  const globs = words.filter((word) => !word.startsWith("@")).map((word) => {
    const negated = word.startsWith("!");
    const glob = lowerCase(negated ? word.slice(1) : word);
    return negated ? `!${glob}` : /[*?]/.test(glob) ? glob : `*${glob}*`;
  });
  const hasOnlyNegated = groups.length === 0 && globs.every((glob) => glob.startsWith("!"));
  const list = [...hasOnlyNegated ? ["*"] : [], ...globs].join(",");
  return ({ alias, tag }) => {
    const verdict = matchPatternList(lowerCase(alias), list);
    if (verdict === "refused") return false;
    return verdict === "matched" || (tag !== undefined && groups.includes(tag));
  };
}

async function openSessions(call: Call): Promise<ReadonlyMap<string, readonly string[]>> {
  const open = new Map<string, string[]>();
  for (const { host, name } of (await call.services.registry()).list()) {
    open.set(host, [...open.get(host) ?? [], name]);
  }
  return open;
}

function row(
  { alias, place, tag }: HostAlias,
  summary: HostSummary,
  { sessions, call }: {
    readonly sessions: ReadonlyMap<string, readonly string[]>;
    readonly call: Call;
  },
): Row {
  const visible = visibleIn(summary, alias, call);
  const shown = (text: string): string => clipMiddle(visible(text), TEXT_CHARS);
  const { user, address, through, problem } = summary;
  return {
    host: shown(alias),
    ...(user === undefined ? {} : { user: shown(user) }),
    ...(address === undefined ? {} : { address: shown(address) }),
    ...(through.length === 0 ? {} : { through: through.map(shown) }),
    groups: tag === undefined ? [] : [shown(tag)],
    sessions: [...sessions.get(alias) ?? []],
    defined: place,
    ...(problem === undefined ? {} : { problem: shown(problem) }),
  };
}

/** Hidden values hidden, unseen characters shown. */
function visibleIn(
  { hidden }: HostSummary,
  alias: string,
  call: Call,
): (text: string) => string {
  if (hidden.length === 0) return (text) => makeVisible(text).text;
  const redactor = call.services.concealer.redactor(alias, hidden);
  return (text) => makeVisible(redactor.apply(text)).text;
}

function show(
  { hosts, total, omitted }: {
    readonly hosts: readonly Row[];
    readonly total: number;
    readonly omitted: number;
  },
  { known, pattern }: { readonly known: number; readonly pattern: string | undefined },
): string {
  if (total === 0) {
    if (known === 0) {
      return "ssh_config names no host; any hostname or address can be passed as host";
    }
    return `None of the ${known} hosts of ssh_config fits ${
      plainOrQuoted(pattern ?? "", TEXT_CHARS)
    }`;
  }
  const headings = ["host", "user", "address", "through", "groups", "sessions", "defined"];
  const lines = table(
    headings,
    hosts.map((one) => [
      plainOrQuoted(one.host, TEXT_CHARS),
      one.user === undefined ? "" : plainOrQuoted(one.user, TEXT_CHARS),
      one.address ?? "",
      (one.through ?? []).join(","),
      one.groups.join(","),
      one.sessions.join(","),
      one.defined,
    ]),
  );
  const problems = hosts.filter(({ problem }) => problem !== undefined)
    .map((one) => `${one.host} cannot be reached: ${withoutBrackets(one.problem ?? "")}`);
  const left = omitted === 0
    ? []
    : [`[${omitted} of ${total} hosts are left out: narrow them with pattern]`];
  return [lines, ...bounded(problems), ...left].join("\n");
}

const SHOWN_PROBLEMS = 5;

function bounded(problems: readonly string[]): readonly string[] {
  const shown = problems.slice(0, SHOWN_PROBLEMS);
  const more = problems.length - shown.length;
  return more === 0 ? shown : [...shown, `${more} more cannot be reached`];
}
