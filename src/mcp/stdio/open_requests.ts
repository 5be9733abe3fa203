import type { JSONRPCMessage } from "@modelcontextprotocol/server";

/** The client's requests that are not answered yet. */
export class OpenRequests {
  readonly #ids = new Set<unknown>();
  #answered: PromiseWithResolvers<void> | undefined;

  /** A message of the client. */
  onReceived(message: JSONRPCMessage): void {
    if (!("method" in message)) return;
    if ("id" in message) this.#ids.add(message.id);
    // What is cancelled gets no answer.
    if (message.method === "notifications/cancelled") this.#remove(message.params?.["requestId"]);
  }

  /** A message to the client. */
  onSent(message: JSONRPCMessage): void {
    if (!("method" in message)) this.#remove(message.id);
  }

  /** Resolves when none is open. */
  async answered(): Promise<void> {
    if (this.#ids.size === 0) return;
    this.#answered ??= Promise.withResolvers();
    await this.#answered.promise;
  }

  #remove(id: unknown): void {
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.#answered?.resolve();
  }
}
