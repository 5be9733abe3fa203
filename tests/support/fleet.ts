import { type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

/** A host of {@link startFleet}: its alias, and lines of its own in ssh_config. */
export interface FleetHost {
  readonly alias: string;
  readonly lines?: readonly string[];
}

/**
 * One sshd that stands for many hosts, each an alias with an address of 127.0.0.0/8 of its own:
 * the first has 127.1.0.1. A host's own lines come before the usual ones.
 */
export async function startFleet(
  hosts: readonly FleetHost[],
  options: SshdOptions = {},
): Promise<Sshd> {
  const sshd = await startSshd({
    ...options,
    alias: "*",
    config: ["ListenAddress 0.0.0.0", "MaxStartups 1000", ...options.config ?? []],
  });
  const usual = (await Deno.readTextFile(sshd.sshConfigPath))
    .replace("HostName 127.0.0.1", `HostKeyAlias [127.0.0.1]:${sshd.port}`);
  const blocks = hosts.map(({ alias, lines = [] }, n) =>
    [`Host ${alias}`, ...lines, `HostName ${addressOf(n)}`].join("\n  ") + "\n"
  );
  await Deno.writeTextFile(sshd.sshConfigPath, [...blocks, usual].join("\n"));
  return sshd;
}

/** The address of the host with this index. */
export function addressOf(index: number): string {
  return `127.1.${Math.floor(index / 250)}.${index % 250 + 1}`;
}

/** `web01` to `web20`, say. */
export function numbered(name: string, count: number): readonly FleetHost[] {
  const width = String(count).length;
  return Array.from({ length: count }, (_, n) => ({
    alias: name + String(n + 1).padStart(width, "0"),
  }));
}
