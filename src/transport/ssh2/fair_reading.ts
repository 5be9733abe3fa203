import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
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
export function readFairly(client: Ssh2Client, stream: Duplex, clock: Clock): void {
  const protocol = client._protocol;
  const reader = new FairReader(client, stream, clock);
  protocol.parse = (chunk, start, end) => reader.take(chunk.subarray(start, end));
}

class FairReader {
  readonly #client: Ssh2Client;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #parse: (chunk: Buffer, start: number, end: number) => void;
  #held: Buffer[] = [];
  #isResting = false;

  constructor(client: Ssh2Client, stream: Duplex, clock: Clock) {
    this.#client = client;
    this.#stream = stream;
    this.#clock = clock;
    this.#parse = client._protocol.parse.bind(client._protocol);
  }

  take(chunk: Buffer): void {
    this.#held.push(chunk);
    if (!this.#isResting) this.#work();
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
    this.#isResting = true;
    this.#stream.pause();
    this.#clock.after(REST_MS, () => {
      this.#isResting = false;
      this.#work();
    });
  }
}
