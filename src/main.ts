import { systemClock } from "./clock.ts";
import type { Services } from "./mcp/call.ts";
import { Commands } from "./mcp/commands.ts";
import { Log } from "./mcp/log.ts";
import { serveOnStdio } from "./mcp/stdio.ts";
import type { Registry } from "./session/registry.ts";

const VERSION = "0.1.0";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const log = new Log({ level: "warn", clock: systemClock, write: () => {} });
  const services: Services = {
    version: VERSION,
    clock: systemClock,
    log,
    commands: new Commands({ clock: systemClock, log }),
    registry: once(async () => new (await import("./session/registry.ts")).Registry()),
    aliases: () => Promise.resolve([]),
    describeHost: () => Promise.resolve(""),
  };
  await serveOnStdio(services, new AbortController().signal);
  Deno.exit(0);
}

function once(load: () => Promise<Registry>): () => Promise<Registry> {
  let loaded: Promise<Registry> | undefined;
  return () => loaded ??= load();
}
