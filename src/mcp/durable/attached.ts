import type { RecordAddress } from "../../detached/detached_jobs.ts";
import type { DetachedId } from "../../detached/detached_id.ts";
import { AuthenticationError } from "../../errors.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import type { Call } from "../call.ts";

/** A durable command's host, reached by what the id says. */
export interface Attached {
  readonly id: DetachedId;
  readonly address: RecordAddress;
  readonly redactor: Redactor;
  /** Who is logged in. */
  readonly user: string;
}

/**
 * Reaches the host of a durable command as any call with its host would: by its settings, its policy
 * and its open connection.
 */
export async function attach(id: DetachedId, call: Call): Promise<Attached> {
  const { concealer } = call.services;
  const registry = await call.services.registry();
  const opening = registry.connection({ host: id.host }, { signal: call.signal });
  const { host, connection } = await opening.catch((error) => {
    if (!(error instanceof AuthenticationError)) throw error;
    throw error.reworded(
      error.message,
      `${error.advice}; a password goes with execute_command(host="${id.host}", password=…) first`,
    );
  });
  return {
    id,
    user: host.user,
    redactor: concealer.redactor(host.host, host.hidden),
    address: {
      connection,
      record: id.record,
      owner: id.owner === host.user ? undefined : id.owner,
      sudoPassword: host.sudoPassword,
      signal: call.signal,
    },
  };
}
