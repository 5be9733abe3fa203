import type { TerminalSize } from "../terminal/screen.ts";
import type { TerminalViewer } from "./live_terminal.ts";
import type { PageSocket } from "./web_socket.ts";

/** Sent to a page and not drawn there yet; a page that is slower gets a picture later. */
const UNDRAWN_BYTES = 512 * 1024;
/** A page that was behind is given a picture once no more than that is left to draw. */
const CAUGHT_UP_BYTES = 32 * 1024;

/**
 * One page that looks at a terminal.
 *
 * The page says what it has drawn: a socket that takes everything says nothing of a page that draws
 * slowly.
 */
export class PageConnection implements TerminalViewer {
  readonly #socket: PageSocket;
  readonly #encoder = new TextEncoder();
  #undrawnBytes = 0;
  #isBehind = false;
  #lastState = "";

  constructor(socket: PageSocket) {
    this.#socket = socket;
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  get undrawnBytes(): number {
    return this.#undrawnBytes;
  }

  show(output: string): void {
    const bytes = this.#encoder.encode(output);
    if (this.#undrawnBytes + bytes.length > UNDRAWN_BYTES) {
      this.#isBehind = true;
      return;
    }
    this.#send(bytes);
  }

  begin({ columns, rows }: TerminalSize, output: string): void {
    this.#isBehind = false;
    this.message({ type: "terminal", columns, rows });
    this.#send(this.#encoder.encode(output));
  }

  /** The page has drawn so many bytes; true when it may be given a picture again. */
  drawn(bytes: number): boolean {
    this.#undrawnBytes = Math.max(0, this.#undrawnBytes - bytes);
    return this.#isBehind && this.#undrawnBytes <= CAUGHT_UP_BYTES;
  }

  message(message: Readonly<Record<string, unknown>>): void {
    this.#socket.sendText(JSON.stringify(message));
  }

  /** Sends what is to be shown beside the terminal, if that has changed. */
  state(state: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify({ type: "state", ...state });
    if (text === this.#lastState) return;
    this.#lastState = text;
    this.#socket.sendText(text);
  }

  close(): void {
    this.#socket.close();
  }

  #send(bytes: Uint8Array): void {
    this.#undrawnBytes += bytes.length;
    this.#socket.sendBytes(bytes);
  }
}
