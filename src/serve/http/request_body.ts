import { type Clock, within } from "../../clock.ts";

/** The outcome of reading a request's body. */
export type RequestBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too-large" }
  | { readonly kind: "too-many" }
  | { readonly kind: "too-slow" };

/** How much is read, and for how long. */
export interface BodyLimits {
  readonly clock: Clock;
  readonly bytes: number;
  readonly timeMs: number;
  /** Shared by all requests of the caller. */
  readonly held: HeldBytes;
}

/** Bytes of bodies that one caller holds in memory at a time. */
export class HeldBytes {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether there is room for so many more; then they are held. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  /** They were read, or are not wanted any more. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Reads a request's body to its end, or to a limit; what a client announces is judged first. */
export async function readBody(request: Request, limits: BodyLimits): Promise<RequestBody> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limits.bytes) {
    await request.body?.cancel();
    return { kind: "too-large" };
  }
  const reader = request.body?.getReader();
  if (reader === undefined) return { kind: "text", text: "" };
  const read = await within(limits.clock, limits.timeMs, collect(reader, limits));
  if (read !== undefined) return read;
  await reader.cancel().catch(() => {});
  return { kind: "too-slow" };
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { bytes: limit, held }: BodyLimits,
): Promise<RequestBody> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) return { kind: "text", text: text + decoder.decode() };
      const kind = bytes + value.length > limit ? "too-large" : "too-many";
      if (kind === "too-large" || !held.take(value.length)) {
        await reader.cancel().catch(() => {});
        return { kind };
      }
      bytes += value.length;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    held.give(bytes);
  }
}
