import type { ServerContext } from "@modelcontextprotocol/server";
import type { Clock } from "../clock.ts";
import { makeVisible } from "../terminal/visible.ts";

const INTERVAL_MS = 1_000;
const MESSAGE_CHARS = 200;

/** Tells a client that asked for it how a command goes on, at most once a second. */
export class ProgressReporter {
  readonly #context: ServerContext;
  readonly #clock: Clock;
  readonly #token: string | number;

  private constructor(context: ServerContext, clock: Clock, token: string | number) {
    this.#context = context;
    this.#clock = clock;
    this.#token = token;
  }

  /** Undefined when the request carries no progress token. */
  static of(context: ServerContext, clock: Clock): ProgressReporter | undefined {
    const token = context.mcpReq._meta?.progressToken;
    return token === undefined ? undefined : new ProgressReporter(context, clock, token);
  }

  /** Reports until the signal aborts, each time with a message of then; never rejects. */
  async report(message: () => string, signal: AbortSignal): Promise<void> {
    const begun = this.#clock.now();
    try {
      for (;;) {
        await this.#clock.sleep(INTERVAL_MS, { signal });
        await this.#notify(message(), Math.round(this.#clock.now() - begun) / 1000);
      }
    } catch {
      // Either the wait is over or the client is gone; both end the reports.
    }
  }

  #notify(text: string, elapsedS: number): Promise<void> {
    const message = makeVisible(text).text.trim().slice(0, MESSAGE_CHARS).toWellFormed();
    return this.#context.mcpReq.notify({
      method: "notifications/progress",
      params: {
        progressToken: this.#token,
        progress: elapsedS,
        ...(message === "" ? {} : { message }),
      },
    });
  }
}
