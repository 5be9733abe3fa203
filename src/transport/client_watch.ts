import type { Ssh2Client } from "./ssh2_client.ts";

/**
 * Watches one ssh2 client for its end, from before it connects.
 *
 * A killed server shows as `close` alone, without an `error`.
 */
export class ClientWatch {
  readonly #listeners = new Set<(error: Error | undefined) => void>();
  #error: Error | undefined;
  #closed = false;

  constructor(client: Ssh2Client) {
    client.on("error", (error: Error) => this.#error ??= error);
    client.on("close", () => this.#end());
  }

  /** The first fault the library reported. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Whether the transport is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Notes why we are about to cut the transport; the first reason stays. */
  blame(error: Error): void {
    this.#error ??= error;
  }

  /** Calls back in the same turn in which the transport goes; at once when it has. */
  onClose(listener: (error: Error | undefined) => void): void {
    if (this.#closed) listener(this.#error);
    else this.#listeners.add(listener);
  }

  #end(): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener(this.#error);
    this.#listeners.clear();
  }
}
