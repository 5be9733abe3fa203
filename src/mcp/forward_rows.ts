import * as z from "zod";
import { isoTime } from "../clock.ts";
import type { ForwardFacts } from "../forward/forwarding.ts";
import { table } from "./table.ts";

/** A forwarded port as list_sessions reports it. */
export const forwardSchema = z.object({
  host: z.string(),
  listen: z.string(),
  to: z.string(),
  connections: z.number(),
  since: z.string(),
  last_fault: z.string().optional(),
});

/** One row of it. */
export type ForwardRow = z.output<typeof forwardSchema>;

/** The row of one port. */
export function forwardRow(facts: ForwardFacts): ForwardRow {
  const { host, listenPort, to, connections, since, lastFault } = facts;
  return {
    host,
    listen: `127.0.0.1:${listenPort}`,
    to: to === undefined ? "socks5" : shownDestination(to),
    connections,
    since: isoTime(since),
    ...(lastFault === undefined ? {} : { last_fault: lastFault }),
  };
}

/** `host:port`, an IPv6 address in brackets. */
export function shownDestination(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** The rows as a table; "" where there are none. */
export function forwardTable(rows: readonly ForwardRow[]): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => [
    row.host,
    row.listen,
    row.to,
    String(row.connections),
    row.last_fault ?? "",
  ]);
  return table(["host", "forwarded from", "to", "connections", "last fault"], cells);
}
