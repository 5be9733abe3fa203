import type { Clock } from "../clock.ts";
import { InputError, UnsupportedError } from "../errors.ts";
import { type ForwardFacts, Forwarding, type ForwardRequest } from "./forwarding.ts";

/** Forwarded ports at once. */
const LIMIT = 16;

/** All forwarded ports of one caller. */
export class Forwardings {
  readonly #clock: Clock;
  readonly #open = new Set<Forwarding>();
  #opening = 0;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /**
   * Listens until it is closed, or the connection is.
   *
   * @throws {InputError} When the port is in use.
   * @throws {UnsupportedError} When there are too many.
   */
  async open(request: ForwardRequest): Promise<ForwardFacts> {
    if (this.#open.size + this.#opening >= LIMIT) {
      throw new UnsupportedError(
        `${LIMIT} ports are forwarded, and no more can be`,
        "Close one with forward_port(close=true); list_sessions lists them",
      );
    }
    this.#opening++;
    try {
      const forwarding = await Forwarding.open(request, this.#clock);
      this.#open.add(forwarding);
      void forwarding.closed.then(() => this.#open.delete(forwarding));
      return forwarding.facts;
    } finally {
      this.#opening--;
    }
  }

  list(): readonly ForwardFacts[] {
    return [...this.#open].map(({ facts }) => facts);
  }

  /**
   * Closes those of a host, or one of them by its port, with their connections.
   *
   * @throws {InputError} When there is none; names what is open.
   */
  async close(host: string, listenPort: number | undefined): Promise<readonly ForwardFacts[]> {
    const chosen = [...this.#open].filter(({ facts }) =>
      facts.host === host && (listenPort === undefined || facts.listenPort === listenPort)
    );
    if (chosen.length === 0) {
      const open = this.list().map((facts) => `${facts.listenPort} (${facts.host})`);
      throw new InputError(
        `No ${
          listenPort === undefined ? "port" : `port ${listenPort}`
        } is forwarded through ${host}`,
        open.length === 0 ? "No port is forwarded at all" : `Forwarded are: ${open.join(", ")}`,
      );
    }
    const closed = chosen.map(({ facts }) => facts);
    await Promise.all(chosen.map((forwarding) => forwarding[Symbol.asyncDispose]()));
    return closed;
  }
}
