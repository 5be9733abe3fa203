import type { Clock } from "../clock.ts";
import type { SshError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";
import { type Asker, findAskers, PROCESS_TABLE_COMMAND } from "./askers.ts";
import { PosixShell } from "./posix_shell.ts";
import type { Shell } from "./shell.ts";
import { probeUnix } from "./unix_probe.ts";

/** The pty of a Unix shell; plain text never wraps at its width. */
const PTY = { term: "xterm-256color", columns: 200, rows: 50, modes: { ECHO: 0 } } as const;

/** What opening a shell needs. */
export interface OpenShellOptions {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Opens a shell on a connection and finds out what stands behind it.
 *
 * An exec request for `uname -s` runs beside the shell request; nothing of a Unix shell is typed
 * before the far end is known to be Unix.
 */
export async function openShell(connection: Connection, options: OpenShellOptions): Promise<Shell> {
  const opening = { environment: options.environment, ...signalOf(options) };
  const [channel] = await Promise.all([
    connection.openShell(PTY, opening),
    probeUnix(connection, signalOf(options)),
  ]);
  return new PosixShell(channel, {
    clock: options.clock,
    columns: PTY.columns,
    rows: PTY.rows,
    fault: faultOf(connection),
    askers: (shellPid) => askersOn(connection, shellPid),
  });
}

/** Who waits for a password below a process of the host; throws what exec throws. */
async function askersOn(connection: Connection, shellPid: number): Promise<readonly Asker[]> {
  await using channel = await connection.exec(PROCESS_TABLE_COMMAND);
  channel.end();
  const decoder = new TextDecoder();
  let table = "";
  for await (const chunk of channel.output) table += decoder.decode(chunk, { stream: true });
  return findAskers(table, shellPid);
}

function faultOf(connection: Connection): () => SshError | undefined {
  let fault: SshError | undefined;
  void connection.closed.then((error) => fault = error);
  return () => fault;
}

function signalOf(options: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
