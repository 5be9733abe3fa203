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
  const parse = protocol.parse.bind(protocol);
  let held: Buffer[] = [];
  let isResting = false;
  const fail = (error: unknown): void => {
    held = [];
    client.emit("error", error);
    stream.destroy();
  };
  const work = (): void => {
    const until = clock.now() + TURN_MS;
    for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) {
      if (stream.destroyed) return void (held = []);
      const piece = chunk.subarray(0, PIECE_BYTES);
      if (piece.length < chunk.length) held.unshift(chunk.subarray(piece.length));
      parse(piece, 0, piece.length);
      if (held.length > 0 && clock.now() >= until) return rest();
    }
    if (stream.isPaused()) stream.resume();
  };
  const goOn = (): void => {
    isResting = false;
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
  const rest = (): void => {
    isResting = true;
    stream.pause();
    clock.after(REST_MS, goOn);
  };
  protocol.parse = (chunk, start, end) => {
    held.push(chunk.subarray(start, end));
    if (isResting) return;
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
}
