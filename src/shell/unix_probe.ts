import type { Clock } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import type { Channel, Connection } from "../transport/transport.ts";

/** What uname(1) answers on the systems that have a Unix shell behind their sshd. */
const SYSTEMS =
  /^(?:Linux|Darwin|(?:Free|Net|Open|DragonFly)BSD|DragonFly|SunOS|AIX|HP-UX|GNU(?:\/kFreeBSD)?|Minix|Haiku|CYGWIN_NT\S*|MSYS_NT\S*|MINGW\S*|QNX|OSF1|IRIX64?)$/m;

/** What a far end made of an exec request for `uname -s`. */
export type UnixVerdict = "unix" | "other" | "refused";

/** A Unix host answers in milliseconds; a ForceCommand that ignores the end of input never ends. */
const ANSWER_MS = 5_000;

/**
 * Asks `uname -s` in a channel of its own, with its standard input closed, for 5 s at most.
 *
 * "refused" when sshd grants no channel or no exec request: a device, or MaxSessions is reached.
 */
export async function probeUnix(
  connection: Connection,
  options: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<UnixVerdict> {
  const { clock, signal } = options;
  try {
    const channel = await connection.exec("uname -s", signal === undefined ? {} : { signal });
    channel.end();
    const verdict = Promise.withResolvers<UnixVerdict>();
    readToEnd(channel, clock, verdict.resolve).catch(verdict.reject);
    return await verdict.promise;
  } catch (error) {
    if (error instanceof ChannelError) return "refused";
    throw error;
  }
}

/**
 * Tells the verdict as soon as it is there, and leaves the channel to end by itself: a server in
 * Python lost its connection when a channel was closed under a command that had not ended.
 */
async function readToEnd(
  channel: Channel,
  clock: Clock,
  tell: (verdict: UnixVerdict) => void,
): Promise<void> {
  await using _closed = channel;
  using _limit = clock.after(ANSWER_MS, () => void channel[Symbol.asyncDispose]());
  const decoder = new TextDecoder();
  let answer = "";
  for await (const chunk of channel.output) {
    answer += decoder.decode(chunk, { stream: true });
    if (SYSTEMS.test(answer) && answer.includes("\n")) tell("unix");
    if (answer.length > 65_536) break;
  }
  tell(SYSTEMS.test(answer) ? "unix" : "other");
}
