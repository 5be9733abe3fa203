import type { Asker } from "./sudo/askers.ts";
import type { HostJudgement } from "./start_up_text.ts";

/** What a Unix host tells of a shell when it is asked beside it, in a channel of its own. */
export interface HostInquiry {
  /** Whether the shells that start on the connection prompt or ask, as the host's processes tell. */
  readonly judge?: () => Promise<HostJudgement>;
  /** Who waits for a password below the process `shellPid` of the host. */
  readonly askers?: (shellPid: number) => Promise<readonly Asker[]>;
  /** Whether a job of the login shell `shellPid` has the terminal, as far as the host tells. */
  readonly runsJob?: (shellPid: number) => Promise<boolean>;
}
