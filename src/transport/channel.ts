import { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";
import { ConnectionLostError } from "../errors.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { ClientWatch } from "./ssh2/client_watch.ts";
import { takeWindowAdjustment } from "./ssh2/protocol_access.ts";
import type { Ssh2Channel } from "./ssh2/ssh2_client.ts";
import type { Channel, ChannelExit } from "./transport.ts";
import { encodeFields, type Field } from "./fields.ts";

const outputLimitBytes = 512 * 1024;
/** SSH_MSG_CHANNEL_WINDOW_ADJUST. */
const channelWindowAdjust = 93;
/** SSH_MSG_CHANNEL_REQUEST. */
const channelRequest = 98;
const unreadErrorOutputBytes = 256 * 1024;

/**
 * A session channel over ssh2's (RFC 4254 §6).
 *
 * The incoming bytes bypass ssh2's stream: they reach a waiting reader in the same turn of the
 * event loop, and the exit is known even when nobody reads.
 */
export class SessionChannel implements Channel {
  readonly output: AsyncIterable<Uint8Array>;
  readonly errorOutput: AsyncIterable<Uint8Array>;
  readonly exit: Promise<ChannelExit>;
  readonly #channel: Ssh2Channel;
  readonly #out: ByteQueue;
  readonly #err: ByteQueue;
  readonly #pendingWrites = new Set<(cause: Error) => void>();
  readonly #lost: () => Error | undefined;
  readonly #send: (message: Uint8Array) => void;
  readonly #windowBytes: number;
  #settleExit: (exit: ChannelExit) => void = () => {};
  #seenExit: ChannelExit = {};
  #readsErrors = false;
  readonly #subscription: Disposable;
  readonly #onLeave: () => void;
  readonly #onBytes: () => void;
  #isLeaving = false;
  #gone = false;

  /** `lost`: why the connection went, once it has. */
  constructor(channel: Ssh2Channel, options: SessionChannelOptions) {
    this.#channel = channel;
    this.#lost = options.lost;
    this.#send = options.send;
    this.#windowBytes = options.windowBytes;
    this.#onLeave = options.onLeave;
    this.#onBytes = options.onBytes;
    const queue = { clock: options.clock, limitBytes: outputLimitBytes };
    this.#out = new ByteQueue({ ...queue, onRoom: () => this.#reopenWindow() });
    this.#err = new ByteQueue({ ...queue, onRoom: () => this.#reopenWindow() });
    this.output = this.#out;
    this.errorOutput = { [Symbol.asyncIterator]: () => this.#readErrors() };
    this.exit = new Promise((resolve) => this.#settleExit = resolve);
    this.#attach();
    this.#subscription = options.watch.onClose(() => this.#finish());
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#gone || !this.#channel.writable) return Promise.reject(this.#closedError());
    this.#onBytes();
    return new Promise((resolve, reject) => {
      this.#pendingWrites.add(reject);
      this.#channel.write(asBuffer(data), (error) => {
        this.#pendingWrites.delete(reject);
        if (error) reject(this.#closedError(error));
        else resolve();
      });
    });
  }

  end(): void {
    this.#channel.end();
  }

  signal(name: string): void {
    this.#request("signal", name);
  }

  resize(columns: number, rows: number): void {
    const [width, height] = [columns, rows].map((value) => ({ uint32: value }));
    this.#request("window-change", width!, height!, { uint32: 0 }, { uint32: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#out.discard();
    this.#err.discard();
    if (this.#gone) return;
    this.#leave();
    this.#channel.close();
    // A peer that never confirms (or a dead link) must not hold the one who closes.
    await Promise.resolve();
  }

  /** ssh2's own requests are dropped after end of input, and know few signals. */
  #request(type: string, ...fields: readonly Field[]): void {
    const { state, id } = this.#channel.outgoing;
    if (this.#gone || (state !== "open" && state !== "eof")) return;
    const recipient = { uint32: id };
    this.#send(
      encodeFields({ byte: channelRequest }, recipient, type, { boolean: false }, ...fields),
    );
  }

  /** Hooks into the places where ssh2 hands over bytes, the exit and the end. */
  #attach(): void {
    const channel = this.#channel;
    channel.push = (chunk: Buffer | null) =>
      chunk === null ? this.#endOutput() : this.#wants(() => this.#out.push(chunk));
    channel.stderr.push = (chunk: Buffer | null) =>
      chunk !== null && this.#wants(() => this.#pushError(chunk));
    channel.on("error", () => {});
    channel.on("exit", (status: number | null, signal?: string) => {
      this.#seenExit = status === null ? namedSignal(signal) : { exitStatus: status };
    });
  }

  /** Always false, so that ssh2 does not top the window up to 2 MiB, however small it was opened. */
  #wants(push: () => boolean): false {
    if (this.#isLeaving) return false;
    this.#onBytes();
    if (push()) this.#reopenWindow();
    return false;
  }

  #pushError(chunk: Uint8Array): boolean {
    if (this.#readsErrors) return this.#err.push(chunk);
    // Nobody reads yet: the first 256 KiB wait, the rest is dropped rather than block the output.
    if (this.#err.queuedBytes < unreadErrorOutputBytes) this.#err.push(chunk);
    return true;
  }

  #readErrors(): AsyncIterator<Uint8Array> {
    this.#readsErrors = true;
    return this.#err[Symbol.asyncIterator]();
  }

  /** ssh2 pushes null at EOF and again at CLOSE, where it has set the state before. */
  #endOutput(): false {
    this.#out.end();
    this.#err.end();
    if (this.#channel.incoming.state === "closed") this.#finish();
    return false;
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#leave();
    this.#subscription[Symbol.dispose]();
    this.#out.end();
    this.#err.end();
    this.#settleExit(this.#seenExit);
    for (const reject of this.#pendingWrites) reject(this.#closedError());
    this.#pendingWrites.clear();
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#onLeave();
  }

  /** The window of a channel that is being closed is not opened again. */
  #reopenWindow(): void {
    if (this.#gone || this.#isLeaving) return;
    const bytes = takeWindowAdjustment(this.#channel, this.#windowBytes);
    if (bytes === 0) return;
    const recipient = { uint32: this.#channel.outgoing.id };
    this.#send(encodeFields({ byte: channelWindowAdjust }, recipient, { uint32: bytes }));
  }

  #closedError(cause?: Error): Error {
    return this.#lost() ?? new ConnectionLostError(
      "The channel is closed",
      "Run the command again; a new shell is opened for it",
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Partners of a {@link SessionChannel}. */
export interface SessionChannelOptions {
  readonly clock: Clock;
  readonly watch: ClientWatch;
  readonly send: (message: Uint8Array) => void;
  /** The most that may be on its way (RFC 4254 §5.2), as the channel was opened. */
  readonly windowBytes: number;
  readonly lost: () => Error | undefined;
  /** Called when bytes come or go. */
  readonly onBytes: () => void;
  /** Called once, when either side closes the channel. */
  readonly onLeave: () => void;
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function namedSignal(signal: string | undefined): ChannelExit {
  return signal === undefined ? {} : { exitSignal: signal.replace(/^SIG/, "") };
}
