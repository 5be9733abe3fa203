import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from "@modelcontextprotocol/server";
import { type Clock, within } from "../../clock.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { OpenRequests } from "./open_requests.ts";

/** After the end of the input, answers that are on their way are still written for so long. */
const LAST_ANSWERS_MS = 1_000;

/** JSON-RPC 2.0 §5.1. */
const INVALID_REQUEST = -32600;

/**
 * MCP's stdio transport: one JSON-RPC message per line, in UTF-8, each way.
 *
 * It is the SDK's own in all but its streams, which are the runtime's, and in that it answers
 * requests which are none of JSON-RPC's: who sent them waits.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #input: AsyncIterable<Uint8Array>;
  readonly #output: AsyncWriter;
  readonly #clock: Clock;
  readonly #open = new OpenRequests();
  readonly #decoder = new TextDecoder();
  readonly #ended = Promise.withResolvers<void>();
  #isClosed = false;

  /** `input` yields whole lines, any number at once. */
  constructor(input: AsyncIterable<Uint8Array>, output: AsyncWriter, clock: Clock) {
    this.#input = input;
    this.#output = output;
    this.#clock = clock;
  }

  /**
   * Resolves at the end of the input, once what was asked is answered or a second has passed, and
   * when nothing can be written any more.
   */
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
    this.#open.onSent(message);
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
    await within(this.#clock, LAST_ANSWERS_MS, this.#lastAnswers());
    await this.close();
    this.#ended.resolve();
  }

  async #lastAnswers(): Promise<void> {
    await this.#open.answered();
    await this.#output.flushed();
  }

  #deliver(line: string): void {
    if (line.trim() === "" || this.#isClosed) return;
    try {
      const message = deserializeMessage(line);
      this.#open.onReceived(message);
      this.onmessage?.(message);
    } catch (error) {
      // Text that is not JSON is passed over, as the SDK's own transport does.
      if (error instanceof SyntaxError) return;
      this.onerror?.(error as Error);
      const answer = refusal(JSON.parse(line));
      if (answer !== undefined && !this.#output.isBroken) this.#output.write(`${answer}\n`);
    }
  }
}

/** The answer to what was meant as requests but is none; undefined where nobody waits for one. */
function refusal(message: unknown): string | undefined {
  const isRequest = typeof message === "object" && message !== null && "method" in message &&
    "id" in message;
  if (!isRequest && !Array.isArray(message)) return undefined;
  const given = isRequest ? message.id : undefined;
  const isExact = typeof given === "number" &&
    Math.abs(given) <= Number.MAX_SAFE_INTEGER;
  return JSON.stringify({
    jsonrpc: "2.0",
    id: typeof given === "string" || isExact ? given : null,
    error: {
      code: INVALID_REQUEST,
      message: 'Invalid Request: a request stands by itself, with jsonrpc "2.0", a method, and a ' +
        "string or a whole number of at most 2^53-1 as its id",
    },
  });
}
