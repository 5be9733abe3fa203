import * as z from "zod";
import { isoTime } from "../../clock.ts";
import type { SessionFacts } from "../../session/session.ts";
import type { NestedPlace } from "../../shell/shell.ts";
import { clipMiddle, plainOrQuoted, withoutBrackets } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { Call } from "../call.ts";
import { renderList } from "../command/render.ts";
import { forwardRow, forwardSchema, forwardTable } from "../forward_rows.ts";
import { noticeOf } from "../durable/first_notice.ts";
import { table } from "../table.ts";
import { defineTool, READ_ONLY_ANNOTATIONS, type Tool } from "../tool.ts";

const session = z.object({
  host: z.string(),
  count: z.number().optional(),
  user: z.string(),
  address: z.string().optional(),
  session: z.string(),
  state: z.enum(["busy", "idle"]),
  shell: z.string().optional(),
  cwd: z.string().optional(),
  mode: z.string().optional(),
  nested_shells: z.number(),
  nested_in: z.string().optional(),
  since: z.string(),
  last_used: z.string(),
  host_key: z.string().optional(),
  latency_ms: z.number().optional(),
  note: z.string().optional(),
});

const PLACE_CHARS = 200;
const NOTE_CHARS = 1_000;

type Row = z.output<typeof session>;

const ABOUT = {
  name: "list_sessions",
  title: "Open sessions",
  description: "Open sessions: shell, working directory, busy or idle, nested shells, connection.",
  input: {},
  annotations: READ_ONLY_ANNOTATIONS,
};

/** The open sessions and the connections beneath them. */
export const listSessions: Tool = defineTool({
  ...ABOUT,
  output: z.object({ sessions: z.array(session) }),
  run: async (_args, call) => {
    const sessions = await rowsOf(call);
    return renderList({ sessions }, show(sessions));
  },
});

/** The same with the forwarded ports, where there may be any. */
export const listSessionsAndPorts: Tool = defineTool({
  ...ABOUT,
  description: `${ABOUT.description} Forwarded ports.`,
  output: z.object({ sessions: z.array(session), forwarded: z.array(forwardSchema) }),
  run: async (_args, call) => {
    const sessions = await rowsOf(call);
    const forwarded = (await call.services.forwardings?.())?.list().map(forwardRow) ?? [];
    const ports = forwardTable(forwarded);
    return renderList({ sessions, forwarded }, show(sessions) + (ports && `\n\n${ports}`));
  },
});

async function rowsOf(call: Call): Promise<readonly Row[]> {
  const registry = await call.services.registry();
  const rows = registry.list().map((facts) => row(facts, call));
  const { FLEET_SESSION, foldSessions } = await import("../fleet/folded_sessions.ts");
  return rows.some((one) => one.session === FLEET_SESSION) ? foldSessions(rows) : rows;
}

function row(facts: SessionFacts, call: Call): Row {
  const { shell, hostKey } = facts;
  const redactor = call.services.concealer.redactor(facts.host, facts.hidden);
  const shown = (text: string): string => makeVisible(redactor.apply(text)).text;
  const notes = [shown(shell?.note ?? ""), noticeOf(facts, call.services)];
  const note = notes.filter((text) => text !== "").join("; ");
  return {
    host: facts.host,
    user: shown(facts.user),
    session: facts.name,
    state: facts.busy ? "busy" : "idle",
    nested_shells: shell?.depth ?? 0,
    ...(shell?.nested === undefined ? {} : { nested_in: shown(nameOf(shell.nested, facts)) }),
    since: isoTime(facts.since),
    last_used: isoTime(facts.lastUsed),
    ...(facts.address === undefined ? {} : { address: shown(facts.address) }),
    ...(shell === undefined ? {} : { shell: shell.shellKind }),
    ...(shell?.cwd === undefined ? {} : { cwd: shown(shell.cwd) }),
    ...(shell?.mode === undefined ? {} : { mode: shown(shell.mode) }),
    ...(note === "" ? {} : { note }),
    ...(hostKey ? { host_key: `${hostKey.verdict} ${hostKey.type} ${hostKey.fingerprint}` } : {}),
    ...(facts.latencyMs === undefined
      ? {}
      : { latency_ms: Math.round(facts.latencyMs * 100) / 100 }),
  };
}

function show(rows: readonly Row[]): string {
  if (rows.length === 0) return "No session is open";
  const headings = [
    "host",
    "session",
    "user",
    "address",
    "state",
    "shell",
    "where",
    "nested",
    "last used",
  ];
  const lines = table(
    headings,
    rows.map((one) => [
      one.count === undefined ? one.host : `${clipMiddle(one.host, PLACE_CHARS)} (${one.count})`,
      one.session,
      plainOrQuoted(one.user, PLACE_CHARS),
      one.address ?? "",
      one.state,
      one.shell ?? "",
      place(one),
      String(one.nested_shells),
      one.last_used,
    ]),
  );
  const notes = rows.filter(({ note }) => note).map((one) =>
    `${one.host} ${one.session}: ${withoutBrackets(clipMiddle(one.note ?? "", NOTE_CHARS))}`
  );
  return [lines, ...notes].join("\n");
}

function place({ cwd, mode, nested_in: inside }: Row): string {
  const where = cwd ?? mode;
  const shown = where === undefined ? "" : plainOrQuoted(where, PLACE_CHARS);
  return inside === undefined ? shown : `${inside}:${shown}`;
}

/** `root@inner`, as far as a nested shell told. */
function nameOf({ user, host }: NestedPlace, facts: SessionFacts): string {
  return `${user ?? facts.user}@${host ?? facts.host}`;
}
