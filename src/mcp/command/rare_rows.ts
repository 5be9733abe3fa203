import type { FleetRun } from "../../fleet/fleet_run.ts";
import type { Call } from "../call.ts";
import type { DurableRows } from "../durable/durable_list.ts";
import type { CommandRow } from "./command_list.ts";

/*
 * Rows of commands that many servers never run: the code for them is loaded with the first of them,
 * which keeps the program's start short.
 */

/** Commands on many hosts, each as one row. */
export async function fleetRows(runs: readonly FleetRun[]): Promise<readonly CommandRow[]> {
  if (runs.length === 0) return [];
  const { runRow } = await import("../fleet/run_row.ts");
  return runs.map(runRow);
}

/** Durable commands of a host's user; connects if need be. */
export async function durableRows(host: string, call: Call): Promise<DurableRows> {
  const { listDurable } = await import("../durable/durable_list.ts");
  return await listDurable(host, call);
}

/** The same, and why there is none where the host cannot be asked. */
export async function durableRowsIfReached(
  host: string,
  call: Call,
): Promise<DurableRows & { readonly failure?: string }> {
  const { listDurableIfReached } = await import("../durable/durable_list.ts");
  return await listDurableIfReached(host, call);
}
