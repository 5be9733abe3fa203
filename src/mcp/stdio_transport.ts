import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from "@modelcontextprotocol/server";
import type { AsyncWriter } from "./async_writer.ts";

/**
 * MCP's stdio transport: one JSON-RPC message per line, in UTF-8, each way.
 *
 * It is the SDK's own in all but its streams, which are the runtime's.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #input: AsyncIterable<Uint8Array>;
  readonly #output: AsyncWriter;
  readonly #decoder = new TextDecoder();
  readonly #ended = Promise.withResolvers<void>();
  #isClosed = false;

  /** `input` yields whole lines, any number at once. */
  constructor(input: AsyncIterable<Uint8Array>, output: AsyncWriter) {
    this.#input = input;
    this.#output = output;
  }

  /** Resolves at the end of the input, and when nothing can be written any more. */
  get ended(): Promise<void> {
    return Promise.race([this.#ended.promise, this.#output.broken]);
  }

  /** Begins to read. */
  start(): Promise<void> {
    void this.#read();
    return Promise.resolve();
  }

  /**
   * Queues one message, and waits while the queue is full.
   *
   * @throws {Error} When the client is gone.
   */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed || this.#output.isBroken) throw new Error("The client is gone");
    this.#output.write(serializeMessage(message));
    await this.#output.room();
  }

  /** Takes no further message. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.onclose?.();
    }
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    try {
      for await (const lines of this.#input) {
        if (this.#isClosed) break;
        for (const line of this.#decoder.decode(lines).split("\n")) this.#deliver(line);
      }
    } catch (error) {
      this.onerror?.(error as Error);
    }
    await this.close();
    this.#ended.resolve();
  }

  #deliver(line: string): void {
    if (line.trim() === "" || this.#isClosed) return;
    try {
      this.onmessage?.(deserializeMessage(line));
    } catch (error) {
      // Text that is not JSON is passed over, as the SDK's own transport does.
      if (!(error instanceof SyntaxError)) this.onerror?.(error as Error);
    }
  }
}
