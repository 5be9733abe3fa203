import { type Clock, within } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import { newNonce } from "../terminal/nonce.ts";
import type { CommandOutput, Connection } from "../transport/transport.ts";
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
/** Programs, not `$SHELL`: elvish knows no such variable. For a login shell that may run no sh(1). */
const PLAIN_PROBE = "printenv SHELL; uname -s";

/** A far end's answer to an exec request for `uname -s`; "vbash" and "junos": a router's shell. */
export type UnixVerdict = "unix" | "vbash" | "junos" | "other" | "refused";

/** The kind of a far end, and a shell there that waits for a script, where it left one. */
export interface UnixProbe {
  readonly verdict: UnixVerdict;
  readonly waiting?: WaitingShell | undefined;
}

/** A shell in the probe's channel that runs one script; ends by itself where none comes in 5 s. */
export interface WaitingShell extends Disposable {
  /**
   * Runs one line and returns its output up to `ending`; "" where that does not come within `timeoutMs`,
   * undefined where the shell is gone. Only the first call has a shell.
   */
  run(
    script: string,
    options: { readonly ending: string; readonly timeoutMs: number },
  ): Promise<string | undefined>;
}

/** A Unix host answers in milliseconds; a ForceCommand that ignores the end of input never ends. */
const ANSWER_MS = 5_000;
/** A host that is overloaded has said nothing by then: that must not make a device of it. */
const OVERLOADED_MS = 30_000;
/** A ForceCommand that reads its input to the end gets it after so long. */
const INPUT_MS = 1_000;
/** A waiting shell that nobody uses ends after so long. */
const WAITING_MS = 5_000;
/** Exit statuses of a shell that found no sh(1), or may not run it. */
const NOT_RUN = [126, 127];
/** Idents of the servers that Unix hosts run: a device behind one of them mostly answers. */
const UNIX_SERVERS = /^SSH-[\d.]+-(?:OpenSSH|dropbear)[-_]/;
/** Start-up files may print before it; the script's answer lists processes. */
const ANSWER_BYTES = 1024 * 1024;

/**
 * Asks for the login shell and `uname -s` in a channel of its own, for 5 s at most; for 30 s where a
 * server as Unix hosts have it says nothing but a path.
 *
 * "refused" when sshd grants no channel or no exec request: a device, or MaxSessions is reached.
 */
export async function probeUnix(
  connection: Connection,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<UnixProbe> {
  if (isWindowsServer(connection.ident)) return { verdict: "other" };
  const dialogue = new ProbeDialogue(connection, options);
  try {
    const { text, exitStatus } = await dialogue.ask();
    const verdict = verdictOf(text);
    if (verdict === "other" && NOT_RUN.includes(exitStatus ?? 0)) {
      const limits = { limitBytes: ANSWER_BYTES, timeoutMs: ANSWER_MS, until: isAnswer };
      const plain = await connection.run(PLAIN_PROBE, { ...limits, signal: options.signal });
      return { verdict: verdictOf(plain.text) };
    }
    return { verdict, waiting: verdict === "unix" ? dialogue.waiting() : undefined };
  } catch (error) {
    if (dialogue.isLate && options.signal?.aborted !== true) return { verdict: "other" };
    if (error instanceof ChannelError) return { verdict: "refused" };
    throw error;
  } finally {
    dialogue.settle();
  }
}

function verdictOf(text: string): UnixVerdict {
  if (!SYSTEMS.test(text)) return JUNOS.test(text) ? "junos" : "other";
  return ROUTER_SHELL.test(text) ? "vbash" : "unix";
}

/**
 * The probe: a shell that prints its facts and then reads one line of script. Only a shell that runs
 * the words prints its process id before the nonce: nothing is typed to another program. Linux tells
 * its name in a file, which spares a process; elsewhere the shell ends with uname(1). `read` takes a
 * system call for each byte, so a script that comes through a pipe is read as a file.
 */
function probeCommand(nonce: string): string {
  return `sh -c 'if read -r s </proc/sys/kernel/ostype; then ` +
    `printf "%s\\n%s\\n%s ${nonce}\\n" "$SHELL" "$s" $$; ` +
    `if [ -p /dev/stdin ] && [ -r /dev/stdin ]; then . /dev/stdin; else read -r s && eval "$s"; fi; ` +
    `else printf "%s\\n" "$SHELL"; uname -s; fi'`;
}

/** One probe and, where its shell waits, the script after it. */
class ProbeDialogue {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #late = new AbortController();
  readonly #nonce = newNonce();
  readonly #input = Promise.withResolvers<string | void>();
  readonly #ready = Promise.withResolvers<CommandOutput>();
  #output: Promise<CommandOutput> | undefined;
  #isSilent = true;
  #isWaiting = false;
  #isKept = false;
  #ending: string | undefined;

  constructor(
    connection: Connection,
    { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Whether it was given up for want of an answer. */
  get isLate(): boolean {
    return this.#late.signal.aborted;
  }

  /** The output so far when the facts are there, or all of it. */
  async ask(): Promise<CommandOutput> {
    const isUnixServer = UNIX_SERVERS.test(this.#connection.ident);
    if (!isUnixServer) this.#input.resolve();
    using _patience = this.#clock.after(INPUT_MS, () => this.#input.resolve());
    const late = this.#late.signal;
    this.#output = this.#connection.run(probeCommand(this.#nonce), {
      limitBytes: ANSWER_BYTES,
      timeoutMs: OVERLOADED_MS,
      until: (text) => this.#isWhole(text),
      signal: this.#signal === undefined ? late : AbortSignal.any([this.#signal, late]),
      input: this.#input.promise,
    });
    const answering = Promise.race([this.#ready.promise, this.#output]);
    const early = await within(this.#clock, ANSWER_MS, answering);
    if (early === undefined && (!this.#isSilent || !isUnixServer)) this.#late.abort();
    return early ?? await answering;
  }

  /** The shell that waits, where there is one; at most once. */
  waiting(): WaitingShell | undefined {
    if (!this.#isWaiting) return undefined;
    this.#isKept = true;
    const end = (): void => this.#input.resolve();
    const timer = this.#clock.after(WAITING_MS, end);
    const room = this.#connection.offerRoom(async () => {
      end();
      await this.#output?.catch(() => {});
    });
    const leave = (): void => {
      timer[Symbol.dispose]();
      room[Symbol.dispose]();
    };
    void this.#output?.then(leave, leave);
    return {
      run: async (script, { ending, timeoutMs }) => {
        this.#ending = ending;
        this.#input.resolve(`${script}\n`);
        leave();
        const text = this.#output?.then((output) => output.text, () => "") ?? Promise.resolve("");
        const said = await within(this.#clock, timeoutMs, text);
        return said === undefined ? "" : said.includes(ending) ? said : undefined;
      },
      [Symbol.dispose]: end,
    };
  }

  /** Ends the input, unless a shell waits for a script. */
  settle(): void {
    if (!this.#isKept) this.#input.resolve();
  }

  /** Asked after each piece. */
  #isWhole(text: string): boolean {
    this.#isSilent = isBeginning(text);
    if (this.#ending !== undefined) return text.includes(this.#ending);
    if (!isAnswer(text)) return false;
    this.#isWaiting = text.split("\n").some((line) =>
      /^\d{1,10} /.test(line) && line.endsWith(` ${this.#nonce}`)
    );
    if (this.#isWaiting) this.#ready.resolve({ text, isComplete: true });
    return !this.#isWaiting;
  }
}

/** The login shell's path may come long before the system's name where the host is overloaded. */
function isBeginning(text: string): boolean {
  return /^\/[^\n]*\n?$/.test(text);
}

function isAnswer(text: string): boolean {
  return text.includes("\n") && (SYSTEMS.test(text) || JUNOS.test(text));
}
