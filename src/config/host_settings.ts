import type { ResolvedHost } from "./resolved_host.ts";

/** A host's settings, and how to print them. */
export interface HostSettings {
  readonly resolved: ResolvedHost;
  readonly text: typeof import("./printed_settings.ts");
}

/**
 * Resolves a host in order to print its settings. What that takes is loaded here, not at the start.
 *
 * @throws {ConfigError} When ssh_config cannot be read or does not say where the host is.
 */
export async function loadHostSettings(
  host: string,
  environment: Readonly<Record<string, string>>,
): Promise<HostSettings> {
  const [{ resolveHost }, { systemSources }, text] = await Promise.all([
    import("./resolver.ts"),
    import("./sources.ts"),
    import("./printed_settings.ts"),
  ]);
  return { resolved: await resolveHost({ host }, systemSources(environment)), text };
}
