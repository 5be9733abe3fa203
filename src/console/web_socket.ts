import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Buffer } from "node:buffer";
import driver from "websocket-driver";

/** Longer messages of a page end its connection. */
const MESSAGE_BYTES = 256 * 1024;

/** One page's WebSocket (RFC 6455). */
export interface PageSocket {
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  close(): void;
}

/** The events of a {@link PageSocket}. */
export interface SocketEvents {
  readonly onOpen: (socket: PageSocket) => void;
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
}

/** The part of websocket-driver that is used here: it ships no types. */
interface Driver {
  readonly io: Duplex;
  start(): boolean;
  text(message: string): boolean;
  binary(message: Buffer): boolean;
  close(): boolean;
  ping(): boolean;
  on(event: "open" | "close" | "error", listener: () => void): void;
  on(event: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** Answers a request to upgrade, and passes on what comes. */
export function acceptWebSocket(
  request: IncomingMessage,
  { stream, head }: { readonly stream: Duplex; readonly head: Buffer },
  events: SocketEvents,
): void {
  const http = driver.http as unknown as (
    request: IncomingMessage,
    options: { readonly maxLength: number },
  ) => Driver;
  const socket = http(request, { maxLength: MESSAGE_BYTES });
  let isClosed = false;
  const onClose = (): void => {
    if (isClosed) return;
    isClosed = true;
    stream.destroy();
    events.onClose();
  };
  socket.on("open", () =>
    events.onOpen({
      sendText: (text) => void (isClosed || socket.text(text)),
      sendBytes: (bytes) =>
        void (isClosed || socket.binary(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))),
      close: () => void socket.close(),
    }));
  socket.on("message", ({ data }) => {
    if (typeof data === "string") events.onText(data);
  });
  socket.on("close", onClose);
  socket.on("error", onClose);
  stream.on("error", onClose);
  stream.on("close", onClose);
  socket.io.write(head);
  stream.pipe(socket.io).pipe(stream);
  socket.start();
}
