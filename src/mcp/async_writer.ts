import { Writable } from "node:stream";

/** What takes bytes without blocking, such as `Deno.stdout`. */
export interface AsyncSink {
  write(data: Uint8Array): Promise<number>;
}

/**
 * A stream over an asynchronous sink.
 *
 * `process.stdout` writes synchronously in Deno: a client that stops reading would freeze the whole
 * event loop, SSH keepalives included.
 */
export class AsyncWriter extends Writable {
  readonly #sink: AsyncSink;
  #drained: Promise<void> | undefined;

  /** `highWaterMark`: bytes queued above which {@link room} waits. */
  constructor(sink: AsyncSink, highWaterMark: number) {
    super({ highWaterMark, decodeStrings: true });
    this.#sink = sink;
  }

  /** Resolves when there is room again, or when nothing can be written any more. */
  room(): Promise<void> {
    if (!this.writableNeedDrain || this.destroyed) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#drained = undefined;
        this.off("drain", done).off("close", done);
        resolve();
      };
      this.once("drain", done).once("close", done);
    });
    return this.#drained;
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#writeAll(chunk).then(() => done(), done);
  }

  override _writev(
    chunks: { chunk: Uint8Array }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#writeEach(chunks).then(() => done(), done);
  }

  async #writeEach(chunks: { chunk: Uint8Array }[]): Promise<void> {
    for (const { chunk } of chunks) await this.#writeAll(chunk);
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    let rest = data;
    while (rest.length > 0) rest = rest.subarray(await this.#sink.write(rest));
  }
}
