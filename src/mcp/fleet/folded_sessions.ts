import { foldNodeSet } from "../../fleet/node_set.ts";

/** The session of execute_on_hosts on each host. */
export const FLEET_SESSION = "fleet";

/** Members that tell hosts apart though their sessions are alike. */
const OWN = new Set(["host", "address", "since", "last_used", "host_key", "latency_ms"]);

/** The key that a row is folded by. */
export interface SessionRow {
  readonly host: string;
  readonly session: string;
  readonly state: string;
  readonly since: string;
  readonly last_used: string;
  readonly count?: number | undefined;
}

/**
 * Idle sessions of a fleet that differ only by their host as one row, where the first of them stood:
 * `host` is a node set, `since` the earliest and `last_used` the latest.
 */
export function foldSessions<R extends SessionRow>(rows: readonly R[]): readonly R[] {
  const groups = new Map<string, R[]>();
  for (const [index, row] of rows.entries()) {
    const isFleet = row.session === FLEET_SESSION && row.state === "idle";
    const key = isFleet ? likeness(row) : String(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => group.length === 1 ? group[0]! : folded(group));
}

function likeness(row: SessionRow): string {
  return JSON.stringify(Object.entries(row).filter(([name]) => !OWN.has(name)));
}

function folded<R extends SessionRow>(group: readonly R[]): R {
  const shared = Object.fromEntries(Object.entries(group[0]!).filter(([name]) => !OWN.has(name)));
  return {
    ...shared as unknown as R,
    host: foldNodeSet(group.map(({ host }) => host)),
    count: group.length,
    since: group.map(({ since }) => since).sort()[0]!,
    last_used: group.map(({ last_used: last }) => last).sort().at(-1)!,
  };
}
