import { ChannelError, SshError } from "../../errors.ts";
import type { ChannelExit } from "../../transport/transport.ts";
import { channelStatus, type ToldStatus } from "./exit_status.ts";
import { closedShell, endedShell, lostShell, refusedLogin } from "./shell_errors.ts";

/** The facts at the end of a pty. */
export interface LastFacts {
  /** The channel's exit, or what went wrong while its output was read. */
  readonly end: ChannelExit | { readonly thrown: unknown };
  /** Whether we closed it. */
  readonly closing: "asked" | "unasked";
  /** Why the connection is gone, if it is. */
  readonly fault: SshError | undefined;
  /** Output of the start-up files, until the first prompt that was set. */
  readonly startUpText: string | undefined;
}

/** The meaning of a pty's end. */
export interface ShellEnd {
  /** For the commands that were typed: their status, or why there is none. */
  readonly how: ToldStatus | SshError;
  /** For a command that waited to be typed. */
  readonly forWaiting: SshError;
}

/** Judges how a shell ended: by itself with a status, by us, or with its connection. */
export function judgeEnd(facts: LastFacts): ShellEnd {
  if ("thrown" in facts.end) {
    const how = faultOf(facts.end.thrown);
    return { how, forWaiting: how };
  }
  if (facts.closing === "asked") return { how: closedShell(), forWaiting: closedShell() };
  const told = channelStatus(facts.end);
  const how = told ?? facts.fault ?? lostShell();
  if (facts.startUpText !== undefined && facts.fault === undefined) {
    return { how, forWaiting: refusedLogin(told, facts.startUpText) };
  }
  return { how, forWaiting: how instanceof SshError ? how : endedShell() };
}

function faultOf(thrown: unknown): SshError {
  if (thrown instanceof SshError) return thrown;
  return new ChannelError(
    `The shell was given up after an internal fault: ${
      thrown instanceof Error ? thrown.message : String(thrown)
    }`,
    "Check what the command did before running it again; please report this",
    { cause: thrown },
  );
}
