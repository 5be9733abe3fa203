import { Buffer } from "node:buffer";
import { type Clock, within } from "../../clock.ts";
import { ConnectionLostError, PrivilegeError, UnsupportedError } from "../../errors.ts";
import type { Channel, ChannelExit, Connection, PtyRequest } from "../../transport/transport.ts";
import { quoteRemote } from "../../transport/remote_text.ts";
import {
  bootstrapCommand,
  bootstrapGuard,
  type Elevation,
  elevationScript,
  passwordPrompt,
  rootNonce,
  sudoFlags,
} from "./elevation.ts";
import { inKib } from "../../transport/bound_error.ts";
import { TooSlow, withPatience } from "../patience.ts";
import { endsOver, type ScriptLine, scriptLines, withoutOver } from "./script_output.ts";

/** Options of one run of a script. */
export interface ScriptOptions {
  readonly clock: Clock;
  readonly elevation: Elevation;
  /** The script is not run by sudo but calls it, as the function `elevated`; it has no other input. */
  readonly callsSudo?: boolean | undefined;
  /** The script's standard input; pieces that come later are for a script without a terminal. */
  readonly content?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** For all beside the transfer; a minute unless it is given. */
  readonly quietMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The output of a script; its scriptLines report the outcome. */
export interface ScriptResult {
  readonly output: Uint8Array;
  readonly scriptLines: readonly ScriptLine[];
  /** The end of what stands on standard error, for messages. */
  readonly errorText: string;
}

/** A far end that has gone quiet for this long will not go on. */
const SILENCE_MS = 30_000;
/** For all that a script does beside the transfer, a question of sudo's included. */
const QUIET_MS = 60_000;
/** Twice the transfer limit: the content and the noise of start-up files. */
const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024;
/** Errors of a script come within this time behind the end of its output. */
const OVER_MS = 300;
const ERROR_TEXT_CHARS = 2_000;
const PIECE_BYTES = 256 * 1024;

/** A terminal that hands all bytes through (termios(3) raw mode, RFC 4254 §8). */
const RAW_PTY: PtyRequest = {
  term: "dumb",
  columns: 200,
  rows: 50,
  modes: { ECHO: 0, ICANON: 0, ISIG: 0, IEXTEN: 0, ICRNL: 0, IXON: 0, OPOST: 0, ONLCR: 0 },
};

/**
 * Runs a POSIX shell script in an exec channel of its own, whatever the login shell.
 *
 * Script and content go by standard input, never in a command line. A password goes only after
 * the exact prompt with this run's nonce was seen, and once. Where sudo demands a terminal, it
 * gets a raw one.
 *
 * @throws {PrivilegeError} When sudo refuses the password or the user.
 * @throws {UnsupportedError} When the far end runs no such script.
 * @throws {ConnectionLostError} When the connection goes first, or the far end stays silent.
 */
export async function runScript(
  connection: Connection,
  script: string,
  options: ScriptOptions,
): Promise<ScriptResult> {
  try {
    return await new ScriptRun(script, options, "pipe").run(connection);
  } catch (error) {
    if (error !== NEEDS_TERMINAL) throw error;
    return await new ScriptRun(script, options, "pty").run(connection);
  }
}

/** Thrown by a run without a terminal. */
const NEEDS_TERMINAL = new Error("sudo needs a terminal");

class ScriptRun {
  readonly #script: string;
  readonly #options: ScriptOptions;
  readonly #terminal: "pipe" | "pty";
  readonly #nonce = crypto.randomUUID().replaceAll("-", "");
  readonly #chunks: Uint8Array[] = [];
  #outputBytes = 0;
  #sentBytes = 0;
  /** Text in which the prompt and the readiness are looked for; kept short. */
  #awaited = "";
  #errorText = "";
  #state: "booting" | "waiting" | "answered" | "refused" | "sent" = "booting";
  #writing: Promise<unknown> = Promise.resolve();
  #exit: ChannelExit | undefined;
  readonly #over = Promise.withResolvers<"over">();

  constructor(script: string, options: ScriptOptions, terminal: "pipe" | "pty") {
    this.#script = script;
    this.#options = options;
    this.#terminal = terminal;
  }

  async run(connection: Connection): Promise<ScriptResult> {
    const { signal, clock, quietMs = QUIET_MS } = this.#options;
    await using channel = await connection.exec(
      bootstrapCommand(this.#nonce, this.#terminal),
      { signal, pty: this.#terminal === "pty" ? RAW_PTY : undefined },
    );
    const silent = Promise.withResolvers<never>();
    using timer = clock.after(SILENCE_MS, () => silent.reject(this.#silence()));
    const touch = (): void => timer.restart();
    // Nothing else goes to a far end that has not shown it runs the command it was given: a menu
    // or a shell in its place would take script and content for answers and commands.
    this.#write(channel, `${bootstrapGuard(this.#nonce)}\n`);
    const reading = Promise.race([this.#read(channel, touch), silent.promise]);
    const read = await withPatience(reading, {
      clock,
      quietMs,
      transferredBytes: () => this.#outputBytes + this.#sentBytes,
      limitBytes: OUTPUT_LIMIT_BYTES,
      signal,
    });
    if (read instanceof TooSlow) throw tooSlow(read.spentMs);
    return await this.#outcome(connection);
  }

  async #read(channel: Channel, touch: () => void): Promise<void> {
    const errors = async (): Promise<void> => {
      for await (const chunk of channel.errorOutput) {
        touch();
        const text = Buffer.from(chunk).toString("latin1");
        this.#errorText = (this.#errorText + text).slice(-ERROR_TEXT_CHARS);
        this.#watch(channel, text, touch);
      }
    };
    const output = async (): Promise<void> => {
      for await (const chunk of channel.output) {
        touch();
        this.#outputBytes += chunk.length;
        if (this.#outputBytes > OUTPUT_LIMIT_BYTES) throw tooLong();
        this.#chunks.push(chunk.slice());
        if (endsOver(this.#chunks, this.#nonce)) this.#over.resolve("over");
        if (this.#state !== "sent") {
          this.#watch(channel, Buffer.from(chunk).toString("latin1"), touch);
        }
      }
    };
    const ended = Promise.all([errors(), output()]).then(() => channel.exit);
    const isOver = await Promise.race([ended, this.#over.promise]) === "over";
    // Errors may come behind the end of the output.
    const exit = isOver ? await within(this.#options.clock, OVER_MS, ended) : await ended;
    if (this.#state !== "refused") this.#exit = exit;
    if (!isOver) return;
    ended.catch(() => {});
    await channel[Symbol.asyncDispose]();
  }

  /** Sends the script once the right shell is there, and answers the one question before. */
  #watch(channel: Channel, text: string, touch: () => void): void {
    const { elevation } = this.#options;
    if (this.#state === "sent" || this.#state === "refused") return;
    this.#awaited = (this.#awaited + text).slice(-ERROR_TEXT_CHARS);
    if (this.#state === "booting") {
      if (!this.#awaited.includes(`\n${this.#nonce} ready`)) return;
      if (elevation.kind === "none") return this.#send(channel, touch);
      this.#state = "waiting";
      return this.#sendElevation(channel, elevation);
    }
    if (elevation.kind === "none") return;
    if (this.#awaited.includes(`\n${rootNonce(this.#nonce)} ready`)) {
      return this.#send(channel, touch);
    }
    if (!this.#isAsked()) return;
    this.#awaited = "";
    if (this.#state === "answered" || elevation.password === undefined) {
      this.#state = "refused";
      return void channel[Symbol.asyncDispose]();
    }
    this.#state = "answered";
    this.#write(channel, `${elevation.password}\n`);
  }

  #isAsked(): boolean {
    return this.#awaited.includes(passwordPrompt(this.#nonce)) ||
      (this.#terminal === "pty" &&
        /(?:^|[\r\n])doas \([^()\r\n]+\) password: $/.test(this.#awaited));
  }

  #sendElevation(channel: Channel, elevation: Elevation & { kind: "sudo" }): void {
    const hasPassword = elevation.password !== undefined;
    if (this.#options.callsSudo === true) {
      const flags = sudoFlags(this.#nonce, { hasPassword });
      const elevated = `elevated() { sudo ${flags} -- "$@"; }`;
      return this.#write(
        channel,
        `N=${this.#nonce}\n${elevated}\n${this.#script.trim()}\n.\n`,
      );
    }
    const script = elevationScript(this.#nonce, { terminal: this.#terminal, hasPassword });
    this.#write(channel, `${script}\n.\n`);
  }

  #send(channel: Channel, touch: () => void): void {
    this.#state = "sent";
    const script = Buffer.from(`N=${this.#nonce}\n${this.#script.trim()}\n.\n`);
    const content = this.#options.content ?? new Uint8Array();
    const pieces = content instanceof Uint8Array
      ? inPieces(Buffer.concat([script, content]))
      : following(script, content);
    this.#writing = this.#sendAll(channel, pieces, touch);
  }

  async #sendAll(
    channel: Channel,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    touch: () => void,
  ): Promise<void> {
    try {
      for await (const piece of pieces) {
        await channel.write(piece);
        this.#sentBytes += PIECE_BYTES;
        touch();
      }
      if (this.#terminal === "pipe") channel.end();
    } catch {
      // A script that ends early closes its input; what it said tells why.
    }
  }

  #write(channel: Channel, text: string): void {
    this.#writing = channel.write(Buffer.from(text)).catch(() => {});
  }

  async #outcome(connection: Connection): Promise<ScriptResult> {
    await this.#writing;
    const output = withoutOver(Buffer.concat(this.#chunks), this.#nonce);
    const errorText = this.#terminal === "pipe" ? this.#errorText : output.toString("latin1");
    const said = scriptLines(output, this.#nonce);
    // Without a status the connection went first (RFC 4254 §6.10), unless all was said by then.
    const isCut = this.#exit !== undefined && this.#exit.exitStatus === undefined &&
      this.#exit.exitSignal === undefined;
    if (isCut && said.at(-1)?.word !== "facts") throw await lost(connection);
    if (this.#state !== "refused" && said.some(({ word }) => !/^(?:ready|nosudo)$/.test(word))) {
      const bytes = new Uint8Array(output.buffer, output.byteOffset, output.length);
      return { output: bytes, scriptLines: said, errorText };
    }
    const isShort = output.length < ERROR_TEXT_CHARS;
    throw this.#failure(said, errorText || (isShort ? output.toString("latin1") : ""));
  }

  /** Why the script did not even begin. */
  #failure(said: readonly ScriptLine[], errorText: string): Error {
    const seen = lastLines(errorText, [passwordPrompt(this.#nonce), this.#nonce]);
    if (this.#options.elevation.kind === "sudo" && said.length > 0) {
      if (said.some(({ word }) => word === "nosudo")) return noSudo();
      if (this.#state === "refused") return wrongPassword();
      if (/\btty\b|terminal is required/i.test(seen) && this.#terminal === "pipe") {
        return NEEDS_TERMINAL;
      }
      return refusedUser(seen, this.#options.elevation);
    }
    return new UnsupportedError(
      `The far end runs no shell script: ${quoteRemote(seen || "it said nothing")}`,
      "Its account may be limited to SFTP or to one command; use another account",
    );
  }

  #silence(): Error {
    const seen = quoteRemote(lastLines(this.#errorText, [this.#nonce]) || "nothing");
    return new ConnectionLostError(
      `The far end was silent for ${SILENCE_MS / 1000} s; last it said ${seen}`,
      "Try again, or do it with execute_command, where questions can be answered",
    );
  }
}

/** So that a slow line is not taken for a silent one. */
function* inPieces(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += PIECE_BYTES) yield data.subarray(at, at + PIECE_BYTES);
}

async function* following(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function tooSlow(spentMs: number): ConnectionLostError {
  return new ConnectionLostError(
    `The script that works on the file was not finished after ${Math.round(spentMs / 1000)} s`,
    "Try again, or use execute_command",
  );
}

function tooLong(): ConnectionLostError {
  return new ConnectionLostError(
    `The script that works on the file printed more than ${inKib(OUTPUT_LIMIT_BYTES)}`,
    "Make the login shell's start-up files silent, and check what answers on this host",
  );
}

/** The last two lines that are not ours, in printable characters. */
function lastLines(text: string, ours: readonly string[]): string {
  return text.split(/[\r\n]+/)
    .map((line) => ours.reduce((rest, own) => rest.replaceAll(own, ""), line).trim())
    .filter((line) => line !== "" && !/^(?:root )?ready$/.test(line))
    .slice(-2).join(" ");
}

/** The connection's own fault, where it went and not the channel alone. */
async function lost(connection: Connection): Promise<Error> {
  const fault = await Promise.race([connection.closed, Promise.resolve(undefined)]);
  return fault ?? new ConnectionLostError("The connection was lost", "Try again");
}

function noSudo(): PrivilegeError {
  return new PrivilegeError(
    "The host has neither sudo nor doas",
    "Use an account that may do it, or su with execute_command",
  );
}

function wrongPassword(): PrivilegeError {
  return new PrivilegeError(
    "sudo refused the password (one attempt was made)",
    "Pass the right sudo_password",
  );
}

/** sudo(8) does not run a shell as root for this user. */
export class SudoRefusedError extends PrivilegeError {
  /** Whether sudoers(5) may still allow another command: sudo knows the user, or did not ask. */
  readonly mayAllowOthers: boolean;

  constructor(seen: string, advice: string, options: { readonly mayAllowOthers: boolean }) {
    super(seen, advice);
    this.mayAllowOthers = options.mayAllowOthers;
  }
}

/** Parts of sudo's messages in the C locale. */
const MAY_ALLOW_OTHERS = ["is not allowed to execute", "a password is required"];

function refusedUser(seen: string, elevation: Elevation): SudoRefusedError {
  const needsPassword = elevation.kind === "sudo" && elevation.password === undefined &&
    /password|Authentication/i.test(seen);
  return new SudoRefusedError(
    `sudo refused: ${quoteRemote(seen || "it said nothing")}`,
    needsPassword ? "Pass sudo_password" : "Ask for a sudoers rule, or use another account",
    { mayAllowOthers: MAY_ALLOW_OTHERS.some((part) => seen.includes(part)) },
  );
}
