import type { Clock, Timer } from "../../clock.ts";
import { ConnectionLostError, type SshError } from "../../errors.ts";
import type { Channel } from "../../transport/transport.ts";
import type { TerminalSize } from "../../terminal/screen.ts";
import { LineModel } from "./line_model.ts";
import type { Tape } from "./record/tape.ts";

/** The pty's size: wide enough that no line editor wraps; IOS-XR complains over 512. */
export const DEVICE_PTY = { term: "vt100", columns: 511, rows: 511 } as const;

/** Why {@link DeviceTerminal.wait} came back. */
export type Woken = "data" | "quiet" | "closed";

/** Taken but not released by the reader, before the far end is held back. */
const HELD_BYTES = 1024 * 1024;
/** Of the terminal that a person watches: output that only scrolls looks alike on any number. */
const WATCHED_ROWS = 50;
/** Rows kept while no command runs; older ones are counted and dropped. */
const IDLE_ROWS = 128;
/** A channel may end just before its connection says why. */
const FAREWELL_MS = 50;

/**
 * A channel with the line model behind it: types, answers terminal queries, waits for quiet.
 *
 * Reads on its own, so that queries are answered and the end is seen while no command runs.
 */
export class DeviceTerminal implements AsyncDisposable {
  readonly model = new LineModel(DEVICE_PTY);
  /** Settles when the channel is gone, with what it left. */
  readonly ended: Promise<SshError | undefined>;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  #version = 0;
  #seen = 0;
  #lastDataAt: number;
  #closed = false;
  #disposed = false;
  #wake: () => void = () => {};
  #makeRoom: () => void = () => {};
  #idle = true;
  #heldBytes = 0;
  #droppedRows = 0;
  #watcher: ((text: string) => void) | undefined;
  readonly #tape: Tape | undefined;

  /** Takes the channel over. */
  constructor(channel: Channel, options: TerminalOptions) {
    this.#channel = channel;
    this.#clock = options.clock;
    this.#lastDataAt = options.clock.now();
    this.#tape = options.tape;
    if (options.read !== undefined) this.#take(options.read);
    this.ended = this.#pump(options.lost);
  }

  /** Grows with each arrival of output. */
  get version(): number {
    return this.#version;
  }

  /** No more will come. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Rows dropped while no command ran, since it was last asked. */
  takeDroppedRows(): number {
    const count = this.#droppedRows;
    this.#droppedRows = 0;
    return count;
  }

  /** While idle, old rows are dropped; while busy the far end is held back instead. */
  setReader(state: "busy" | "idle"): void {
    this.#idle = state === "idle";
    if (this.#idle) this.released();
  }

  /** Passes on the rows of the screen, and from then on all that arrives. */
  watch(watcher: (text: string) => void): TerminalSize {
    watcher(this.model.visibleRows.map((row) => row.trimEnd()).join("\r\n"));
    this.#watcher = watcher;
    return { columns: DEVICE_PTY.columns, rows: WATCHED_ROWS };
  }

  /** Says that rows were released, so that more may come. */
  released(): void {
    this.#heldBytes = 0;
    this.#makeRoom();
  }

  /**
   * Types text as it is.
   *
   * @throws {ConnectionLostError} When the channel is closed.
   */
  type(text: string): Promise<void> {
    this.#tape?.sent(text);
    return this.#channel.write(this.#encoder.encode(text));
  }

  /**
   * Waits for output that the last call did not tell of, for `quietMs` without any, or the end.
   *
   * @throws The signal's reason, when it aborts first.
   */
  async wait(quietMs: number, options: { readonly signal?: AbortSignal } = {}): Promise<Woken> {
    options.signal?.throwIfAborted();
    if (this.#version !== this.#seen) return this.#noteData();
    if (this.#closed) return "closed";
    const leftMs = quietMs - (this.#clock.now() - this.#lastDataAt);
    if (leftMs <= 0) return "quiet";
    const how = await this.#sleepOrWake(leftMs, options.signal);
    options.signal?.throwIfAborted();
    if (this.#version !== this.#seen) return this.#noteData();
    if (this.#closed) return "closed";
    return how === "quiet" ? how : this.wait(quietMs, options);
  }

  /** Calls back after `delayMs` if no output came until then and more may come. */
  ifSilent(delayMs: number, callback: () => void): void {
    const version = this.#version;
    this.#clock.after(delayMs, () => {
      if (version === this.#version && !this.#closed && !this.#disposed) callback();
    });
  }

  /** Counts the quiet from now on, as after typing. */
  restartQuiet(): void {
    this.#lastDataAt = this.#clock.now();
  }

  /** Closes the channel. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#makeRoom();
    await this.#channel[Symbol.asyncDispose]();
  }

  #noteData(): "data" {
    this.#seen = this.#version;
    return "data";
  }

  #sleepOrWake(delayMs: number, signal: AbortSignal | undefined): Promise<"quiet" | "woken"> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const settle = (how: "quiet" | "woken"): void => {
        timer?.[Symbol.dispose]();
        signal?.removeEventListener("abort", onWake);
        this.#wake = () => {};
        resolve(how);
      };
      const onWake = (): void => settle("woken");
      if (Number.isFinite(delayMs)) timer = this.#clock.after(delayMs, () => settle("quiet"));
      signal?.addEventListener("abort", onWake, { once: true });
      this.#wake = onWake;
    });
  }

  get #isFull(): boolean {
    return !this.#idle && this.#heldBytes > HELD_BYTES;
  }

  async #pump(lost: Promise<SshError | undefined>): Promise<SshError | undefined> {
    let fault: SshError | undefined;
    try {
      for await (const bytes of this.#channel.output) {
        this.#take(bytes);
        if (this.#isFull) await new Promise<void>((resolve) => this.#makeRoom = resolve);
        if (this.#disposed) break;
      }
    } catch (error) {
      fault = asLost(error);
    }
    fault ??= this.#disposed ? undefined : await this.#farewell(lost);
    this.#closed = true;
    this.#wake();
    return fault;
  }

  /** The connection's fault, when the channel went with it. */
  async #farewell(lost: Promise<SshError | undefined>): Promise<SshError | undefined> {
    const exit = await this.#channel.exit;
    if (exit.exitStatus !== undefined || exit.exitSignal !== undefined) return undefined;
    using stack = new DisposableStack();
    const patience = new Promise<undefined>((resolve) => {
      stack.use(this.#clock.after(FAREWELL_MS, () => resolve(undefined)));
    });
    return await Promise.race([lost, patience]);
  }

  #take(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#watcher?.(text);
    this.#tape?.got(text);
    const replies = this.model.feed(text);
    if (replies !== "") this.type(replies).catch(() => {});
    this.#heldBytes += bytes.length;
    if (this.#idle) this.#dropOld();
    this.#version++;
    this.#lastDataAt = this.#clock.now();
    this.#wake();
  }

  #dropOld(): void {
    const excess = this.model.cursorRow - this.model.firstRow - IDLE_ROWS;
    if (excess <= 0) return;
    this.model.release(this.model.firstRow + excess);
    this.#droppedRows += excess;
  }
}

/** The means of a {@link DeviceTerminal}, beside its channel. */
export interface TerminalOptions {
  readonly clock: Clock;
  /** Output that came before. */
  readonly read?: Uint8Array;
  /** The connection's end, with its fault. */
  readonly lost: Promise<SshError | undefined>;
  /** Keeps all that passes. */
  readonly tape?: Tape | undefined;
}

function asLost(error: unknown): SshError {
  if (error instanceof ConnectionLostError) return error;
  return new ConnectionLostError(
    `The device's session ended: ${error instanceof Error ? error.message : String(error)}`,
    "Run the command again; a new session is opened for it",
    { cause: error },
  );
}
