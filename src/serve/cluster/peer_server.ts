import type { Clock } from "../../clock.ts";
import { serveHttp } from "../http/http_server.ts";
import type { ListenAddress } from "../settings.ts";
import type { PeerAnswer, PeerRequest } from "./peer_messages.ts";
import { framed, type SealedBoxes } from "./sealed.ts";

/** A request to a peer and its answer, sealed, at most. */
export const PEER_BYTES = 64 * 1024 * 1024;
const TICKET_CHARS = 1_024;
/** A ticket is for now; clocks of machines differ. */
const FRESH_MS = 30_000;
const ALIVE_MS = 1_000;
const SEEN_LIMIT = 100_000;
/** One that was just answered that a caller is here may still send the call. */
const QUIET_MS = 1_000;
const QUIET_LIMIT_MS = 3_000;

/** A ticket: who may send how much, before anything of it is read. */
export interface Ticket {
  readonly id: string;
  /** The machine's date, epoch ms. */
  readonly at: number;
  readonly bytes: number;
}

/** The receivers of peers' requests. */
export interface PeerWork {
  readonly id: string;
  /** Aborts when the one that asked is gone. */
  readonly signal: AbortSignal;
  readonly progress: (notification: unknown) => void;
}

/** Answers a request of a peer; never rejects. */
export type HandlePeer = (request: PeerRequest, work: PeerWork) => Promise<PeerAnswer>;

/** The parts that peers' requests are taken with. */
export interface PeerServerOptions {
  readonly clock: Clock;
  readonly me: string;
  readonly boxes: SealedBoxes;
  readonly handle: HandlePeer;
}

/** Takes requests of other replicas; whoever lacks the secret gets 401 and is not read. */
export class PeerServer implements AsyncDisposable {
  readonly #options: PeerServerOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #seen = new Map<string, number>();
  #calledAt = -Infinity;

  constructor(listen: ListenAddress, options: PeerServerOptions) {
    this.#options = options;
    this.#server = serveHttp(listen, {
      setting: "MCP_SSH_PEER_LISTEN",
      onError: () => new Response(null, { status: 500 }),
    }, (request) => this.#answer(request));
  }

  /** Ends when no more calls come: to a port that is closed they would be lost, or seem to be. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options;
    const begun = clock.now();
    for (;;) {
      const quietAt = Math.max(begun, this.#calledAt) + QUIET_MS;
      const restMs = Math.min(quietAt, begun + QUIET_LIMIT_MS) - clock.now();
      if (restMs <= 0) break;
      await clock.sleep(restMs);
    }
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { me, boxes, clock } = this.#options;
    const ticket = await this.#ticket(request.headers.get("authorization") ?? "");
    if (ticket === undefined || !this.#isFresh(ticket)) {
      await request.body?.cancel();
      return new Response(null, { status: 401, headers: { connection: "close" } });
    }
    const box = new Uint8Array(await request.arrayBuffer());
    const body = await boxes.open(box, `body ${ticket.id} to ${me}`);
    if (body === undefined) return new Response(null, { status: 401 });
    const wanted = body as PeerRequest;
    if (wanted.kind === "call") this.#calledAt = clock.now();
    return new Response(this.#work(wanted, ticket.id));
  }

  async #ticket(text: string): Promise<Ticket | undefined> {
    if (!text.startsWith("Sealed ") || text.length > TICKET_CHARS) return undefined;
    const box = decoded(text.slice(7));
    if (box === undefined) return undefined;
    return await this.#options.boxes.open(box, `ticket to ${this.#options.me}`) as
      | Ticket
      | undefined;
  }

  #isFresh({ id, at, bytes }: Ticket): boolean {
    const { clock } = this.#options;
    const now = clock.now();
    if (Math.abs(clock.date() - at) > FRESH_MS || bytes > PEER_BYTES || this.#seen.has(id)) {
      return false;
    }
    this.#seen.set(id, now);
    for (const [old, seenAt] of this.#seen) {
      if (this.#seen.size <= SEEN_LIMIT && now - seenAt < 2 * FRESH_MS) break;
      this.#seen.delete(old);
    }
    return true;
  }

  #work(request: PeerRequest, id: string): ReadableStream<Uint8Array> {
    const { clock, boxes, me, handle } = this.#options;
    const gone = new AbortController();
    const ended = new AbortController();
    let sent = 0;
    let chain: Promise<void> = Promise.resolve();
    return new ReadableStream<Uint8Array>({
      start: (out) => {
        const write = (answer: PeerAnswer): Promise<void> =>
          chain = chain.then(async () => {
            out.enqueue(framed(await boxes.seal(answer, `answer ${id} ${sent++} from ${me}`)));
          }).catch(() => {});
        void keepSaying(clock, ended.signal, () => void write({ kind: "alive" }));
        const progress = (notification: unknown): void =>
          void write({ kind: "progress", notification });
        void handle(request, { id, signal: gone.signal, progress }).then(async (answer) => {
          ended.abort();
          await write(answer);
          out.close();
        }).catch(() => {});
      },
      cancel: () => {
        ended.abort();
        gone.abort();
      },
    });
  }
}

async function keepSaying(clock: Clock, signal: AbortSignal, say: () => void): Promise<void> {
  say();
  for (;;) {
    try {
      await clock.sleep(ALIVE_MS, { signal });
    } catch {
      return;
    }
    say();
  }
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}
