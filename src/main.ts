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
    registry: once(openRegistry),
    aliases: () => Promise.resolve([]),
    describeHost: () => Promise.resolve(""),
  };
  await serveOnStdio(services, new AbortController().signal);
  Deno.exit(0);
}

/** The SSH side, loaded at the first use: a client that only lists tools does not pay for it. */
async function openRegistry(): Promise<Registry> {
  const [registry, resolver, sources, transport, hostKeys, shells] = await Promise.all([
    import("./session/registry.ts"),
    import("./config/resolver.ts"),
    import("./config/sources.ts"),
    import("./transport/ssh2_transport.ts"),
    import("./transport/known_hosts.ts"),
    import("./shell/open_shell.ts"),
  ]);
  const settings = sources.systemSources(Deno.env.toObject());
  const pins = new hostKeys.HostKeyPins();
  return new registry.Registry({
    clock: systemClock,
    resolve: (target) => resolver.resolveHost(target, settings),
    connect: (host, { signal }) => transport.connect(host, { clock: systemClock, signal, pins }),
    openShell: (connection, host) =>
      shells.openShell(connection, { clock: systemClock, environment: host.environment }),
  });
}

function once(load: () => Promise<Registry>): () => Promise<Registry> {
  let loaded: Promise<Registry> | undefined;
  return () => loaded ??= load();
}
