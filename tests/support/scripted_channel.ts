import type { Clock } from "../../src/clock.ts";
import type { SshError } from "../../src/errors.ts";
import { ChannelError } from "../../src/errors.ts";
import type { Channel, ChannelExit, Connection } from "../../src/transport/transport.ts";
import { DeviceDouble, type DoubleOptions } from "./device_double.ts";
import type { DoubleFamily } from "./double_family.ts";
import type { Random } from "./random.ts";

/** How a double's bytes arrive. */
export interface Delivery {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of the longest piece. */
  readonly longestPiece: number;
  /** Longest wait before a piece. */
  readonly longestDelayMs: number;
}

/** A channel to a double, whose output comes in random pieces after random delays. */
export class ScriptedChannel implements Channel {
  readonly output: AsyncIterable<Uint8Array>;
  readonly errorOutput: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: emptyStream };
  readonly exit: Promise<ChannelExit>;
  readonly device: DeviceDouble;
  readonly #delivery: Delivery;
  #settleExit: (exit: ChannelExit) => void = () => {};
  #pieces: Uint8Array[] = [];
  #arrived: Uint8Array[] = [];
  #sending: "no" | "yes" = "no";
  #state: "open" | "closing" | "closed" = "open";
  #wake: () => void = () => {};

  constructor(family: DoubleFamily, options: DoubleOptions, delivery: Delivery) {
    this.#delivery = delivery;
    this.exit = new Promise((resolve) => this.#settleExit = resolve);
    this.output = { [Symbol.asyncIterator]: () => this.#read() };
    const port = {
      emit: (text: string) => this.#emit(text),
      close: () => {
        this.#state = "closing";
        this.#send();
      },
    };
    this.device = new DeviceDouble(family, port, options);
    this.device.start();
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#state === "closed") return Promise.reject(new ChannelError("closed", "open another"));
    this.device.input(new TextDecoder().decode(data));
    return Promise.resolve();
  }

  end(): void {}
  signal(): void {}
  resize(): void {}

  /** Ends the channel as a connection that broke would. */
  breakOff(): void {
    this.#pieces = [];
    this.#finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
    return Promise.resolve();
  }

  #emit(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) {
      const length = 1 + this.#delivery.random.below(this.#delivery.longestPiece);
      this.#pieces.push(bytes.slice(at, at + length));
      at += length;
    }
    this.#send();
  }

  #send(): void {
    if (this.#sending === "yes") return;
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#state === "closing") return this.#finish();
      return queueMicrotask(() => this.#pieces.length === 0 && this.device.idle());
    }
    this.#sending = "yes";
    const delayMs = this.#delivery.random.below(this.#delivery.longestDelayMs + 1);
    this.#delivery.clock.after(delayMs, () => {
      this.#sending = "no";
      this.#arrived.push(piece);
      this.#wake();
      this.#send();
    });
  }

  #finish(): void {
    this.#state = "closed";
    this.#settleExit({});
    this.#wake();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#arrived.shift();
      if (piece !== undefined) yield piece;
      else if (this.#state === "closed") return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** A connection to a double; its exec requests are refused, as real ones do. */
export function scriptedConnection(
  channel: ScriptedChannel,
  lost: Promise<SshError | undefined> = new Promise(() => {}),
): Connection {
  const refuse = (): Promise<never> =>
    Promise.reject(new ChannelError("exec request refused", "use the shell"));
  return {
    ident: `SSH-2.0-${channel.device.family.ident}`,
    banner: "",
    hostKey: { verdict: "known", fingerprint: "SHA256:none", type: "ssh-rsa" },
    method: "password",
    closed: lost,
    openShell: () => Promise.resolve(channel),
    exec: refuse,
    run: refuse,
    openSftp: refuse,
    offerRoom: () => ({ [Symbol.dispose]: () => {} }),
    hold: () => ({ [Symbol.dispose]: () => {} }),
    isIdleSince: () => false,
    openTunnel: () => Promise.reject(new Error("no tunnels here")),
    measureLatency: () => Promise.resolve(1),
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {}
