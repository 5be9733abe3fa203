import { ChannelError } from "../../src/errors.ts";
import type { Channel, ChannelExit } from "../../src/transport/transport.ts";

/** A channel that leads nowhere: a test sends what its far end prints, and reads what was typed. */
export class FakeChannel implements Channel {
  /** The text that was written; a double that reads for itself overrides {@link write}. */
  typed = "";
  isClosed = false;
  readonly output: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => this.#read() };
  readonly errorOutput: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: nothing };
  readonly #exited = Promise.withResolvers<ChannelExit>();
  readonly exit: Promise<ChannelExit> = this.#exited.promise;
  readonly #sent: Uint8Array[] = [];
  #wake: () => void = () => {};

  /** Bytes of the far end, one piece; those that a closed channel sends are lost. */
  send(bytes: Uint8Array): void {
    if (this.isClosed) return;
    this.#sent.push(bytes);
    this.#wake();
  }

  write(data: Uint8Array): Promise<void> {
    if (this.isClosed) return Promise.reject(new ChannelError("closed", "open another"));
    this.typed += new TextDecoder().decode(data);
    return Promise.resolve();
  }

  end(): void {}
  signal(_name: string): void {}
  resize(): void {}

  /** The far end closes, after what it has sent. */
  close(exit: ChannelExit = {}): void | Promise<void> {
    this.isClosed = true;
    this.#exited.resolve(exit);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#sent.shift();
      if (piece !== undefined) yield piece;
      else if (this.isClosed) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
