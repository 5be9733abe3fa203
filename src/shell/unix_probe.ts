import { type Clock, within } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";
import { isWindowsServer } from "../transport/windows_server.ts";

/**
 * Answers of uname(1) on the systems that have a Unix shell behind their sshd. Cygwin's and MSYS's
 * is not one of them: their programs may stand in the PATH of a Windows shell, such as Git's do.
 */
const SYSTEMS =
  /^(?:Linux|Darwin|(?:Free|Net|Open|DragonFly)BSD|DragonFly|SunOS|AIX|HP-UX|GNU(?:\/kFreeBSD)?|Minix|Haiku|QNX|OSF1|IRIX64?)$/m;

/**
 * VyOS and EdgeOS are Linux, and their login shell is a bash that is the router's command line: its
 * modes and its commands need their own driver.
 */
const ROUTER_SHELL = /^\/(?:usr\/)?bin\/vbash$/m;
/** Junos is FreeBSD below, and gives root a csh from which `cli` leads to the router's command line. */
const JUNOS = /^JUNOS$/m;
/** A program, not `$SHELL`: elvish knows no such variable. */
const PROBE = "printenv SHELL; uname -s";

/** A far end's answer to an exec request for `uname -s`; "vbash" and "junos": a router's shell. */
export type UnixVerdict = "unix" | "vbash" | "junos" | "other" | "refused";

/** A Unix host answers in milliseconds; a ForceCommand that ignores the end of input never ends. */
const ANSWER_MS = 5_000;
/** A host that is overloaded has said nothing by then: that must not make a device of it. */
const OVERLOADED_MS = 30_000;
/** Idents of the servers that Unix hosts run: a device behind one of them mostly answers. */
const UNIX_SERVERS = /^SSH-[\d.]+-(?:OpenSSH|dropbear)[-_]/;
/** Start-up files may print before it. */
const ANSWER_BYTES = 256 * 1024;

/**
 * Asks for the login shell and `uname -s` in a channel of its own, with its standard input closed,
 * for 5 s at most; for 30 s where a server as Unix hosts have it says nothing but a path.
 *
 * "refused" when sshd grants no channel or no exec request: a device, or MaxSessions is reached.
 */
export async function probeUnix(
  connection: Connection,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<UnixVerdict> {
  const { ident } = connection;
  if (isWindowsServer(ident)) return "other";
  const late = new AbortController();
  let isSilent = true;
  const answering = connection.run(PROBE, {
    limitBytes: ANSWER_BYTES,
    timeoutMs: OVERLOADED_MS,
    until: (text) => {
      isSilent = isBeginning(text);
      return isAnswer(text);
    },
    signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
  });
  try {
    const early = await within(clock, ANSWER_MS, answering);
    if (early === undefined && (!isSilent || !UNIX_SERVERS.test(ident))) late.abort();
    const { text } = early ?? await answering;
    if (!SYSTEMS.test(text)) return JUNOS.test(text) ? "junos" : "other";
    return ROUTER_SHELL.test(text) ? "vbash" : "unix";
  } catch (error) {
    if (late.signal.aborted && signal?.aborted !== true) return "other";
    if (error instanceof ChannelError) return "refused";
    throw error;
  }
}

/** The login shell's path may come long before the system's name where the host is overloaded. */
function isBeginning(text: string): boolean {
  return /^\/[^\n]*\n?$/.test(text);
}

function isAnswer(text: string): boolean {
  return text.includes("\n") && (SYSTEMS.test(text) || JUNOS.test(text));
}
