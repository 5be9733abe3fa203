import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { aborted } from "../../clock.ts";
import { AsyncWriter } from "./async_writer.ts";
import type { Services } from "../call.ts";
import { createServer } from "../server.ts";
import { StdioTransport } from "./stdio_transport.ts";
import { WholeLines } from "./whole_lines.ts";

/** One message may carry a file of 2 MiB in base64 and more. */
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
  const transport = new StdioTransport(incoming(output), output, services.clock);
  const handle = serveStdio(() => createServer(services), {
    transport,
    onerror: (error) => services.log.warn("protocol", { error: error.message }),
  });
  await Promise.race([transport.ended, aborted(signal)]);
  await handle.close();
}

/** @throws {Error} When a message is longer than is taken. */
async function* incoming(output: AsyncWriter): AsyncGenerator<Uint8Array> {
  const lines = new WholeLines(MAX_MESSAGE_BYTES);
  const chunk = new Uint8Array(READ_BYTES);
  for (;;) {
    await output.room();
    if (output.isBroken) return;
    const count = await Deno.stdin.read(chunk);
    if (count === null) return;
    const ready = lines.take(chunk.subarray(0, count));
    if (ready) yield ready;
  }
}
