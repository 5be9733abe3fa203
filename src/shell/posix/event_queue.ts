import type { CommandEvent } from "../shell.ts";

/**
 * Events of one command on their way to the one who reads them.
 *
 * Output that nobody has taken yet is merged, so that a slow reader costs text, not events.
 */
export class EventQueue implements AsyncIterable<CommandEvent> {
  #events: CommandEvent[] = [];
  #error: unknown;
  #state: "open" | "closed" | "failed" = "open";
  #wake: (() => void) | undefined;

  push(event: CommandEvent): void {
    const last = this.#events.at(-1);
    if (event.kind === "output" && last?.kind === "output" && !event.rewound) {
      this.#events[this.#events.length - 1] = { ...event, ...merged(last, event) };
    } else this.#events.push(event);
    this.#wake?.();
  }

  /** No more events; the reader gets what stands here first. */
  close(): void {
    if (this.#state === "open") this.#state = "closed";
    this.#wake?.();
  }

  /** Like {@link close}, with an error for the reader at the end. */
  fail(error: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<CommandEvent> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#state === "failed") throw this.#error;
      if (this.#state === "closed") return;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}

type Output = CommandEvent & { readonly kind: "output" };

function merged(first: Output, second: Output): { text: string; rewound?: number } {
  const text = first.text + second.text;
  return first.rewound ? { text, rewound: first.rewound } : { text };
}
