import type { Clock } from "../../src/clock.ts";
import type { SshError } from "../../src/errors.ts";
import { ChannelError } from "../../src/errors.ts";
import type { Connection } from "../../src/transport/transport.ts";
import { FakeChannel } from "./fake_channel.ts";
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
export class ScriptedChannel extends FakeChannel {
  readonly device: DeviceDouble;
  readonly #delivery: Delivery;
  #pieces: Uint8Array[] = [];
  #sending: "no" | "yes" = "no";
  #isClosing = false;

  constructor(family: DoubleFamily, options: DoubleOptions, delivery: Delivery) {
    super();
    this.#delivery = delivery;
    const port = {
      emit: (text: string) => this.#emit(text),
      close: () => {
        this.#isClosing = true;
        this.#send();
      },
    };
    this.device = new DeviceDouble(family, port, options);
    this.device.start();
  }

  override write(data: Uint8Array): Promise<void> {
    if (this.isClosed) return super.write(data);
    this.device.input(new TextDecoder().decode(data));
    return Promise.resolve();
  }

  /** Ends the channel as a connection that broke would. */
  breakOff(): void {
    this.#pieces = [];
    this.close();
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
      if (this.#isClosing) return void this.close();
      return queueMicrotask(() => this.#pieces.length === 0 && this.device.idle());
    }
    this.#sending = "yes";
    const delayMs = this.#delivery.random.below(this.#delivery.longestDelayMs + 1);
    this.#delivery.clock.after(delayMs, () => {
      this.#sending = "no";
      this.send(piece);
      this.#send();
    });
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
