import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { BoundError } from "../bound_error.ts";
import type { Ssh2Channel, Ssh2Client } from "./ssh2_client.ts";

/** Messages that carry no data of a channel, beside those that answer our input. */
const MESSAGES_A_SECOND = 200;
const MESSAGES_AT_ONCE = 5_000;
/** sshd answers input by SSH_MSG_IGNORE of as many bytes, and by SSH_MSG_CHANNEL_WINDOW_ADJUST. */
const MESSAGES_FOR_INPUT = 4;
const MESSAGES_FOR_KIB = 4;
/** A long message costs as much as one for each such piece of it. */
const MESSAGE_BYTES = 4_096;
/** sshd may be set to exchange keys after each few KiB, so that they come in rows. */
const EXCHANGES_A_SECOND = 1;
const EXCHANGES_AT_ONCE = 100;
/** Limits of the data that waits for a peer that asks and does not read. */
const UNSENT_BYTES = 32 * 1024 * 1024;
/** OpenSSH forgives its peers a tenth of the window (channel_input_data of channels.c). */
const FORGIVEN = 0.1;

const KEXINIT = 20;
const CHANNEL_DATA = 94;
const CHANNEL_EXTENDED_DATA = 95;

/** The means of bounding one connection's traffic. */
export interface TrafficOptions {
  readonly clock: Clock;
  readonly stream: Duplex;
}

/**
 * Counts each message of the far end before anything is done for it, and data before it is kept; to
 * be called before anything is read.
 *
 * What is thrown here ends the parsing of what was read, and with that the connection.
 */
export function boundTraffic(client: Ssh2Client, options: TrafficOptions): void {
  const { clock, stream } = options;
  const messages = new Allowance(clock, MESSAGES_A_SECOND, MESSAGES_AT_ONCE);
  const exchanges = new Allowance(clock, EXCHANGES_A_SECOND, EXCHANGES_AT_ONCE);
  const count = (bytes: number): void => {
    if (!messages.take(1 + bytes / MESSAGE_BYTES)) {
      throw new BoundError(
        `it sent more than ${MESSAGES_A_SECOND} messages a second that carry no data`,
      );
    }
    if (stream.writableLength > UNSENT_BYTES) {
      throw new BoundError("it sends requests and does not read the replies");
    }
  };
  onMessage(client, (payload) => {
    const type = payload[0];
    if (type === CHANNEL_DATA || type === CHANNEL_EXTENDED_DATA) return;
    if (type === KEXINIT && !exchanges.take(1)) {
      throw new BoundError(`it exchanged keys more than ${EXCHANGES_AT_ONCE} times in a row`);
    }
    count(payload.length);
  });
  const channelData = client._protocol.channelData.bind(client._protocol);
  client._protocol.channelData = (channel, input) => {
    messages.give(MESSAGES_FOR_INPUT + input.length / 1024 * MESSAGES_FOR_KIB);
    channelData(channel, input);
  };
  boundData(client, "CHANNEL_DATA", count);
  boundData(client, "CHANNEL_EXTENDED_DATA", count);
}

/** Calls back with each decrypted message, before ssh2 looks at it. */
function onMessage(client: Ssh2Client, listener: (payload: Buffer) => void): void {
  const { _packetRW: ends } = client._protocol;
  const counted = (reader: typeof ends.read): typeof ends.read => {
    const read = reader.read.bind(reader);
    reader.read = (payload) => {
      listener(payload);
      return read(payload);
    };
    return reader;
  };
  // Compression takes another reader once it starts.
  let current = counted(ends.read);
  Object.defineProperty(ends, "read", {
    get: () => current,
    set: (reader: typeof ends.read) => current = counted(reader),
  });
}

function boundData(client: Ssh2Client, name: string, count: (bytes: number) => void): void {
  const handlers = client._protocol._handlers;
  const take = handlers[name]!;
  const exceeded = new WeakMap<Ssh2Channel, number>();
  handlers[name] = (protocol, recipient: number, data: Buffer, type?: number) => {
    const channel = client._chanMgr.get(recipient);
    if (typeof channel !== "object" || channel === null || data.length === 0) {
      return count(data.length);
    }
    const over = data.length - Math.max(0, channel.incoming.window);
    if (over > 0) {
      const sum = (exceeded.get(channel) ?? 0) + over;
      if (sum > WINDOW_BYTES * FORGIVEN) {
        throw new BoundError("it sent data beyond the window that it was given");
      }
      exceeded.set(channel, sum);
    }
    take(protocol, recipient, data, type);
  };
}

/** The window of channels without a terminal, and of those that ssh2 opens. */
export const WINDOW_BYTES: number = 2 * 1024 * 1024;

/** So many at once, and so many more each second (a token bucket). */
class Allowance {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #at: number;

  constructor(clock: Clock, perSecond: number, atOnce: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#at = clock.now();
  }

  /** So many more, whatever was left. */
  give(amount: number): void {
    this.#left += amount;
  }

  /** Whether there was as much left. */
  take(amount: number): boolean {
    const now = this.#clock.now();
    const more = (now - this.#at) / 1000 * this.#perSecond;
    this.#left = Math.max(this.#left, Math.min(this.#atOnce, this.#left + more)) - amount;
    this.#at = now;
    return this.#left >= 0;
  }
}
