import { type Clock, within } from "../../clock.ts";
import type { Channel, Connection } from "../../transport/transport.ts";
import type { HostLines } from "./start_line.ts";

/** The parts of {@link HostSignals}. */
export interface HostSignalsOptions {
  readonly clock: Clock;
  readonly lines: HostLines;
  readonly nonce: string;
  readonly ready: { readonly pid: string };
}

const RUN_MS = 5_000;
const RUN_BYTES = 64 * 1024;
/** sshd delivers no signals under ForceCommand, nor before OpenSSH 7.9: then a command line does. */
const UNHEARD_MS = 700;
/** Reaping and one line take no longer; what goes on after that is for the next signal. */
const STOP_MS = 1_000;
const KILL_MS = 1_000;

/** Stops commands and ends PowerShell from beside its channel. */
export class HostSignals {
  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #options: HostSignalsOptions;
  #last = "INT";
  #isOver: () => boolean = () => true;
  #finished = Promise.withResolvers<void>();
  #heard = Promise.withResolvers<void>();
  #isStopping = false;
  /** Settles when no stop is under way that the next command could get. */
  settled: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, channel: Channel, options: HostSignalsOptions) {
    this.#connection = connection;
    this.#channel = channel;
    this.#options = options;
  }

  /** The signal that was asked for last. */
  get last(): string {
    return this.#last;
  }

  /** Stops the command that runs, as Ctrl-C does in a console. */
  async stop(name: string, isOver: () => boolean): Promise<void> {
    this.#last = name;
    this.#isOver = isOver;
    this.#finished = Promise.withResolvers();
    this.#heard = Promise.withResolvers();
    this.#isStopping = true;
    const stopping = this.#stop();
    this.settled = Promise.allSettled([this.settled, stopping]);
    await stopping;
  }

  /** The command was asked to stop and has not ended: what still asks is not for the caller. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** The loop has begun to stop the command. */
  heard(): void {
    this.#heard.resolve();
  }

  /** PowerShell itself reads, as Read-Host does, and only a line ends that; one for each that it asks. */
  async end(line: string): Promise<void> {
    if (!this.#isStopping || this.#isOver()) return;
    const lineEnd = this.#options.lines.system === "windows" ? "\r\n" : "\n";
    await this.#channel.write(new TextEncoder().encode(line + lineEnd)).catch(() => {});
  }

  /** The command has ended. */
  over(): void {
    this.#isStopping = false;
    this.#finished.resolve();
  }

  /** Ends PowerShell; resolves when it is gone, or all was tried. */
  async kill(): Promise<void> {
    const { lines, ready } = this.#options;
    const isUnix = lines.system === "unix";
    // On Windows the first child alone would end, and what got out of its job would stay.
    if (isUnix) this.#channel.signal("TERM");
    else await this.#run(lines.kill(ready.pid));
    if (await this.#isGone(KILL_MS)) return;
    if (isUnix) await this.#run(lines.kill(ready.pid));
    else this.#channel.signal("KILL");
    await this.#isGone(KILL_MS);
  }

  async #stop(): Promise<void> {
    const { lines, nonce, ready } = this.#options;
    const line = lines.stop(nonce, ready.pid);
    if (lines.system === "unix") this.#channel.signal("INT");
    if (lines.system !== "unix" || !await this.#isHeard(UNHEARD_MS)) await this.#run(line);
    await this.#isStopped(STOP_MS);
  }

  /** Whether a stop arrived in time, so that none by another way is needed. */
  async #isHeard(limitMs: number): Promise<boolean> {
    const heard = Promise.race([this.#heard.promise, this.#finished.promise]).then(() => true);
    return await within(this.#options.clock, limitMs, heard) === true;
  }

  async #isStopped(limitMs: number): Promise<boolean> {
    if (this.#isOver()) return true;
    await within(this.#options.clock, limitMs, this.#finished.promise);
    return this.#isOver();
  }

  async #isGone(limitMs: number): Promise<boolean> {
    const { clock } = this.#options;
    return await within(clock, limitMs, this.#channel.exit.then(() => true)) === true;
  }

  async #run(line: string): Promise<void> {
    const limits = { limitBytes: RUN_BYTES, timeoutMs: RUN_MS };
    await this.#connection.run(line, limits).catch(() => {});
  }
}
