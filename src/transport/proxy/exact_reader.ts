import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** A proxy closed the connection while it was spoken to. */
export class ProxyClosedError extends Error {}

/**
 * Reads from a paused socket exactly what is asked for: what follows stays in the socket, for the
 * far end may speak first.
 */
export class ExactReader {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * So many bytes.
   *
   * @throws {ProxyClosedError} When the stream ends first, or the socket's own error.
   */
  async take(length: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(length) as Buffer | null;
      if (bytes?.length === length) return bytes;
      if (bytes !== null) throw new ProxyClosedError();
      await this.#readable();
    }
  }

  /** Up to and including an empty line, at most `limitBytes`. */
  async takeHead(limitBytes: number): Promise<string> {
    let head = "";
    while (!/\r?\n\r?\n$/.test(head.slice(-4))) {
      if (head.length >= limitBytes) throw new ProxyClosedError();
      head += (await this.take(1)).toString("latin1");
    }
    return head;
  }

  async #readable(): Promise<void> {
    const socket = this.#socket;
    if (socket.readableEnded || socket.destroyed) throw new ProxyClosedError();
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off(
          "error",
          settle,
        );
        if (error === undefined) resolve();
        else reject(error);
      };
      const onReadable = (): void => settle();
      const onEnd = (): void => settle(new ProxyClosedError());
      socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", settle);
    });
  }
}
