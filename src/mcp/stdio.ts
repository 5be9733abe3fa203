import { Readable } from "node:stream";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { AsyncWriter } from "./async_writer.ts";
import type { Services } from "./call.ts";
import { createServer } from "./server.ts";
import { WholeLines } from "./whole_lines.ts";

/** One message may carry a file of 2 MiB in base64 and more; the SDK's own bound is 10 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Replies waiting for a client that does not read; above it nothing more is read from it. */
const OUTPUT_QUEUE_BYTES = 4 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

/**
 * Serves MCP on standard input and output until the client goes away or `signal` aborts.
 *
 * A client that does not read its replies is not read from either: what is queued stays bounded.
 */
export async function serveOnStdio(services: Services, signal: AbortSignal): Promise<void> {
  const output = new AsyncWriter(Deno.stdout, OUTPUT_QUEUE_BYTES);
  const input = Readable.from(incoming(output), { objectMode: false, highWaterMark: READ_BYTES });
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES });
  const ended = new Promise<void>((resolve) => {
    input.once("close", resolve).once("error", () => resolve());
    output.once("close", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const handle = serveStdio(() => createServer(services), {
    transport,
    onerror: (error) => services.log.warn("protocol", { error: error.message }),
  });
  await ended;
  await handle.close();
}

async function* incoming(output: AsyncWriter): AsyncGenerator<Uint8Array> {
  const lines = new WholeLines(MAX_MESSAGE_BYTES);
  for (;;) {
    await output.room();
    if (output.destroyed) return;
    const chunk = new Uint8Array(READ_BYTES);
    const count = await Deno.stdin.read(chunk);
    if (count === null) return;
    const ready = lines.take(chunk.subarray(0, count));
    if (ready) yield ready;
  }
}
