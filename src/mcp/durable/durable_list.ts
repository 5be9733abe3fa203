import type { DetachedRecord } from "../../detached/record.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { Call } from "../call.ts";
import { type CommandRow, commandRow } from "../command/command_list.ts";
import { attachHost, type HostAttached } from "./attached.ts";
import { hasEnded, shownDurable } from "./durable_record.ts";

/** The rows of a host's durable commands, in the order they were started. */
export interface DurableRows {
  readonly running: readonly CommandRow[];
  readonly finished: readonly CommandRow[];
}

/** Asks a host for the durable commands of its user; connects if need be. */
export async function listDurable(host: string, call: Call): Promise<DurableRows> {
  const attached = await attachHost(host, call);
  const jobs = await call.services.detached();
  const records = await jobs.list(attached.connection, { signal: call.signal });
  const known = records.filter(({ state }) => state.kind !== "elsewhere")
    .toSorted((one, other) => one.startedAt - other.startedAt);
  const row = (record: DetachedRecord): CommandRow => rowOf(record, attached);
  return {
    running: known.filter((record) => !hasEnded(record)).map(row),
    finished: known.filter(hasEnded).map(row),
  };
}

/** The same, and why there is none where the host cannot be asked. */
export async function listDurableIfReached(
  host: string,
  call: Call,
): Promise<DurableRows & { readonly failure?: string }> {
  try {
    return await listDurable(host, call);
  } catch (error) {
    call.signal.throwIfAborted();
    const { concealer } = call.services;
    const seen = error instanceof Error ? error.message : String(error);
    const failure = makeVisible(concealer.conceal(seen, host)).text;
    return { running: [], finished: [], failure };
  }
}

function rowOf(record: DetachedRecord, { host, user, redactor }: HostAttached): CommandRow {
  return commandRow(shownDurable(record, { id: { record: record.name, host }, user, redactor }));
}
