import type { RecordAddress } from "../../detached/detached_jobs.ts";
import type { DetachedId } from "../../detached/detached_id.ts";
import { AuthenticationError } from "../../errors.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import type { Connection } from "../../transport/transport.ts";
import type { Call } from "../call.ts";

/** A host that is reached by its name alone. */
export interface HostAttached {
  /** As it was called. */
  readonly host: string;
  readonly resolved: ResolvedHost;
  readonly connection: Connection;
  readonly redactor: Redactor;
  /** The user who is logged in. */
  readonly user: string;
  /** The operator's, for sudo. */
  readonly sudoPassword: string | undefined;
}

/** A durable command on its host. */
export interface Attached {
  readonly id: DetachedId;
  readonly host: ResolvedHost;
  readonly address: RecordAddress;
  readonly redactor: Redactor;
  readonly user: string;
}

/**
 * Reaches a host as any call with its name would: by its settings, its policy and its open
 * connection.
 */
export async function attachHost(called: string, call: Call): Promise<HostAttached> {
  const registry = await call.services.registry();
  const opening = registry.connection({ host: called }, { signal: call.signal });
  const { host, connection } = await opening.catch((error) => {
    if (!(error instanceof AuthenticationError)) throw error;
    throw error.reworded(
      error.message,
      `${error.advice}; execute_command(host="${called}", command="true", password="…") logs in first`,
    );
  });
  const { user, sudoPassword } = host;
  const redactor = call.services.concealer.redactor(host.host, host.hidden);
  return { host: called, resolved: host, user, sudoPassword, connection, redactor };
}

/** Reaches the host of a durable command. */
export async function attach(id: DetachedId, call: Call): Promise<Attached> {
  const { resolved, connection, user, redactor, sudoPassword } = await attachHost(id.host, call);
  const owner = id.owner === user ? undefined : id.owner;
  const address = { connection, record: id.record, owner, sudoPassword, signal: call.signal };
  return { id, host: resolved, user, redactor, address };
}
