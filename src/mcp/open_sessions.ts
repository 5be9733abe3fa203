import { parseTarget } from "../config/target.ts";
import { ChannelError } from "../errors.ts";
import type { SessionFacts } from "../session/session.ts";
import type { Services } from "./call.ts";

/** As many sessions as an error lists. */
const SHOWN = 12;

/**
 * The error of a host that opens no more channels (sshd's MaxSessions), with the sessions that are
 * open there and the call that makes room; any other error as it is.
 */
export async function withOpenSessions(
  error: unknown,
  host: string | undefined,
  services: Services,
): Promise<unknown> {
  if (!(error instanceof ChannelError) || error.step !== "channel" || host === undefined) {
    return error;
  }
  const { alias } = parseTarget({ host });
  const open = (await services.registry()).list().filter((facts) => facts.host === alias);
  const oldest = open.filter(({ busy }) => !busy).sort((a, b) => a.lastUsed - b.lastUsed)[0] ??
    open[0];
  if (oldest === undefined) return error;
  const now = services.clock.now();
  const listed = open.slice(0, SHOWN).map((facts) => `"${facts.name}" ${use(facts, now)}`);
  const more = open.length > SHOWN ? ` and ${open.length - SHOWN} more` : "";
  return new ChannelError(
    error.message,
    `close_session(host="${host}", session="${oldest.name}") makes room; open there: ` +
      `${listed.join(", ")}${more} (MaxSessions of sshd bounds them)`,
    { cause: error, step: error.step },
  );
}

function use({ busy, lastUsed }: SessionFacts, now: number): string {
  return busy ? "busy" : `idle ${Math.round((now - lastUsed) / 1000)} s`;
}
