import { type Clock, within } from "../../clock.ts";

/** What came of reading a request's body. */
export type RequestBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too-large" }
  | { readonly kind: "too-slow" };

/** How much is read, and for how long. */
export interface BodyLimits {
  readonly clock: Clock;
  readonly bytes: number;
  readonly timeMs: number;
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
  const read = await within(limits.clock, limits.timeMs, collect(reader, limits.bytes));
  if (read !== undefined) return read;
  await reader.cancel().catch(() => {});
  return { kind: "too-slow" };
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limitBytes: number,
): Promise<RequestBody> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (done || value === undefined) return { kind: "text", text: text + decoder.decode() };
    bytes += value.length;
    if (bytes > limitBytes) {
      await reader.cancel().catch(() => {});
      return { kind: "too-large" };
    }
    text += decoder.decode(value, { stream: true });
  }
}
