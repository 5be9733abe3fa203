import type { Clock } from "../clock.ts";

/** Consumed without a pause by one stream before the others get their turn. */
const turnBytes = 256 * 1024;
const restMs = 1;
/** Bytes that flow without a rest after a pause: a file of the transfer limit, 10 ms of work. */
const burstBytes = 2 * 1024 * 1024 + 64 * 1024;
const pauseMs = 20;
const SMALL_BYTES = 1_024;
const GATHERED_BYTES = 16 * 1_024;
/** As many chunks are kept as they came. */
const FEW = 32;

/**
 * Bytes on their way from the network to one reader, as an async iterable to be read once.
 *
 * A reader that is already waiting gets a chunk in the same turn of the event loop. After each
 * 256 KiB the queue rests for 1 ms: bulk output would otherwise starve every other connection
 * (736 ms for a shell's round trip beside it; 0.3 ms with the rest). The first 2 MiB after a pause
 * flow freely: the rests made half of the time of a 2 MiB file.
 */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #clock: Clock;
  readonly #limitBytes: number;
  readonly #onRoom: () => void;
  #chunks: Uint8Array[] = [];
  /** The buffer of the last chunk, where several were joined; never written once it was read. */
  #gathered: ArrayBuffer | undefined;
  #queuedBytes = 0;
  #turnBytes = 0;
  #burstBytes = 0;
  #lastAt = 0;
  #resting = false;
  #ended = false;
  #full = false;
  #reader: ((result: IteratorResult<Uint8Array>) => void) | undefined;

  /** `limitBytes`: what may wait before push() asks for a halt; `onRoom` is called when it fell. */
  constructor(options: ByteQueueOptions) {
    this.#clock = options.clock;
    this.#limitBytes = options.limitBytes;
    this.#onRoom = options.onRoom;
  }

  /** Bytes that wait for the reader. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Takes the next bytes; false asks the sender to hold back until `onRoom`. */
  push(chunk: Uint8Array): boolean {
    if (this.#ended || chunk.length === 0) return true;
    this.#keep(chunk);
    this.#queuedBytes += chunk.length;
    this.#deliver();
    this.#full = this.#queuedBytes >= this.#limitBytes;
    return !this.#full;
  }

  /** No more bytes will come; those queued are still read. */
  end(): void {
    this.#ended = true;
    this.#deliver();
  }

  /** Drops what is queued and ends the reader. */
  discard(): void {
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () =>
        new Promise((resolve) => {
          this.#reader = resolve;
          this.#deliver();
        }),
      return: () => {
        this.discard();
        this.#makeRoom();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Keeps small chunks in one: a window of 2 MiB in packets of one byte took 400 MB. */
  #keep(chunk: Uint8Array): void {
    const last = this.#chunks.at(-1);
    const isGathered = last !== undefined && last.buffer === this.#gathered;
    const isSmall = this.#chunks.length >= FEW && last !== undefined &&
      (isGathered || last.length < SMALL_BYTES) &&
      chunk.length < SMALL_BYTES && last.length + chunk.length <= GATHERED_BYTES;
    if (!isSmall) return void this.#chunks.push(chunk);
    if (!isGathered) {
      this.#gathered = new ArrayBuffer(GATHERED_BYTES);
      new Uint8Array(this.#gathered).set(last);
    }
    const gathered = new Uint8Array(this.#gathered!, 0, last.length + chunk.length);
    gathered.set(chunk, last.length);
    this.#chunks[this.#chunks.length - 1] = gathered;
  }

  #deliver(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#resting) return;
    const chunk = this.#chunks.shift();
    if (chunk === undefined) {
      if (this.#ended) this.#settle(reader, { done: true, value: undefined });
      return;
    }
    this.#queuedBytes -= chunk.length;
    this.#settle(reader, { done: false, value: chunk });
    this.#takeTurn(chunk.length);
  }

  #settle(
    reader: (result: IteratorResult<Uint8Array>) => void,
    result: IteratorResult<Uint8Array>,
  ): void {
    this.#reader = undefined;
    reader(result);
  }

  #takeTurn(bytes: number): void {
    if (this.#isBurst(bytes)) return this.#makeRoom();
    this.#turnBytes += bytes;
    if (this.#turnBytes < turnBytes) return this.#makeRoom();
    this.#turnBytes = 0;
    this.#resting = true;
    this.#clock.after(restMs, () => {
      this.#resting = false;
      this.#deliver();
      this.#makeRoom();
    });
  }

  #isBurst(bytes: number): boolean {
    const now = this.#clock.now();
    if (now - this.#lastAt > pauseMs) this.#burstBytes = 0;
    this.#lastAt = now;
    this.#burstBytes += bytes;
    return this.#burstBytes < burstBytes;
  }

  #makeRoom(): void {
    if (!this.#full || this.#queuedBytes >= this.#limitBytes) return;
    this.#full = false;
    this.#onRoom();
  }
}

/** Bounds and partners of a {@link ByteQueue}. */
export interface ByteQueueOptions {
  readonly clock: Clock;
  readonly limitBytes: number;
  readonly onRoom: () => void;
}
