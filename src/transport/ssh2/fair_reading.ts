import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import type { HandshakeTurns } from "../handshake_turns.ts";
import type { Ssh2Client } from "./ssh2_client.ts";

/** One connection's work before the others get their turn. */
const TURN_MS = 4;
const REST_MS = 1;
/** Of a piece that is parsed without looking at the clock: at most 150 messages without content. */
const PIECE_BYTES = 4_096;

/**
 * Parses what was read in pieces, and lets other connections have their turn after 4 ms of work; to
 * be called once ssh2 reads the stream.
 *
 * 64 KiB that were read at once may be 2,000 messages: a host that sent nothing but those held up a
 * call to its neighbour for 17 s.
 */
export function readFairly(
  client: Ssh2Client,
  stream: Duplex,
  options: { readonly clock: Clock; readonly turns: HandshakeTurns },
): FairReader {
  const protocol = client._protocol;
  const reader = new FairReader(client, stream, options);
  protocol.parse = (chunk, start, end) => reader.take(chunk.subarray(start, end));
  return reader;
}

/** The way of a connection's bytes to ssh2. */
export class FairReader {
  readonly #client: Ssh2Client;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #parse: (chunk: Buffer, start: number, end: number) => void;
  #held: Buffer[] = [];
  #isResting = false;
  /** Until the login is over: then the connection has its turns whatever others do. */
  #turns: HandshakeTurns | undefined;

  constructor(
    client: Ssh2Client,
    stream: Duplex,
    { clock, turns }: { readonly clock: Clock; readonly turns: HandshakeTurns },
  ) {
    this.#client = client;
    this.#stream = stream;
    this.#clock = clock;
    this.#turns = turns;
    this.#parse = client._protocol.parse.bind(client._protocol);
  }

  take(chunk: Buffer): void {
    this.#held.push(chunk);
    if (this.#isResting) return;
    if (this.#turns?.take() ?? true) return this.#work();
    this.#pause();
    this.#turns?.wait(() => this.#resume());
  }

  /** The login is over. */
  endHandshake(): void {
    this.#turns = undefined;
  }

  #work(): void {
    try {
      this.#parseHeld();
    } catch (error) {
      this.#held = [];
      this.#client.emit("error", error);
      this.#stream.destroy();
    }
  }

  #parseHeld(): void {
    const until = this.#clock.now() + TURN_MS;
    for (let chunk = this.#held.shift(); chunk !== undefined; chunk = this.#held.shift()) {
      if (this.#stream.destroyed) return void (this.#held = []);
      const piece = chunk.subarray(0, PIECE_BYTES);
      if (piece.length < chunk.length) this.#held.unshift(chunk.subarray(piece.length));
      this.#parse(piece, 0, piece.length);
      if (this.#held.length > 0 && this.#clock.now() >= until) return this.#rest();
    }
    if (this.#stream.isPaused()) this.#stream.resume();
  }

  #rest(): void {
    this.#pause();
    this.#clock.after(REST_MS, () => this.#resume());
  }

  #pause(): void {
    this.#isResting = true;
    // The stream's end comes after what was read before it.
    this.#stream.pause();
  }

  #resume(): void {
    this.#isResting = false;
    this.#work();
  }
}
