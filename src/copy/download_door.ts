import type { Clock } from "../clock.ts";
import { InputError, UnsupportedError } from "../errors.ts";

/** For how long an address is good that nobody has asked for. */
const OFFERED_MS = 120_000;
const TOKEN_BYTES = 24;
const ADDRESS = "127.0.0.1";
/** Files on offer at once. */
const LIMIT = 16;
const FETCHED = true;
const WITHDRAWN = false;

/** A file that is to be fetched once. */
export interface OfferedFile {
  readonly sizeBytes: number;
  /** Its content, from the beginning; asked for at most once. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** A file on offer. */
export interface Offer {
  readonly url: string;
  /** True once all of it was sent; false where nobody came in time. Rejects when sending failed. */
  readonly fetched: Promise<boolean>;
}

interface Entry {
  readonly file: OfferedFile;
  readonly settle: (fetched: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Where files of hosts are fetched from on this machine, by HTTP on loopback: each under an address
 * that cannot be guessed, once, within two minutes. Nothing listens while nothing is on offer.
 */
export class DownloadDoor {
  readonly #port: number;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #open = 0;

  /** `port`: 0 for any that is free. */
  constructor(port: number, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /**
   * Puts a file on offer until it was fetched, the time is up or the signal aborts.
   *
   * @throws {InputError} When the port is in use.
   * @throws {UnsupportedError} When there are too many, or the sandbox forbids to listen.
   */
  async offer(file: OfferedFile, signal: AbortSignal): Promise<Offer> {
    if (this.#open >= LIMIT) {
      throw new UnsupportedError(`${LIMIT} files are on offer already`, "Fetch those first");
    }
    await requirePermission(this.#port);
    signal.throwIfAborted();
    const server = this.#server ??= this.#listen();
    const token = newToken();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const withdraw = (): void => {
      if (this.#entries.delete(token)) resolve(WITHDRAWN);
    };
    const onAbort = (): void => reject(signal.reason);
    const timer = this.#clock.after(OFFERED_MS, withdraw);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#entries.set(token, { file, settle: resolve, fail: reject });
    this.#open++;
    const fetched = promise.finally(() => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
      this.#entries.delete(token);
      this.#leave();
    });
    fetched.catch(() => {});
    return { url: `http://${ADDRESS}:${server.addr.port}/${token}`, fetched };
  }

  #listen(): Deno.HttpServer<Deno.NetAddr> {
    const options = { hostname: ADDRESS, port: this.#port, onListen: () => {} };
    try {
      return Deno.serve(
        { ...options, onError: () => new Response(null, { status: 500 }) },
        (request, info) => this.#answer(request, info),
      );
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new InputError(
        `Port ${this.#port} of ${ADDRESS} is in use, perhaps by another server of this kind`,
        `Try again later; MCP_SSH_DOWNLOADS=${ADDRESS}:0 takes any port that is free`,
      );
    }
  }

  /** A page of the web that was led to this port by its name in the DNS has another Host. */
  #answer(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Response {
    const { port } = this.#server!.addr;
    const isOwn = request.headers.get("host") === `${ADDRESS}:${port}`;
    if (!isOwn || info.remoteAddr.hostname !== ADDRESS) return refusal(403);
    const token = new URL(request.url).pathname.slice(1);
    const entry = this.#entries.get(token);
    if (entry === undefined) return refusal(404);
    if (request.method !== "GET") return refusal(405);
    this.#entries.delete(token);
    const { file, settle, fail } = entry;
    info.completed.then(() => settle(FETCHED), (error) => fail(error));
    return new Response(ReadableStream.from(failing(file.content(), fail)), {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(file.sizeBytes),
        "cache-control": "no-store",
      },
    });
  }

  #leave(): void {
    this.#open--;
    if (this.#open > 0) return;
    const server = this.#server;
    this.#server = undefined;
    void server?.shutdown().catch(() => {});
  }
}

/** The fault of the content goes before that of the response which it cuts off. */
async function* failing(
  content: AsyncIterable<Uint8Array>,
  fail: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    fail(error);
    throw error;
  }
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store" } });
}

function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
}

async function requirePermission(port: number): Promise<void> {
  const host = `${ADDRESS}:${port}`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  throw new UnsupportedError(
    `This server may not listen on ${host}`,
    `Who starts it can add --allow-net=${host}`,
  );
}
