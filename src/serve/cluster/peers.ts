import type { Clock } from "../../clock.ts";
import type { PeerAnswer, PeerRequest } from "./peer_messages.ts";
import { PEER_BYTES, type Ticket } from "./peer_server.ts";
import { type SealedBoxes, unframed } from "./sealed.ts";
import type { Replica } from "./store.ts";

/** No answer came; `wasSent`: the request may have arrived and been acted on. */
export class PeerGoneError extends Error {
  constructor(seen: string, readonly wasSent: boolean) {
    super(seen);
  }
}

/** A short question is answered within that. */
const ASK_MS = 1_000;

/** How one request to a peer is made. */
export interface PeerCallOptions {
  /** Ends the answer where nothing at all came for so long. */
  readonly silentMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (notification: unknown) => void;
  readonly onId?: (id: string) => void;
}

/** Requests to other replicas: over HTTP, each box sealed and made for one replica and one request. */
export class Peers {
  readonly #clock: Clock;
  readonly #boxes: SealedBoxes;

  constructor(clock: Clock, boxes: SealedBoxes) {
    this.#clock = clock;
    this.#boxes = boxes;
  }

  /** Yes or no; undefined where no answer comes within a second. */
  async ask(to: Replica, request: PeerRequest): Promise<boolean | undefined> {
    const limit = new AbortController();
    using _timer = this.#clock.after(ASK_MS, () => limit.abort());
    try {
      const options = { silentMs: ASK_MS, signal: limit.signal };
      const answer = await this.call(to, request, options);
      return answer.kind === "word" ? answer.yes : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * The last answer to a request.
   *
   * @throws {PeerGoneError} Where none comes.
   */
  async call(to: Replica, request: PeerRequest, options: PeerCallOptions): Promise<PeerAnswer> {
    const id = crypto.randomUUID();
    options.onId?.(id);
    const silent = new AbortController();
    using timer = this.#clock.after(options.silentMs, () => silent.abort());
    const signals = [silent.signal, ...(options.signal ? [options.signal] : [])];
    const response = await this.#send(to, request, { id, signal: AbortSignal.any(signals) });
    try {
      let index = 0;
      for await (const box of unframed(response.body!, PEER_BYTES)) {
        const bound = `answer ${id} ${index++} from ${to.id}`;
        const answer = await this.#boxes.open(box, bound) as PeerAnswer | undefined;
        if (answer === undefined) break;
        timer.restart();
        if (answer.kind === "progress") options.onProgress?.(answer.notification);
        else if (answer.kind !== "alive") return answer;
      }
    } catch (error) {
      throw new PeerGoneError(String(error), true);
    }
    throw new PeerGoneError("the answer broke off", true);
  }

  async #send(
    to: Replica,
    request: PeerRequest,
    { id, signal }: { readonly id: string; readonly signal: AbortSignal },
  ): Promise<Response> {
    const body = await this.#boxes.seal(request, `body ${id} to ${to.id}`);
    const ticket: Ticket = { id, at: this.#clock.date(), bytes: body.length };
    const sealed = await this.#boxes.seal(ticket, `ticket to ${to.id}`);
    const headers = { authorization: `Sealed ${sealed.toBase64()}` };
    let response: Response;
    try {
      response = await fetch(to.url, { method: "POST", headers, body, signal });
    } catch (error) {
      throw new PeerGoneError(String(error), !wasRefused(error));
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw new PeerGoneError(`it answers ${response.status}`, false);
  }
}

/** Nothing listened there, so nothing was sent. */
function wasRefused(error: unknown): boolean {
  const seen = error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : "";
  return /connection refused|tcp connect error|dns error|invalid url/i.test(seen);
}
