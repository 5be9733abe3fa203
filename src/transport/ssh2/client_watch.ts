import type { Ssh2Client } from "./ssh2_client.ts";

/**
 * Watches one ssh2 client for its end, from before it connects.
 *
 * A killed server shows as `close` alone, without an `error`; a stream through a dead jump host
 * never closes by itself, so that {@link cut} does not wait for it.
 */
export class ClientWatch {
  readonly #listeners = new Set<CloseListener>();
  #error: Error | undefined;
  #closed = false;

  constructor(client: Ssh2Client) {
    client.on("error", (error: Error) => this.#error ??= error);
    client.on("close", () => this.#end());
  }

  /** Whether the transport is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Notes why the transport is about to go; the first reason stays. */
  blame(error: Error): void {
    this.#error ??= error;
  }

  /** Destroys the stream and counts it as closed in the same turn. */
  cut(stream: { destroy(): unknown }, error?: Error): void {
    if (error !== undefined) this.blame(error);
    stream.destroy();
    this.#end();
  }

  /** Calls back once in the same turn in which the transport goes; disposing unsubscribes. */
  onClose(listener: CloseListener): Disposable {
    if (this.#closed) listener(this.#error);
    else this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#listeners) listener(this.#error);
    this.#listeners.clear();
  }
}

/** Gets the first fault that was noted; undefined when the far end simply closed. */
export type CloseListener = (error: Error | undefined) => void;
