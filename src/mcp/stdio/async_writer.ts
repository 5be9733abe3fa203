import { concatenated } from "../../bytes.ts";

/** Small messages are written together, up to about this many bytes. */
const JOINED_BYTES = 64 * 1024;

/** Takes bytes without blocking, such as `Deno.stdout`. */
export interface AsyncSink {
  write(data: Uint8Array): Promise<number>;
}

/**
 * A queue of text before an asynchronous sink.
 *
 * `process.stdout` writes synchronously in Deno: a client that stops reading would freeze the whole
 * event loop, SSH keepalives included. And `node:stream` costs a start 10 MB and 15 ms.
 */
export class AsyncWriter {
  /** Resolves once the sink takes nothing any more. */
  readonly broken: Promise<void>;

  readonly #sink: AsyncSink;
  readonly #limitBytes: number;
  readonly #encoder = new TextEncoder();
  readonly #breaking = Promise.withResolvers<void>();
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isWriting = false;
  #isBroken = false;
  #drained: PromiseWithResolvers<void> | undefined;

  /** With `limitBytes` queued {@link room} waits until all is written. */
  constructor(sink: AsyncSink, limitBytes: number) {
    this.#sink = sink;
    this.#limitBytes = limitBytes;
    this.broken = this.#breaking.promise;
  }

  /** Whether the sink has refused to take anything more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether {@link room} would wait. */
  get isFull(): boolean {
    return this.#drained !== undefined;
  }

  /** Queues a text, whatever the limit; after the sink broke it is dropped. */
  write(text: string): void {
    if (this.#isBroken) return;
    const bytes = this.#encoder.encode(text);
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= this.#limitBytes) this.#drained ??= Promise.withResolvers();
    if (!this.#isWriting) void this.#writeQueue();
  }

  /** Resolves when there is room again, or when nothing can be written any more. */
  async room(): Promise<void> {
    await this.#drained?.promise;
  }

  /** Resolves when all is written, or when nothing can be any more. */
  async flushed(): Promise<void> {
    if (!this.#isWriting) return;
    this.#drained ??= Promise.withResolvers();
    await this.#drained.promise;
  }

  async #writeQueue(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#queue.length > 0) await this.#writeAll(this.#takeSome());
    } catch {
      this.#isBroken = true;
      this.#queue = [];
      this.#breaking.resolve();
    }
    this.#isWriting = false;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #takeSome(): Uint8Array {
    let bytes = 0;
    const end = this.#queue.findIndex(({ length }) => (bytes += length) >= JOINED_BYTES);
    const some = this.#queue.splice(0, end < 0 ? this.#queue.length : end + 1);
    this.#queuedBytes -= bytes;
    return concatenated(some);
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    let rest = data;
    while (rest.length > 0) rest = rest.subarray(await this.#sink.write(rest));
  }
}
