import { Buffer } from "node:buffer";
import { type Clock, within } from "../clock.ts";
import { ConnectionLostError, PrivilegeError, UnsupportedError } from "../errors.ts";
import { quoteRemote } from "../transport/remote_text.ts";
import type { Channel, Connection } from "../transport/transport.ts";

/** One run of a script on a host. */
export interface HostScript {
  readonly clock: Clock;
  /** POSIX; `$N` is the nonce that its own lines begin with. */
  readonly script: string;
  /**
   * A command without quotes, backslashes and exclamation marks: where it fails, the script is not
   * sent, and it says but "end".
   */
  readonly condition?: string | undefined;
  /** Its standard input. */
  readonly input?: Uint8Array | undefined;
  /** The user it runs as, by sudo(8), in place of the one who logged in. */
  readonly owner?: string | undefined;
  /** Answers sudo's question, once. */
  readonly sudoPassword?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A line that a script said, and the bytes behind it up to the next. */
export interface Said {
  readonly words: string;
  readonly bytes: Uint8Array;
}

const ANSWER_MS = 30_000;
/** Of pieces of output and of a list of thousands of records. */
const ANSWER_BYTES = 24 * 1024 * 1024;
const NOISE_BYTES = 256 * 1024;
const ERROR_CHARS = 2_000;

/**
 * Runs a script by `sh` in a channel of its own, whatever the login shell, and reads what it says.
 *
 * Script and input go by standard input, once the far end has shown that it runs the command it was
 * given; a password goes only after the prompt with this run's nonce.
 *
 * @throws {UnsupportedError} Where the far end runs no script.
 * @throws {PrivilegeError} Where sudo refuses.
 * @throws {ConnectionLostError} Where the connection goes first, or no answer comes within 30 s.
 */
export async function runHostScript(
  connection: Connection,
  options: HostScript,
): Promise<readonly Said[]> {
  const nonce = crypto.randomUUID().replaceAll("-", "");
  await using channel = await connection.exec(commandLine(nonce, options), {
    signal: options.signal,
  });
  const run = new ScriptRun(channel, nonce, options);
  const late = new AbortController();
  using _timer = options.clock.after(ANSWER_MS, () => late.abort());
  const signal = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])]);
  const close = (): void => void channel[Symbol.asyncDispose]();
  signal.addEventListener("abort", close, { once: true });
  try {
    await Promise.race([run.read(), run.over]);
  } finally {
    signal.removeEventListener("abort", close);
  }
  options.signal?.throwIfAborted();
  if (late.signal.aborted) throw silent();
  const said = run.said();
  if (said.length > 0) return said;
  const fault = await within(options.clock, 50, connection.closed);
  throw fault ?? run.failure();
}

/**
 * Without a quote, a backslash or an exclamation mark inside, the quoted part means the same to POSIX
 * shells, fish and csh.
 */
function commandLine(nonce: string, { owner, sudoPassword, condition }: HostScript): string {
  const loop = 'while IFS= read -r l; do case $l in .) break;; esac; printf "%s\\n" "$l"; done';
  const run = `echo; echo $N ready; eval "$(${loop})"`;
  const all = condition === undefined
    ? run
    : `if ${condition}; then ${run}; else echo; echo $N end; fi`;
  const boot = `sh -c 'N=${nonce}; trap "echo; echo $N finished" EXIT; ${all}'`;
  if (owner === undefined) return boot;
  const asks = sudoPassword === undefined ? "-n" : `-S -p '${prompt(nonce)}'`;
  return `sudo ${asks} -H -u ${owner} ${boot}`;
}

function prompt(nonce: string): string {
  return `[${nonce} asks]`;
}

class ScriptRun {
  readonly #channel: Channel;
  readonly #nonce: string;
  readonly #options: HostScript;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #noise = "";
  #errors = "";
  #state: "waiting" | "answered" | "refused" | "sent" = "waiting";
  #settleOver: () => void = () => {};
  /**
   * Settles with the script's last line. The channel may stay open for longer: a process that a
   * start-up file put into the background has it, too.
   */
  readonly over = new Promise<void>((resolve) => this.#settleOver = resolve);

  constructor(channel: Channel, nonce: string, options: HostScript) {
    this.#channel = channel;
    this.#nonce = nonce;
    this.#options = options;
  }

  async read(): Promise<void> {
    await Promise.all([this.#readOutput(), this.#readErrors()]);
  }

  /** The script's own lines, but those that say it is ready and finished. */
  said(): readonly Said[] {
    const output = Buffer.concat(this.#chunks);
    const mark = `\n${this.#nonce} `;
    const found: Said[] = [];
    for (let at = output.indexOf(mark); at >= 0;) {
      const lineEnd = output.indexOf("\n", at + 1);
      if (lineEnd < 0) break;
      const next = output.indexOf(mark, lineEnd);
      const words = output.toString("utf8", at + mark.length, lineEnd);
      if (words !== "ready" && words !== "finished") {
        const bytes = output.subarray(
          lineEnd + 1,
          next < 0 ? undefined : Math.max(next, lineEnd + 1),
        );
        found.push({ words, bytes });
      }
      at = next;
    }
    return found;
  }

  failure(): Error {
    const seen = this.#errors.replaceAll(prompt(this.#nonce), "").trim();
    const { owner } = this.#options;
    if (owner !== undefined && this.#state !== "sent") return refused(owner, seen);
    return new UnsupportedError(
      `The host runs no script to look after durable commands: ${quoteRemote(seen || "no answer")}`,
      "Its account may be limited to SFTP or to one command; use another account",
    );
  }

  async #readOutput(): Promise<void> {
    for await (const chunk of this.#channel.output) {
      this.#bytes += chunk.length;
      if (this.#bytes > ANSWER_BYTES) throw tooMuch();
      if (this.#state !== "sent") this.#watch(Buffer.from(chunk).toString("latin1"));
      this.#chunks.push(chunk.slice());
      if (this.#isOver(chunk)) this.#settleOver();
    }
  }

  /** The last line may have come in two pieces. */
  #isOver(chunk: Uint8Array): boolean {
    const mark = `\n${this.#nonce} finished\n`;
    const tail = chunk.length < mark.length ? this.#chunks.slice(-mark.length) : [chunk];
    return Buffer.concat(tail).toString("latin1").endsWith(mark);
  }

  async #readErrors(): Promise<void> {
    for await (const chunk of this.#channel.errorOutput) {
      const text = Buffer.from(chunk).toString("latin1");
      this.#errors = (this.#errors + text).slice(-ERROR_CHARS);
      if (this.#state !== "sent") this.#answer();
    }
  }

  #watch(text: string): void {
    this.#noise = (this.#noise + text).slice(-NOISE_BYTES);
    if (!this.#noise.includes(`\n${this.#nonce} ready\n`)) return;
    this.#state = "sent";
    const script = Buffer.from(`${this.#options.script}\n.\n`);
    const input = this.#options.input ?? new Uint8Array();
    this.#channel.write(Buffer.concat([script, input]))
      .then(() => this.#channel.end(), () => {});
  }

  #answer(): void {
    const questions = this.#errors.split(prompt(this.#nonce)).length - 1;
    const { sudoPassword } = this.#options;
    if (questions === 0 || sudoPassword === undefined) return;
    if (this.#state === "waiting") {
      this.#state = "answered";
      this.#channel.write(Buffer.from(`${sudoPassword}\n`)).catch(() => {});
    } else if (questions > 1) {
      this.#state = "refused";
      this.#channel.end();
    }
  }
}

function refused(owner: string, seen: string): PrivilegeError {
  return new PrivilegeError(
    `The command's record belongs to ${owner}, and sudo does not let it be read: ${
      quoteRemote(seen || "it said nothing")
    }`,
    `Allow sudo without a password for ${owner} there, or read the record in a shell of ${owner}`,
  );
}

function silent(): ConnectionLostError {
  return new ConnectionLostError(
    `The host did not answer within ${ANSWER_MS / 1000} s`,
    "The command itself is not affected; ask again",
  );
}

function tooMuch(): ConnectionLostError {
  return new ConnectionLostError(
    `The host answered with more than ${ANSWER_BYTES / 1024 / 1024} MiB`,
    "Make the login shell's start-up files silent, and check what answers on this host",
  );
}
